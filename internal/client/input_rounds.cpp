#include "internal/client/input_rounds.h"

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

}  // namespace

Task<Outcome> complete_request(PeerPtr peer, Request request, std::shared_ptr<PeerEvents> events,
                               int max_rounds) {
  std::string original(request.params.empty() ? "{}" : request.params.view());
  for (int round = 0; round < max_rounds; ++round) {
    Request copy = request;
    Outcome outcome = co_await peer->request(std::move(copy));
    if (!outcome.ok()) co_return outcome;
    std::string type = protocol::result_type(outcome.raw().view());
    if (type == "complete") co_return outcome;
    if (type != "input_required") co_return broken("the result has the unknown type \"" + type + "\"");
    auto fields = json::scan_object(outcome.raw());
    if (!fields) co_return broken(fields.error().message);
    auto questions = read_questions(outcome.raw(), fields->get("inputRequests"));
    if (!questions) co_return broken(questions.error().message);
    std::string_view state = fields->get("requestState");
    if (questions->empty() && state.empty()) co_return broken("neither questions nor a state");
    std::string responses;
    for (Asked& asked : *questions) {
      auto asking = events->asked(std::move(asked.question), std::nullopt);
      Outcome answer = co_await std::move(asking);
      if (!answer.ok()) co_return answer;
      responses +=
          (responses.empty() ? "" : ",") + json_quote(asked.key) + ":" + std::string(answer.raw().view());
    }
    std::string params = original;
    if (!questions->empty()) params = protocol::with_member(params, "inputResponses", "{" + responses + "}");
    if (!state.empty()) params = protocol::with_member(params, "requestState", state);
    request.params = Bytes::adopt(std::move(params));
  }
  co_return Outcome::failure(
      Error{ErrorCode::kLimit, "the server asked for input " + std::to_string(max_rounds) + " times", {}});
}

}  // namespace mcp::client
