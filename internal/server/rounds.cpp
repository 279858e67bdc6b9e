#include "internal/server/rounds.h"

#include <exception>
#include <utility>

#include "internal/base/log.h"
#include "internal/base/strings.h"

namespace mcp::server {
namespace {

// Who asked for what: a state answers to nothing else.
std::string binding_of(const Context& context) {
  const Call& call = *context.call();
  return call.session()->principal() + "\n" + call.method() + "\n" + call.name() + "\n" + call.uri() + "\n" +
         context.canonical_arguments();
}

// Opens the state in place; the error when the client changed it.
std::optional<jsonrpc::RpcError> open_state(Context& context, const StateSeal& seal) {
  if (context.request_state().empty()) return std::nullopt;
  auto state = seal.open(context.request_state(), binding_of(context));
  if (!state) {
    return jsonrpc::RpcError{jsonrpc::kInvalidParams, state.error().message,
                             R"({"reason":"invalid_request_state"})"};
  }
  context.set_request_state(std::move(*state));
  return std::nullopt;
}

Outcome broken(std::string_view why) {
  log::error("a handler answered nonsense", {{"reason", why}});
  return Outcome::error(jsonrpc::kInternalError, std::string(why));
}

Outcome input_required(const Context& context, const InputRequired& wanted, const StateSeal& seal) {
  if (wanted.questions.empty() && wanted.state.empty())
    return broken("input_required without questions and state");
  if (auto refused = cannot_ask(context, wanted)) return Outcome::error(std::move(*refused));
  std::string questions;
  for (const auto& question : wanted.questions) {
    if (!questions.empty()) questions += ',';
    questions += json_quote(question.key) + ":" + to_json(question);
  }
  std::string out = R"({"resultType":"input_required")";
  if (!questions.empty()) out += ",\"inputRequests\":{" + questions + "}";
  if (!wanted.state.empty()) {
    out += ",\"requestState\":" + json_quote(seal.seal(wanted.state, binding_of(context)));
  }
  return Outcome::result(out + "}");
}

}  // namespace

Task<Answer> run_once(Handler handler, ContextPtr context) {
  try {
    Task<Answer> task = handler(context);
    Answer answer = co_await std::move(task);
    co_return answer;
  } catch (const std::exception&) {
    log::error("a handler failed",
               {{"method", context->call()->method()}, {"name", context->call()->name()}});
  }
  co_return Answer(jsonrpc::RpcError{jsonrpc::kInternalError, "the handler failed", {}});
}

std::string to_json(const InputRequired::Question& question) {
  std::string out = "{\"method\":" + json_quote(question.method);
  if (!question.params.empty()) out += ",\"params\":" + question.params;
  return out + "}";
}

std::optional<jsonrpc::RpcError> cannot_ask(const Context& context, const InputRequired& wanted) {
  for (const auto& question : wanted.questions) {
    auto capability = capability_for(question);
    if (capability.empty()) return broken("a client cannot be asked " + question.method).error();
    if (auto missing = context.require(capability)) return missing;
  }
  return std::nullopt;
}

Task<std::optional<Outcome>> ask_all(ContextPtr context, InputRequired wanted) {
  context->forget_input_responses();
  context->set_request_state(wanted.state);
  for (std::size_t i = 0; i < wanted.questions.size(); ++i) {
    std::string method = wanted.questions[i].method;
    Bytes params = Bytes::copy(wanted.questions[i].params);
    Outcome answer = co_await context->ask(method, params);
    if (!answer.ok()) co_return answer;
    context->add_input_response(wanted.questions[i].key, answer.raw());
  }
  co_return std::nullopt;
}

Task<Outcome> run_handler(ContextPtr context, Handler handler, std::shared_ptr<const StateSeal> seal,
                          Escalate escalate) {
  bool modern = context->modern();
  if (modern) {
    if (auto bad = open_state(*context, *seal)) co_return Outcome::error(std::move(*bad));
  }
  for (int round = 0; round < kMaxRounds; ++round) {
    Answer answer = co_await run_once(handler, context);
    if (const auto* result = answer.result()) co_return Outcome::result(*result);
    if (const auto* error = answer.error()) co_return Outcome::error(*error);
    if (const auto* work = answer.background()) {
      if (escalate) co_return escalate(context, work->rest);
      handler = work->rest;
      continue;
    }
    if (modern) co_return input_required(*context, *answer.input_required(), *seal);
    InputRequired wanted = *answer.input_required();
    std::optional<Outcome> stopped = co_await ask_all(context, wanted);
    if (stopped) co_return std::move(*stopped);
  }
  co_return broken("a handler asked for input without end");
}

}  // namespace mcp::server
