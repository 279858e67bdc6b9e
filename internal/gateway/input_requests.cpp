#include "internal/gateway/input_requests.h"

#include "internal/base/strings.h"
#include "internal/json/members.h"
#include "internal/protocol/meta.h"

namespace mcp::gateway {
namespace {

using jsonrpc::RpcError;

constexpr std::string_view kElicit = "elicitation/create";

bool is_object(std::string_view raw) { return !raw.empty() && json::type_of(raw) == json::Type::kObject; }

bool is_url_elicitation(std::string_view method, std::string_view params) {
  return method == kElicit && json::member_of(params, "mode") == "\"url\"";
}

RpcError undeclared(std::string_view method) {
  return {jsonrpc::kMethodNotFound,
          "the client of this call does not answer " + std::string(method) + ": it did not declare so",
          {}};
}

RpcError invalid(std::string message) { return {jsonrpc::kInvalidParams, std::move(message), {}}; }

}  // namespace

protocol::ClientCapabilities told_answers(const protocol::ClientCapabilities& client) {
  constexpr std::size_t kMaxText = 2'048;
  std::string raw;
  for (std::string_view key : {"sampling", "elicitation", "roots"}) {
    std::string_view value = json::member_of(client.raw, key);
    if (value.empty()) continue;
    std::string text = key == "roots" ? protocol::without_member(value, "listChanged") : std::string(value);
    raw.append(raw.empty() ? "" : ",").append(json_quote(key)).append(":").append(text);
  }
  protocol::ClientCapabilities told = client;
  told.tasks = told.roots_list_changed = false;
  told.raw = raw.size() <= kMaxText ? "{" + raw + "}" : protocol::to_json(told);
  return told;
}

std::optional<RpcError> cannot_answer(const protocol::ClientCapabilities& client, std::string_view method,
                                      std::string_view params) {
  if (!params.empty() && !is_object(params)) {
    return invalid(std::string(method) + ": params must be an object");
  }
  if (method == "sampling/createMessage") {
    if (!client.sampling) return undeclared(method);
    bool tools = !json::member_of(params, "tools").empty() || !json::member_of(params, "toolChoice").empty();
    if (tools && !client.sampling_tools) return invalid("the client did not declare sampling.tools");
    return std::nullopt;
  }
  if (method == "roots/list") return client.roots ? std::nullopt : std::optional(undeclared(method));
  if (method != kElicit) return undeclared(method);
  if (!client.elicitation_form && !client.elicitation_url) return undeclared(method);
  bool url = is_url_elicitation(method, params);
  if (url ? client.elicitation_url : client.elicitation_form) return std::nullopt;
  return invalid(std::string("the client did not declare elicitation.") + (url ? "url" : "form"));
}

std::string modern_question(std::string_view method, std::string_view params) {
  if (!is_object(params)) return std::string(params);
  std::string text = protocol::without_member(params, "task");
  return is_url_elicitation(method, params) ? protocol::without_member(text, "elicitationId") : text;
}

std::string legacy_question(std::string_view method, std::string_view params, std::string_view fresh) {
  bool lacks = is_url_elicitation(method, params) && json::member_of(params, "elicitationId").empty();
  return lacks ? protocol::with_member(params, "elicitationId", json_quote(fresh)) : std::string(params);
}

std::string input_required(const std::vector<Question>& questions, std::string_view state) {
  std::string entries;
  for (const Question& question : questions) {
    entries.append(entries.empty() ? "" : ",").append(json_quote(question.key));
    entries.append(":{\"method\":").append(json_quote(question.method));
    if (!question.params.empty()) entries.append(",\"params\":").append(question.params);
    entries.append("}");
  }
  return R"({"resultType":"input_required","inputRequests":{)" + entries + R"(},"requestState":)" +
         json_quote(state) + "}";
}

tl::expected<Retry, RpcError> read_retry(const Bytes& params) {
  Retry retry;
  std::string_view state = json::member_of(params.view(), "requestState");
  if (!state.empty()) {
    auto text = json::decode_string(state);
    if (!text) return tl::unexpected(invalid("requestState must be a string"));
    retry.state = std::move(*text);
  }
  std::string_view responses = json::member_of(params.view(), "inputResponses");
  if (responses.empty()) return retry;
  if (!is_object(responses)) {
    return tl::unexpected(invalid("inputResponses must be an object"));
  }
  for (const json::Field& field : json::members_of(responses)) {
    if (!is_object(field.raw)) {
      return tl::unexpected(invalid("inputResponses: " + json_quote(field.key) + " must be an object"));
    }
    retry.responses[std::string(field.key)] = Bytes::copy(field.raw);
  }
  return retry;
}

std::string without_retry(std::string_view params) {
  return is_object(params) ? protocol::without_members(params, {"requestState", "inputResponses"})
                           : std::string(params);
}

std::vector<Question> url_questions(const RpcError& error) {
  std::vector<Question> questions;
  if (error.code != jsonrpc::kUrlElicitationRequired) return questions;
  for (std::string_view params : json::elements_of(json::member_of(error.data, "elicitations"))) {
    if (questions.size() == kMaxUrls || !is_url_elicitation(kElicit, params)) return {};
    questions.push_back({{}, std::string(kElicit), modern_question(kElicit, params)});
  }
  return questions;
}

RpcError bad_state(std::string message) {
  return {jsonrpc::kInvalidParams, std::move(message), R"({"reason":"invalid_request_state"})"};
}

}  // namespace mcp::gateway
