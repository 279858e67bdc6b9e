#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "internal/base/bytes.h"
#include "internal/jsonrpc/errors.h"
#include "internal/protocol/capabilities.h"

namespace mcp::gateway {

// Questions of servers on their way between the eras: a request of a legacy server, one of the inputRequests
// of a modern result. Pure.
struct Question {
  std::string key;
  std::string method;
  std::string params;  // raw; empty when absent
};

// What a server of the other era is told of a client: what it answers (sampling, elicitation, roots), as it
// said so, and nothing that lives in one era only (tasks, extensions, roots.listChanged).
protocol::ClientCapabilities told_answers(const protocol::ClientCapabilities& client);

// Why this client cannot be asked; nullopt when it can (2025-11-25 elicitation: -32602 for a mode that was
// not declared).
std::optional<jsonrpc::RpcError> cannot_answer(const protocol::ClientCapabilities& client,
                                               std::string_view method, std::string_view params);

// A question's params as a client of the other era knows them. Modern URL elicitations have no elicitationId
// (2026-07-28 schema), legacy ones must have one: `fresh` is it then.
std::string modern_question(std::string_view method, std::string_view params);
std::string legacy_question(std::string_view method, std::string_view params, std::string_view fresh);

// The raw `input_required` result (2026-07-28 MRTR).
std::string input_required(const std::vector<Question>& questions, std::string_view state);

// Of a modern client's retry. The error is -32602.
struct Retry {
  std::optional<std::string> state;        // decoded
  std::map<std::string, Bytes> responses;  // raw objects by key
};
tl::expected<Retry, jsonrpc::RpcError> read_retry(const Bytes& params);
// params without what makes them a retry.
std::string without_retry(std::string_view params);

// -32042 (2025-11-25 elicitation, "URL Elicitation Required Error"): what its client must visit before it
// sends the request again, as questions; none when the error does not say. At most kMaxUrls.
inline constexpr std::size_t kMaxUrls = 16;
std::vector<Question> url_questions(const jsonrpc::RpcError& error);

// -32602 with data.reason, as the fixture of the conformance suite has it.
jsonrpc::RpcError bad_state(std::string message);

}  // namespace mcp::gateway
