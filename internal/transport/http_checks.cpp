#include "internal/transport/http_checks.h"

#include "internal/base/strings.h"
#include "internal/protocol/headers.h"
#include "internal/protocol/meta.h"
#include "internal/protocol/revision.h"
#include "internal/transport/http_answer.h"
#include "internal/transport/media_type.h"

namespace mcp::transport {
namespace {

constexpr std::string_view kPrefix = "Mcp-";

}  // namespace

std::optional<http::Response> check_media_types(const http::Headers& headers) {
  if (headers.count("Content-Type") > 1) {
    return refusal(400, jsonrpc::kInvalidRequest, "Content-Type stands twice");
  }
  for (const auto& [name, value] : headers) {
    if (!iequals(name, "Content-Encoding") || iequals(value, "identity")) continue;
    auto refused = refusal(415, jsonrpc::kServerError, "Content-Encoding: the body must be sent as it is");
    refused.headers.add("Accept-Encoding", "identity");  // RFC 9110 §15.5.16
    return refused;
  }
  if (!names_type(headers.get("Content-Type"), kJsonType)) {
    return refusal(415, jsonrpc::kServerError, "Content-Type must be application/json");
  }
  if (!accepts(headers, kJsonType) || !accepts(headers, kEventStreamType)) {
    return refusal(406, jsonrpc::kServerError,
                   "Accept must allow both application/json and text/event-stream");
  }
  return std::nullopt;
}

std::optional<http::Response> check_legacy_version(const http::Headers& headers,
                                                   const std::optional<jsonrpc::Id>& id) {
  if (!headers.has(protocol::kVersionHeader)) return std::nullopt;
  auto revision = protocol::parse_revision(headers.get(protocol::kVersionHeader));
  if (revision && protocol::era_of(*revision) == protocol::Era::kLegacy) return std::nullopt;
  return refusal(
      400, jsonrpc::kServerError,
      "MCP-Protocol-Version names no supported revision: 2024-11-05, 2025-03-26, 2025-06-18, 2025-11-25, "
      "2026-07-28",
      id);
}

tl::expected<protocol::ClientView, http::Response> check_modern(const http::Headers& headers,
                                                                const jsonrpc::Message& request) {
  auto refuse = [](http::Response response) { return tl::unexpected<http::Response>(std::move(response)); };
  // Two readers of a field that stands twice may see different values.
  for (const auto& [name, value] : headers) {
    bool is_ours = iequals(name.substr(0, kPrefix.size()), kPrefix);
    if (!is_ours || headers.count(name) == 1) continue;
    return refuse(refusal(400, jsonrpc::kHeaderMismatch, std::string(name) + " stands twice", request.id));
  }
  // Without the envelope there is nothing to compare the headers with.
  if (protocol::is_modern(request)) {
    auto lookup = [&headers](std::string_view name) -> std::optional<std::string> {
      if (!headers.has(name)) return std::nullopt;
      return std::string(headers.get(name));
    };
    if (auto mismatch = protocol::check_standard_headers(lookup, request))
      return refuse(refusal(400, *mismatch, request.id));
  }
  auto client = protocol::read_client(request);
  if (!client) return refuse(refusal(client.error().http_status, client.error().error, request.id));
  return std::move(*client);
}

}  // namespace mcp::transport
