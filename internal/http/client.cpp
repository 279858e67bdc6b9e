#include "internal/http/client.h"

#include <algorithm>

#include "internal/base/strings.h"
#include "internal/http/client_response.h"
#include "internal/http/head_writer.h"
#include "internal/http/scheme_hint.h"
#include "internal/http/tls.h"

namespace mcp::http {
namespace {

using CorePtr = std::shared_ptr<ClientCore>;
using CancelPtr = std::shared_ptr<CancelToken::State>;

async::Millis shortest_deadline(const ClientLimits& limits) {
  return std::min({limits.connect_deadline, limits.header_deadline, limits.body_idle, limits.write_deadline,
                   limits.idle_deadline});
}

bool is_clients_own(std::string_view name) {
  return iequals(name, "Host") || iequals(name, "Content-Length") || iequals(name, "Connection") ||
         iequals(name, "Transfer-Encoding") || iequals(name, "Proxy-Authorization");
}

bool sends_length(const ClientRequest& request) {
  return !request.body.empty() || request.method == "POST" || request.method == "PUT" ||
         request.method == "PATCH";
}

// proxy: the one that this very request is said to; not one that only passes bytes on.
Result<std::string> request_head(const ClientRequest& request, const Proxy* proxy) {
  if (!is_sendable(request.method, request.url.target) || request.url.target.find(' ') != std::string::npos) {
    return fail(ErrorCode::kInvalid, "the request line cannot be sent");
  }
  std::string out;
  out.reserve(512);
  out.append(request.method).append(" ");
  // RFC 9112 §3.2.2: absolute-form to a proxy.
  out.append(proxy == nullptr ? request.url.target : request.url.text()).append(" HTTP/1.1\r\nHost: ");
  out.append(request.url.host_header()).append("\r\n");
  if (proxy != nullptr && !proxy->authorization.empty())
    out.append("Proxy-Authorization: ").append(proxy->authorization).append("\r\n");
  for (const auto& [name, value] : request.headers) {
    if (is_clients_own(name)) continue;
    if (!is_sendable(name, value)) return fail(ErrorCode::kInvalid, "a header field cannot be sent");
    out.append(name).append(": ").append(value).append("\r\n");
  }
  if (sends_length(request))
    out.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
  return out += "\r\n";
}

Result<WirePtr> make_wire(const CorePtr& core, const Url& url, ClientPool::Permit permit) {
  if (!url.is_https()) return std::make_shared<Wire>(core, std::move(permit));
  if (!core->tls) {
    MCP_ASSIGN(core->tls, TlsContext::make(core->tls_options));
  }
  return core->tls->make_wire(core, std::move(permit));
}

std::string pool_key(const Url& url, const Proxy* proxy) {
  std::string key = url.scheme + " " + url.host + " " + std::to_string(url.port) + url.socket;
  return proxy == nullptr ? key : key + " by " + proxy->name();
}

Error cancelled_error() { return Error{ErrorCode::kCancelled, "the request was cancelled", {}}; }

void close_on_cancel(const CancelPtr& cancel, const WirePtr& wire) {
  cancel->hook = [weak = std::weak_ptr<Wire>(wire)] {
    if (auto alive = weak.lock()) alive->close(ErrorCode::kCancelled);
  };
}

// The right to one more connection, or an idle one that became free meanwhile.
struct Place {
  WirePtr idle;
  std::optional<ClientPool::Permit> permit;
};

Task<Result<Place>> find_place(CorePtr core, std::string key, bool fresh, CancelPtr cancel) {
  auto until = Deadlines::Clock::now() + core->limits.connect_deadline;
  Place place;
  for (;;) {
    if (cancel->cancelled) co_return fail(cancelled_error());
    if (!fresh) place.idle = core->pool.take_idle(key);
    if (place.idle) co_return std::move(place);
    if (auto permit = core->pool.reserve(key)) {
      place.permit.emplace(std::move(*permit));
      co_return std::move(place);
    }
    auto left = std::chrono::duration_cast<async::Millis>(until - Deadlines::Clock::now());
    if (left.count() <= 0) {
      core->pool.note_refused();
      co_return fail(ErrorCode::kLimit, "too many connections to this host are in use");
    }
    auto waiter = core->pool.wait(key);
    cancel->hook = [waiter] { waiter->woken.set(false); };
    auto woken = co_await waiter->woken.get_within(left);
    cancel->hook = nullptr;
    if (!woken || !*woken) core->pool.stop_waiting(key, waiter);
  }
}

// The proxy is one of the core's.
Task<Result<WirePtr>> acquire(CorePtr core, Url url, const Proxy* proxy, bool fresh, CancelPtr cancel) {
  std::string key = pool_key(url, proxy);
  auto place = co_await find_place(core, key, fresh, cancel);
  MCP_CO_CHECK(place);
  if (place->idle) co_return std::move(place->idle);
  auto made = make_wire(core, url, std::move(*place->permit));
  MCP_CO_CHECK(made);
  WirePtr wire = std::move(*made);
  wire->set_deadline(core->limits.connect_deadline);
  close_on_cancel(cancel, wire);
  Destination to;
  to.host = url.host;
  to.port = url.port;
  to.socket = url.socket;
  to.proxy = proxy;
  auto opened = co_await wire->open(to);
  cancel->hook = nullptr;
  MCP_CO_CHECK(opened);
  wire->clear_deadline();
  co_return std::move(wire);
}

// One attempt. An upstream that answers before it read the whole request (413, 401) is listened to.
// whole: set when the request was sent to its last byte.
Task<Result<void>> round_trip(WirePtr wire, std::string head, Bytes body,
                              std::shared_ptr<ResponseBody> response, bool* whole) {
  Result<void> sent;
  if (!wire->write_at_once(head, body)) {
    auto writing = wire->write(std::move(head), std::move(body));
    sent = co_await std::move(writing);
  }
  *whole = sent.has_value();
  if (!sent) {
    if (sent.error().code != ErrorCode::kUnavailable) co_return sent;
    response->keep_wire_from_pool();
  }
  auto came = co_await response->read_head();
  if (!came && !sent) co_return sent;
  co_return came;
}

// Plain HTTP to a port for TLS: it answers with an alert, or it hangs up.
Error as_scheme_error(Error why, const ResponseBody& response) {
  if (response.is_tls()) return Error{ErrorCode::kUnavailable, "the server's answer is no HTTP", kUseHttps};
  bool hung_up = why.code == ErrorCode::kUnavailable && !response.has_begun();
  if (hung_up && why.hint.empty()) why.hint = kPerhapsHttps;
  return why;
}

Task<Result<ClientResponsePtr>> send_request(CorePtr core, ClientRequest request, CancelPtr cancel) {
  auto chosen = core->proxies.proxy_for(request.url);
  MCP_CO_CHECK(chosen);
  const Proxy* proxy = *chosen;
  auto header_deadline = request.header_deadline.value_or(core->limits.header_deadline);
  const Proxy* told = request.url.is_https() ? nullptr : proxy;
  auto head = request_head(request, told);
  MCP_CO_CHECK(head);
  for (bool fresh = false;; fresh = true) {
    WirePtr wire;
    if (!fresh && !cancel->cancelled) wire = core->pool.take_idle(pool_key(request.url, proxy));
    if (!wire) {
      auto acquired = co_await acquire(core, request.url, proxy, fresh, cancel);
      MCP_CO_CHECK(acquired);
      wire = std::move(*acquired);
    }
    bool pooled = wire->used;
    auto response = std::make_shared<ResponseBody>(core, wire, request.method == "HEAD", header_deadline);
    close_on_cancel(cancel, wire);
    bool whole = false;
    cancel->sending = true;
    auto done = co_await round_trip(wire, *head, request.body, response, &whole);
    cancel->hook = nullptr;
    if (done && told != nullptr && response->status() == 407) {
      co_return fail(proxy_refusal(*told, 407, request.url.host_header()));
    }
    if (done) co_return make_response(std::move(response));
    bool stale = pooled && !response->has_begun() && done.error().code == ErrorCode::kUnavailable;
    // RFC 9110 §9.2.2: what is not idempotent is sent again only when it cannot have arrived.
    bool repeatable = request.method != "POST" || !whole;
    if (stale && repeatable) continue;
    bool plain = !request.url.is_https() && request.url.socket.empty() && told == nullptr;
    if (plain && !pooled) co_return fail(as_scheme_error(std::move(done.error()), *response));
    co_return fail(std::move(done.error()));
  }
}

}  // namespace

ClientCore::ClientCore(async::Loop& the_loop, ClientLimits the_limits, Client::Tls the_tls,
                       const ProxySettings& the_proxies)
    : loop(the_loop),
      limits(the_limits),
      tls_options(std::move(the_tls)),
      proxies(the_proxies),
      deadlines(the_loop, shortest_deadline(the_limits)),
      pool(the_loop, the_limits.max_idle_per_host, the_limits.max_connections_per_host) {}

CancelToken::CancelToken() : state_(std::make_shared<State>()) {}
bool CancelToken::cancelled() const { return state_->cancelled; }
bool CancelToken::sending() const { return state_->sending; }

void CancelToken::cancel() const {
  if (std::exchange(state_->cancelled, true)) return;
  if (auto hook = std::exchange(state_->hook, nullptr)) hook();
}

struct Client::Impl {
  CorePtr core;
};

Client::Client(async::Loop& loop, ClientLimits limits, Tls tls, const ProxySettings& proxies)
    : impl_(
          std::make_shared<Impl>(Impl{std::make_shared<ClientCore>(loop, limits, std::move(tls), proxies)})) {
}

Client::~Client() { impl_->core->pool.shut(); }

Task<Result<ClientResponsePtr>> Client::send(ClientRequest request, CancelToken cancel) {
  return send_request(impl_->core, std::move(request), cancel.state());
}

std::size_t Client::idle_connections() const { return impl_->core->pool.idle(); }

PoolCounts Client::pool() const {
  const ClientPool& pool = impl_->core->pool;
  return {pool.open(), pool.idle(), pool.waiting()};
}

}  // namespace mcp::http
