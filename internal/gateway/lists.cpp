// Merged lists: every server's part, in the order of the configuration.
#include <unordered_set>

#include "internal/gateway/view.h"
#include "internal/json/scan.h"
#include "internal/protocol/era_bridge.h"
#include "internal/protocol/pagination.h"

namespace mcp::gateway {

using protocol::Outcome;
using server::CallPtr;
using server::SessionPtr;

namespace {

// How long a list waits for servers whose part is stale.
constexpr async::Millis kRereadPatience{1'500};

// Where a page begins.
tl::expected<std::size_t, jsonrpc::RpcError> offset_of(const CallPtr& call) {
  if (call->params().empty()) return 0;
  auto fields = json::scan_object(call->params());
  std::string_view raw = fields ? fields->get("cursor") : std::string_view();
  if (raw.empty()) return 0;
  auto text = json::decode_string(raw);
  if (!text) return tl::unexpected(protocol::bad_cursor());
  auto cursor = protocol::decode_cursor(*text);
  if (!cursor) return tl::unexpected(cursor.error());
  return static_cast<std::size_t>(cursor->offset);
}

}  // namespace

Task<View::Links> View::settle_all(std::shared_ptr<View> self, SessionPtr session,
                                   protocol::ClientView client) {
  auto gateway = self->gateway_.lock();
  async::Millis patience = gateway ? gateway->options().list_patience : async::Millis{0};
  Roster upstreams = self->upstreams();
  // All links first, so that they start side by side; then one wait after the other, whose sum is the longest
  // of them.
  for (const UpstreamPtr& upstream : upstreams) upstream->pick(session, client);
  Links links;
  auto deadline = std::chrono::steady_clock::now() + patience;
  for (const UpstreamPtr& upstream : upstreams) {
    auto left = std::chrono::duration_cast<async::Millis>(deadline - std::chrono::steady_clock::now());
    left = std::max(left, async::Millis{0});
    auto settling = Upstream::settle(upstream, session, client, Upstream::Wait::kList, left);
    LinkPtr link = co_await std::move(settling);
    // Until a session's own child is up, the shared one's list is the best knowledge there is.
    if (!link->settled() && upstream->primary()->settled()) link = upstream->primary();
    links.emplace_back(upstream, link);
  }
  co_return links;
}

Task<protocol::Freshness> View::gather(std::shared_ptr<View> self, CallPtr call, ListKind kind,
                                       std::shared_ptr<Parts> into) {
  auto settling = settle_all(self, call->session(), call->client());
  Links links = co_await std::move(settling);
  std::string principal = call->session()->principal();
  // All at once first, then one wait after the other, as above.
  for (const auto& [upstream, link] : links) link->lists()->refresh(kind, principal);
  auto deadline = std::chrono::steady_clock::now() + kRereadPatience;
  protocol::Freshness whole{protocol::kMaxTtlMs, protocol::Freshness::Scope::kPublic};
  if (links.empty()) whole = {};
  for (const auto& [upstream, link] : links) {
    auto left = std::chrono::duration_cast<async::Millis>(deadline - std::chrono::steady_clock::now());
    left = std::max(left, async::Millis{0});
    auto reading = LinkLists::current(link->lists(), kind, principal, left);
    LinkLists::Part part = co_await std::move(reading);
    // What a server that is on its way will bring is not in the list yet.
    if (!link->usable()) part.freshness = {};
    whole = protocol::strictest(whole, part.freshness);
    into->push_back(Part{upstream, link, std::move(part.listing)});
  }
  co_return whole;
}

Task<Outcome> View::list(std::shared_ptr<View> self, CallPtr call, ListKind kind) {
  auto offset = offset_of(call);
  if (!offset) co_return Outcome::error(offset.error());
  auto parts = std::make_shared<Parts>();
  auto gathering = gather(self, call, kind, parts);
  protocol::Freshness freshness = co_await std::move(gathering);
  // An empty list would be a lie.
  const Link* gone = self->merged_ ? nullptr : first_unknown(*parts);
  if (gone != nullptr) co_return Outcome::failure(gone->unavailable());
  std::string text = self->page(*parts, kind, *offset);
  auto era = call->client().era();
  if (era == protocol::Era::kModern) text = protocol::with_freshness(text, freshness);
  Bytes result = Bytes::adopt(std::move(text));
  co_return Outcome::result(
      protocol::bridge_result(result, method_of(kind), protocol::Era::kLegacy, era, self->info_));
}

const Link* View::first_unknown(const Parts& parts) {
  for (const Part& part : parts) {
    bool away = part.link->settled() && !part.link->usable();
    if (away && part.link->lists()->empty()) return part.link.get();
  }
  return nullptr;
}

std::string View::page(const Parts& parts, ListKind kind, std::size_t offset) const {
  auto gateway = gateway_.lock();
  std::size_t limit = gateway ? gateway->options().page_size : 1'000;
  std::unordered_set<std::string_view> owned;
  std::vector<std::string_view> items;
  std::size_t position = 0;
  for (const auto& [upstream, link, listing] : parts) {
    for (const Item& item : listing->items()) {
      // One name or uri, one owner: the first server in order. A second one is reachable under its own
      // endpoint.
      const std::string& name = merged_ ? item.exposed : item.key;
      if (!owned.insert(name).second) continue;
      if (position++ < offset) continue;
      if (items.size() == limit) {
        return protocol::write_page(member_of(kind), items, protocol::encode_cursor({0, offset + limit}));
      }
      items.push_back(shown(item).view());
    }
  }
  return protocol::write_page(member_of(kind), items);
}

}  // namespace mcp::gateway
