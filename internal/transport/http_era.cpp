#include "internal/transport/http_era.h"

#include "internal/protocol/headers.h"
#include "internal/protocol/meta.h"

namespace mcp::transport {
namespace {

bool is_date(std::string_view text) {
  if (text.size() != 10) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool dash = i == 4 || i == 7;
    if (dash ? text[i] != '-' : (text[i] < '0' || text[i] > '9')) return false;
  }
  return true;
}

}  // namespace

bool names_modern_revision(std::string_view version) {
  return is_date(version) && version >= protocol::to_string(protocol::kLatestModern);
}

bool is_modern_post(const http::Headers& headers, const jsonrpc::Message& message) {
  if (names_modern_revision(headers.get(protocol::kVersionHeader))) return true;
  if (message.is_response()) return false;
  if (message.method == "server/discover" || protocol::is_modern(message)) return true;
  // Half an envelope and no session: told what is missing rather than that it has no session.
  bool half = message.meta.view().find(protocol::kMetaClientCapabilities) != std::string_view::npos;
  return half && !headers.has(protocol::kSessionHeader);
}

}  // namespace mcp::transport
