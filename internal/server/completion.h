#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "internal/base/bytes.h"
#include "internal/jsonrpc/errors.h"

namespace mcp::server {

// What a client has typed so far of one argument.
struct CompletionRequest {
  std::string value;
  std::map<std::string, std::string> context;  // arguments that are already chosen
};
// All values that fit, best first; the catalog sends the first hundred.
using Completer = std::function<std::vector<std::string>(const CompletionRequest&)>;

// The params of completion/complete. The error is -32602.
struct CompletionParams {
  std::string type;  // "ref/prompt" or "ref/resource"
  std::string ref;   // the prompt's name, the template's or resource's URI
  std::string argument;
  CompletionRequest typed;
};
tl::expected<CompletionParams, jsonrpc::RpcError> read_completion(const Bytes& params);

// The result of completion/complete (at most 100 values, 2025-11-25 completion).
std::string completion_result(const std::vector<std::string>& values);

}  // namespace mcp::server
