#include "tests/conformance/client/answers.h"

#include "internal/client/form_defaults.h"
#include "internal/json/members.h"

namespace mcp::conformance {

using protocol::Outcome;

client::Identity Answers::identity() {
  client::Identity who;
  who.info = R"({"name":"mcp-conformance-client","version":"1.0.0"})";
  who.capabilities.elicitation_form = who.capabilities.sampling = who.capabilities.roots = true;
  who.capabilities.raw = protocol::to_json(who.capabilities);
  return who;
}

Task<Outcome> Answers::asked(jsonrpc::Message question, std::optional<jsonrpc::Id> related) {
  (void)related;
  if (question.method == "elicitation/create") {
    std::string_view form = json::member_of(question.params.view(), "requestedSchema");
    co_return Outcome::result(R"({"action":"accept","content":)" + client::with_form_defaults("{}", form) +
                              "}");
  }
  if (question.method == "sampling/createMessage") {
    co_return Outcome::result(std::string(
        R"({"role":"assistant","content":{"type":"text","text":"An answer."},"model":"none","stopReason":"endTurn"})"));
  }
  if (question.method == "roots/list") co_return Outcome::result(std::string(R"({"roots":[]})"));
  co_return Outcome::error(jsonrpc::kMethodNotFound, "not answered here: " + question.method);
}

}  // namespace mcp::conformance
