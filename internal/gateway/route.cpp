// Who owns what a request names.
#include <algorithm>

#include "internal/base/strings.h"
#include "internal/gateway/view.h"
#include "internal/gateway/waiting_notice.h"
#include "internal/json/scan.h"
#include "internal/json/splice.h"
#include "internal/protocol/uri_template.h"

namespace mcp::gateway {

using protocol::Outcome;
using server::CallPtr;
using Found = tl::expected<Target, Outcome>;
using Wait = Upstream::Wait;

namespace {

// How long a name that belongs to nobody yet waits for servers without a prefix that are still starting.
constexpr async::Millis kPatienceWithStrangers{5'000};

// The raw value at params.<path…>, a slice of params.
std::string_view member(const Bytes& object, std::string_view key) {
  auto fields = json::scan_object(object);
  return fields ? fields->get(key) : std::string_view();
}

Bytes replaced(const Bytes& params, std::string_view slice, std::string_view text) {
  json::Splice splice(params.view());
  splice.replace(slice, json_quote(text));
  return Bytes::adopt(splice.apply());
}

tl::unexpected<Outcome> invalid(std::string why) {
  return tl::unexpected<Outcome>(Outcome::error(jsonrpc::kInvalidParams, std::move(why)));
}

tl::unexpected<Outcome> unknown(ListKind kind, const std::string& name) {
  std::string what = kind == ListKind::kTools ? "tool" : "prompt";
  std::string why = name.empty() ? "name is missing: which " + what + "?" : "Unknown " + what + ": " + name;
  return invalid(std::move(why));
}

tl::unexpected<Outcome> no_resource(const CallPtr& call, const std::string& uri) {
  // -32602 since 2026-07-28, -32002 before (protocol.md §2.4).
  bool modern = call->client().era() == protocol::Era::kModern;
  int code = modern ? jsonrpc::kInvalidParams : jsonrpc::kResourceNotFound;
  return tl::unexpected<Outcome>(
      Outcome::error(code, "Resource not found: " + uri, "{\"uri\":" + json_quote(uri) + "}"));
}

// 2026-07-28 transports: mirrored parameters that do not say what the body says are refused before anyone
// acts on them.
std::optional<jsonrpc::RpcError> check_param_headers(const CallPtr& call, const Item& item) {
  const http::Headers* headers = call->headers();
  if (headers == nullptr || call->client().era() != protocol::Era::kModern) return std::nullopt;
  auto lookup = [headers](std::string_view name) -> std::optional<std::string> {
    if (!headers->has(name)) return std::nullopt;
    return std::string(headers->get(name));
  };
  return protocol::check_param_headers(item.param_headers, lookup, member(call->params(), "arguments"));
}

// What the server hears in its headers: the parameters that its schema marks, and, as of any intermediary,
// those that we do not know (2026-07-28 transports, "Server Behavior for Custom Headers": MUST forward).
http::Headers target_headers(const CallPtr& call, const Item& item) {
  http::Headers headers;
  for (auto& [name, value] :
       protocol::param_headers(item.param_headers, member(call->params(), "arguments"))) {
    headers.add(name, value);
  }
  if (call->headers() == nullptr) return headers;
  auto declared = [&item](std::string_view name) {
    return std::any_of(item.param_headers.begin(), item.param_headers.end(),
                       [name](const protocol::ParamHeader& param) { return iequals(name, param.header); });
  };
  constexpr std::string_view kPrefix = protocol::kParamHeaderPrefix;
  for (const auto& [name, value] : *call->headers()) {
    bool is_param = iequals(name.substr(0, kPrefix.size()), kPrefix);
    if (is_param && !declared(name.substr(kPrefix.size()))) headers.add(name, value);
  }
  return headers;
}

// Without a prefix. All other servers own no name that lacks theirs, so that nobody need wait for them.
bool takes_any_name(const UpstreamPtr& upstream) { return upstream->entry().prefix == ""; }

bool owns_template(const Link& link, std::string_view uri) {
  for (const Item& item : link.listing(ListKind::kTemplates).items()) {
    if (item.key == uri || protocol::match_uri_template(item.key, uri)) return true;
  }
  return false;
}

}  // namespace

const Item* View::find(const Link& link, ListKind kind, std::string_view name,
                       const std::string& principal) const {
  auto in = [&](const Listing& listing) { return merged_ ? listing.by_exposed(name) : listing.by_key(name); };
  if (const Item* item = in(link.listing(kind))) return item;
  ListingPtr shown = link.lists()->shown_to(kind, principal);
  return shown ? in(*shown) : nullptr;
}

// Could this server own the name, as far as one can tell while its lists are unknown?
bool View::may_own(const UpstreamPtr& upstream, std::string_view name) const {
  if (!merged_ || roster_.size() == 1) return true;
  std::string prefix = naming_of(upstream->entry()).prefix;
  return !prefix.empty() && name.substr(0, prefix.size()) == prefix;
}

// Some servers show tools that ask their client only to clients that can be asked; the lists here are those
// of a child that cannot. A name that none of them has goes to the server whose prefix it carries, on a
// connection that is told what this client can do: the server knows.
std::optional<Target> View::unlisted_tool(const CallPtr& call, const std::string& name) const {
  for (const UpstreamPtr& upstream : roster_) {
    LinkPtr link = upstream->pick(call->session(), call->client());
    if (!may_own(upstream, name) || !upstream->wants_lease(*link, call->client())) continue;
    Naming naming = naming_of(upstream->entry());
    std::string own = merged_ ? name.substr(std::min(naming.prefix.size(), name.size())) : name;
    bool carries = !merged_ || name.starts_with(naming.prefix);
    if (own.empty() || !carries || !naming.shows_tool(own)) continue;
    std::string_view written = call->message().name.view();
    Bytes params = call->params();
    if (own != name) params = replaced(call->params(), written, own);
    return Target{upstream, link, std::move(params), {}};
  }
  return std::nullopt;
}

// The item as this server knows it, when it lists it.
std::optional<Found> View::listed_by(const UpstreamPtr& upstream, const LinkPtr& link, const CallPtr& call,
                                     ListKind kind, const std::string& name) const {
  const Item* item = find(*link, kind, name, call->session()->principal());
  if (item == nullptr) return std::nullopt;
  auto mismatch = check_param_headers(call, *item);
  if (mismatch) return Found(tl::unexpected<Outcome>(Outcome::error(std::move(*mismatch))));
  Target target{upstream, link, call->params(), target_headers(call, *item)};
  // A completion names its prompt elsewhere: by_reference() replaces it there.
  std::string_view written = call->message().name.view();
  if (item->key != name && !written.empty()) target.params = replaced(call->params(), written, item->key);
  return Found(std::move(target));
}

std::optional<Found> View::by_name_now(const CallPtr& call, ListKind kind, const std::string& name) const {
  for (const UpstreamPtr& upstream : roster_) {
    LinkPtr link = upstream->pick(call->session(), call->client());
    if (!link->settled() && may_own(upstream, name)) return std::nullopt;
    if (auto found = listed_by(upstream, link, call, kind, name)) return found;
  }
  return std::nullopt;
}

Task<Found> View::by_name(std::shared_ptr<View> self, CallPtr call, ListKind kind, std::string name) {
  // All revisions' schemas: the arguments of a tool and of a prompt are an object.
  std::string_view arguments = member(call->params(), "arguments");
  bool odd = !arguments.empty() && json::type_of(arguments) != json::Type::kObject;
  if (odd) co_return invalid("arguments must be an object");
  Roster upstreams = self->upstreams();
  // First the servers that are up and those whose prefix the name carries; only then those that may have any
  // name.
  for (bool patient : {false, true}) {
    for (const UpstreamPtr& upstream : upstreams) {
      LinkPtr link = upstream->pick(call->session(), call->client());
      bool likely = self->may_own(upstream, name);
      if (!link->settled() && (likely || (patient && takes_any_name(upstream)))) {
        auto patience = likely ? upstream->entry().start_timeout : kPatienceWithStrangers;
        WaitingNotice notice(self->loop(), call, upstream->name());
        auto settling = Upstream::settle(upstream, call->session(), call->client(), Wait::kCall, patience);
        link = co_await std::move(settling);
      }
      if (auto found = self->listed_by(upstream, link, call, kind, name)) co_return std::move(*found);
    }
  }
  if (self->upstreams() != upstreams) {
    // A reload changed the servers while they were waited for.
    auto again = by_name(self, call, kind, name);
    Found found = co_await std::move(again);
    co_return found;
  }
  for (const UpstreamPtr& upstream : upstreams) {
    // The server that would own the name is down: say so rather than deny the tool.
    LinkPtr link = upstream->pick(call->session(), call->client());
    if (!self->may_own(upstream, name) || link->usable()) continue;
    auto asking = Link::ready(link, async::Millis{0});
    auto ready = co_await std::move(asking);
    call->note().meter = link->meter();
    if (!ready) co_return tl::unexpected<Outcome>(Outcome::failure(ready.error()));
  }
  auto target = kind == ListKind::kTools ? self->unlisted_tool(call, name) : std::nullopt;
  if (target) co_return std::move(*target);
  co_return unknown(kind, name);
}

// DESIGN §6: the first that lists it, then by template, then the server that last mentioned the link.
const View::Owner* View::owner_of(const Links& links, const std::string& uri) const {
  for (const Owner& owner : links) {
    if (owner.second->listing(ListKind::kResources).by_key(uri) != nullptr) return &owner;
  }
  for (const Owner& owner : links) {
    if (owns_template(*owner.second, uri)) return &owner;
  }
  auto gateway = gateway_.lock();
  std::string linked = gateway ? gateway->links().server_of(uri) : std::string();
  for (const Owner& owner : links) {
    if (owner.first->name() == linked) return &owner;
  }
  return nullptr;
}

Task<Found> View::by_uri(std::shared_ptr<View> self, CallPtr call, std::string uri) {
  if (uri.empty()) co_return invalid("uri is missing: which resource?");
  // What is known already is not held up by a server that is not.
  Links links;
  Roster upstreams = self->upstreams();
  for (const UpstreamPtr& upstream : upstreams) {
    LinkPtr link = upstream->pick(call->session(), call->client());
    if (link->settled()) links.emplace_back(upstream, std::move(link));
  }
  const Owner* owner = self->owner_of(links, uri);
  if (owner == nullptr) {
    auto settling = settle_all(self, call->session(), call->client());
    links = co_await std::move(settling);
    owner = self->owner_of(links, uri);
    if (owner == nullptr && links.size() == 1) owner = &links.front();
  }
  if (owner == nullptr && self->upstreams() != upstreams) {
    auto again = by_uri(self, call, uri);
    Found found = co_await std::move(again);
    co_return found;
  }
  if (owner == nullptr) co_return no_resource(call, uri);
  // Lists may have come from the shared child; the request itself goes to the session's own.
  UpstreamPtr upstream = owner->first;
  auto patience = upstream->entry().start_timeout;
  auto settling = Upstream::settle(upstream, call->session(), call->client(), Wait::kCall, patience);
  LinkPtr link = co_await std::move(settling);
  co_return Target{upstream, link, call->params(), {}};
}

Task<Found> View::by_reference(std::shared_ptr<View> self, CallPtr call) {
  std::string_view raw = member(call->params(), "ref");
  Bytes ref = raw.empty() ? Bytes() : call->params().slice(raw);
  auto type = json::decode_string(member(ref, "type"));
  std::string_view name_raw = member(ref, "name");
  std::string_view uri_raw = member(ref, "uri");
  auto name = json::decode_string(name_raw);
  auto uri = json::decode_string(uri_raw);
  if (type && *type == "ref/prompt" && name) {
    auto finding = by_name(self, call, ListKind::kPrompts, *name);
    Found found = co_await std::move(finding);
    if (!found) co_return found;
    const Item* item = self->find(*found->link, ListKind::kPrompts, *name, call->session()->principal());
    if (item != nullptr && item->key != *name) found->params = replaced(call->params(), name_raw, item->key);
    co_return found;
  }
  if (type && *type == "ref/resource" && uri) {
    auto finding = by_uri(self, call, *uri);
    Found found = co_await std::move(finding);
    co_return found;
  }
  co_return invalid("ref must be a ref/prompt with a name or a ref/resource with a uri");
}

}  // namespace mcp::gateway
