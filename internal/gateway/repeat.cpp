#include "internal/gateway/repeat.h"

#include <algorithm>

#include "internal/base/strings.h"
#include "internal/json/members.h"

namespace mcp::gateway {
namespace {

// The transport failed. A deadline is no loss: the server may still be at work.
bool is_loss(ErrorCode code) {
  return code == ErrorCode::kUnavailable || code == ErrorCode::kIo || code == ErrorCode::kNotFound;
}

bool only_reads(std::string_view method) {
  return method == "resources/read" || method == "prompts/get" || method == "completion/complete";
}

// 2025-03-26 tools, "ToolAnnotations": hints, by the server whose doing they describe.
bool says_harmless(const Item& tool) {
  std::string_view annotations = json::member_of(tool.raw.view(), "annotations");
  return json::member_of(annotations, "readOnlyHint") == "true" ||
         json::member_of(annotations, "idempotentHint") == "true";
}

}  // namespace

Repeat may_repeat(const protocol::Outcome& outcome, std::string_view method, const Item* tool,
                  const config::ServerEntry& entry) {
  if (outcome.ok()) return Repeat::kNo;
  if (!outcome.cause()) {
    // 2026-07-28 transports: the server wants a header that our copy of its tools does not name; it refused
    // before it did anything.
    bool outdated = outcome.error().code == jsonrpc::kHeaderMismatch && method == "tools/call";
    return outdated ? Repeat::kFreshTools : Repeat::kNo;
  }
  if (!is_loss(outcome.cause()->code)) return Repeat::kNo;
  if (outcome.is_unsent() || only_reads(method)) return Repeat::kSame;
  if (method != "tools/call" || tool == nullptr) return Repeat::kNo;
  bool configured = std::any_of(entry.retry_tools.begin(), entry.retry_tools.end(),
                                [tool](const std::string& glob) { return glob_match(glob, tool->key); });
  return configured || says_harmless(*tool) ? Repeat::kSame : Repeat::kNo;
}

}  // namespace mcp::gateway
