#include "internal/client/input_rounds.h"

#include "internal/async/slot.h"
#include "internal/base/strings.h"
#include "internal/json/scan.h"
#include "internal/protocol/era_bridge.h"
#include "internal/protocol/meta.h"

namespace mcp::client {
namespace {

// One entry of inputRequests as the question that a legacy server would have asked.
struct Asked {
  std::string key;
  jsonrpc::Message question;
};

Result<std::vector<Asked>> read_questions(const Bytes& result, std::string_view raw) {
  std::vector<Asked> all;
  if (raw.empty()) return all;
  MCP_ASSIGN(auto requests, json::scan_object(result.slice(raw)));
  for (const json::Field& field : requests) {
    MCP_ASSIGN(auto parts, json::scan_object(result.slice(field.raw)));
    MCP_ASSIGN(auto method, json::decode_string(parts.get("method")));
    auto text = jsonrpc::make_request(jsonrpc::Id::text(field.key), method, parts.get("params"));
    MCP_ASSIGN(auto question, jsonrpc::Message::parse(text));
    all.push_back({std::string(field.key), std::move(question)});
  }
  return all;
}

Outcome broken(std::string why) {
  return Outcome::failure(Error{ErrorCode::kProtocol, "input_required: " + std::move(why), {}});
}

// The answers of one round.
struct Answers {
  explicit Answers(async::Loop& loop) : done(loop) {}

  std::string responses;  // members of inputResponses
  std::size_t missing = 0;
  std::optional<Outcome> failed;  // the first that did
  async::Slot<bool> done;

  void take(const std::string& key, Outcome answer) {
    if (failed) return;
    if (answer.ok()) {
      responses.append(responses.empty() ? "" : ",").append(json_quote(key)).append(":");
      responses.append(answer.raw().view());
    } else {
      failed = std::move(answer);
    }
    if (--missing == 0 || failed) done.set(true);
  }
};

Task<void> put(Answerer answer, Asked asked, std::shared_ptr<Answers> answers) {
  auto asking = answer(std::move(asked.question));
  Outcome outcome = co_await std::move(asking);
  answers->take(asked.key, std::move(outcome));
}

// The members of inputResponses, or the outcome of the question that failed.
Task<tl::expected<std::string, Outcome>> put_all(Answerer answer, std::vector<Asked> questions,
                                                 async::Loop* side_by_side) {
  std::string responses;
  if (side_by_side != nullptr) {
    auto answers = std::make_shared<Answers>(*side_by_side);
    answers->missing = questions.size();
    for (Asked& asked : questions) {
      if (!answers->failed) side_by_side->spawn(put(answer, std::move(asked), answers));
    }
    if (!questions.empty()) (void)co_await answers->done.get();
    if (answers->failed) co_return tl::unexpected<Outcome>(*answers->failed);
    co_return std::move(answers->responses);
  }
  for (Asked& asked : questions) {
    auto asking = answer(std::move(asked.question));
    Outcome outcome = co_await std::move(asking);
    if (!outcome.ok()) co_return tl::unexpected<Outcome>(std::move(outcome));
    responses +=
        (responses.empty() ? "" : ",") + json_quote(asked.key) + ":" + std::string(outcome.raw().view());
  }
  co_return responses;
}

}  // namespace

Task<Outcome> run_rounds(Sender send, Request request, Answerer answer, Rounds rounds) {
  std::string original(request.params.empty() ? "{}" : request.params.view());
  for (int round = 0; round < rounds.max; ++round) {
    auto sending = send(request);
    Outcome outcome = co_await std::move(sending);
    if (!outcome.ok()) co_return outcome;
    if (protocol::result_type(outcome.raw().view()) != "input_required") co_return outcome;
    auto fields = json::scan_object(outcome.raw());
    if (!fields) co_return broken(fields.error().message);
    auto questions = read_questions(outcome.raw(), fields->get("inputRequests"));
    if (!questions) co_return broken(questions.error().message);
    std::string_view state = fields->get("requestState");
    if (questions->empty() && state.empty()) co_return broken("neither questions nor a state");
    bool asked = !questions->empty();
    auto putting = put_all(answer, std::move(*questions), rounds.side_by_side);
    auto responses = co_await std::move(putting);
    if (!responses) co_return responses.error();
    std::string params = original;
    if (asked) params = protocol::with_member(params, "inputResponses", "{" + *responses + "}");
    if (!state.empty()) params = protocol::with_member(params, "requestState", state);
    request.params = Bytes::adopt(std::move(params));
  }
  co_return Outcome::failure(
      Error{ErrorCode::kLimit, "the server asked for input " + std::to_string(rounds.max) + " times", {}});
}

Task<Outcome> complete_request(PeerPtr peer, Request request, std::shared_ptr<PeerEvents> events,
                               int max_rounds) {
  Answerer answer = [events](jsonrpc::Message question) {
    return events->asked(std::move(question), std::nullopt);
  };
  Sender send = [peer](Request one) { return peer->request(std::move(one)); };
  Rounds rounds;
  rounds.max = max_rounds;
  auto running = run_rounds(std::move(send), std::move(request), std::move(answer), rounds);
  Outcome outcome = co_await std::move(running);
  std::string type = outcome.ok() ? protocol::result_type(outcome.raw().view()) : "complete";
  if (type != "complete") co_return broken("the result has the unknown type \"" + type + "\"");
  co_return outcome;
}

}  // namespace mcp::client
