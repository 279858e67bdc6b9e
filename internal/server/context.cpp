#include "internal/server/context.h"

#include <charconv>
#include <utility>

#include <nlohmann/json.hpp>

#include "internal/base/strings.h"
#include "internal/protocol/era_bridge.h"
#include "internal/protocol/lifecycle.h"
#include "internal/server/log_level.h"

namespace mcp::server {

using json::Value;

struct Context::Params {
  Value arguments = Value::object();
  Value responses;  // null: the client sent none
};

namespace {

jsonrpc::RpcError invalid(std::string message) { return {jsonrpc::kInvalidParams, std::move(message), {}}; }

std::string number(double value) {
  char text[32];
  auto end = std::to_chars(text, text + sizeof text, value);
  return {text, end.ptr};
}

bool declared(const protocol::ClientCapabilities& can, std::string_view capability) {
  if (capability == "sampling") return can.sampling;
  if (capability == "roots") return can.roots;
  if (capability == "elicitation") return can.elicitation_form;
  if (capability == "elicitation.url") return can.elicitation_url;
  return false;
}

}  // namespace

Context::Context(async::Loop& loop, CallPtr call, std::unique_ptr<Params> params)
    : loop_(loop), call_(std::move(call)), params_(std::move(params)) {}
Context::~Context() = default;

tl::expected<ContextPtr, jsonrpc::RpcError> Context::read(async::Loop& loop, CallPtr call) {
  auto params = std::make_unique<Params>();
  std::string state;
  if (!call->params().empty()) {
    auto parsed = json::parse(call->params().view());
    if (!parsed) return tl::unexpected(invalid("params: " + parsed.error().message));
    if (!parsed->is_object()) return tl::unexpected(invalid("params must be an object"));
    if (auto found = parsed->find("arguments"); found != parsed->end()) {
      if (!found->is_object()) return tl::unexpected(invalid("arguments must be an object"));
      params->arguments = std::move(*found);
    }
    if (auto found = parsed->find("inputResponses"); found != parsed->end()) {
      if (!found->is_object()) return tl::unexpected(invalid("inputResponses must be an object"));
      params->responses = std::move(*found);
    }
    if (auto found = parsed->find("requestState"); found != parsed->end()) {
      if (!found->is_string()) return tl::unexpected(invalid("requestState must be a string"));
      state = found->get<std::string>();
    }
  }
  ContextPtr context(new Context(loop, std::move(call), std::move(params)));
  context->state_ = std::move(state);
  return context;
}

const Value& Context::arguments() const { return params_->arguments; }

std::string Context::argument(const std::string& name) const {
  auto found = params_->arguments.find(name);
  return found != params_->arguments.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool Context::has_argument(const std::string& name) const { return params_->arguments.contains(name); }

bool Context::only_string_arguments() const {
  for (const auto& value : params_->arguments) {
    if (!value.is_string()) return false;
  }
  return true;
}

void Context::progress(double done, std::optional<double> total, std::string_view message) {
  const auto& token = call_->message().progress_token;
  if (token.empty()) return;
  std::string params = "{\"progressToken\":" + std::string(token.view()) + ",\"progress\":" + number(done);
  if (total) params += ",\"total\":" + number(*total);
  // `message` came with 2025-03-26.
  if (!message.empty() && client().revision > protocol::Revision::k2024_11_05) {
    params += ",\"message\":" + json_quote(message);
  }
  call_->notify("notifications/progress", params + "}");
}

void Context::log(std::string_view level, std::string_view data, std::string_view logger) {
  if (!wants_log(client(), level)) return;
  std::string params = "{\"level\":" + json_quote(level);
  if (!logger.empty()) params += ",\"logger\":" + json_quote(logger);
  call_->notify("notifications/message", params + ",\"data\":" + std::string(data) + "}");
}

const Value* Context::input_response(const std::string& key) const {
  if (!params_->responses.is_object()) return nullptr;
  auto found = params_->responses.find(key);
  return found == params_->responses.end() ? nullptr : &*found;
}

const Value* Context::accepted(const std::string& key) const {
  const Value* response = input_response(key);
  if (!response || !response->is_object()) return nullptr;
  auto action = response->find("action");
  auto content = response->find("content");
  if (action == response->end() || *action != "accept" || content == response->end()) return nullptr;
  return content->is_object() ? &*content : nullptr;
}

bool Context::has_input_responses() const { return params_->responses.is_object(); }

void Context::add_input_response(const std::string& key, const Bytes& raw) {
  auto value = json::parse(raw.view());
  if (!params_->responses.is_object()) params_->responses = Value::object();
  if (value) params_->responses[key] = std::move(*value);
}

void Context::forget_input_responses() { params_->responses = nullptr; }

std::optional<jsonrpc::RpcError> Context::require(std::string_view capability) const {
  if (declared(client().capabilities, capability)) return std::nullopt;
  auto error = protocol::missing_capability(required_capabilities(capability));
  return protocol::bridge_error(std::move(error), call_->method(), protocol::Era::kModern, client().era());
}

std::string Context::canonical_arguments() const {
  nlohmann::json sorted = params_->arguments;  // std::map inside: keys sorted
  return sorted.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string_view capability_for(const InputRequired::Question& question) {
  if (question.method == "sampling/createMessage") return "sampling";
  if (question.method == "roots/list") return "roots";
  if (question.method != "elicitation/create") return {};
  auto params = json::parse(question.params);
  bool url = params && params->is_object() && params->value("mode", Value()) == "url";
  return url ? "elicitation.url" : "elicitation";
}

std::string required_capabilities(std::string_view capability) {
  if (capability == "elicitation.url") return R"({"elicitation":{"url":{}}})";
  return "{" + json_quote(capability) + ":{}}";
}

}  // namespace mcp::server
