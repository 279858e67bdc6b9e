#include "internal/protocol/cancelled.h"

#include "internal/json/scan.h"

namespace mcp::protocol {

std::optional<jsonrpc::Id> cancelled_request(const jsonrpc::Message& message) {
  if (!message.is_notification() || message.method != "notifications/cancelled") return std::nullopt;
  if (message.params.empty()) return std::nullopt;
  auto params = json::scan_object(message.params);
  if (!params) return std::nullopt;
  auto id = jsonrpc::Id::parse(params->get("requestId"));
  return id ? std::optional(std::move(*id)) : std::nullopt;
}

}  // namespace mcp::protocol
