#include "internal/protocol/caching.h"

#include <algorithm>
#include <charconv>

#include "internal/json/members.h"
#include "internal/protocol/meta.h"

namespace mcp::protocol {
namespace {

std::int64_t read_ttl(std::string_view raw) {
  std::int64_t ttl = 0;
  auto [end, failed] = std::from_chars(raw.data(), raw.data() + raw.size(), ttl);
  if (failed == std::errc::result_out_of_range && !raw.starts_with('-')) return kMaxTtlMs;
  if (failed != std::errc() || end != raw.data() + raw.size()) return 0;
  return std::clamp<std::int64_t>(ttl, 0, kMaxTtlMs);
}

}  // namespace

Freshness read_freshness(const Bytes& result) {
  Freshness freshness;
  freshness.ttl_ms = read_ttl(json::member_of(result.view(), "ttlMs"));
  if (json::member_of(result.view(), "cacheScope") == "\"public\"")
    freshness.scope = Freshness::Scope::kPublic;
  return freshness;
}

Freshness strictest(Freshness a, Freshness b) {
  bool is_public = a.scope == Freshness::Scope::kPublic && b.scope == Freshness::Scope::kPublic;
  return {std::min(a.ttl_ms, b.ttl_ms), is_public ? Freshness::Scope::kPublic : Freshness::Scope::kPrivate};
}

std::string with_freshness(std::string_view result, Freshness freshness) {
  std::string_view scope = freshness.scope == Freshness::Scope::kPublic ? "\"public\"" : "\"private\"";
  return with_member(with_member(result, "cacheScope", scope), "ttlMs", std::to_string(freshness.ttl_ms));
}

}  // namespace mcp::protocol
