#include "internal/transport/http_endpoint.h"

#include <algorithm>
#include <unordered_map>

#include "internal/async/timer.h"
#include "internal/base/env.h"
#include "internal/base/log.h"
#include "internal/protocol/headers.h"
#include "internal/transport/channel_handle.h"
#include "internal/transport/http_answer.h"
#include "internal/transport/http_checks.h"
#include "internal/transport/http_era.h"
#include "internal/transport/large_message.h"
#include "internal/transport/legacy_session.h"
#include "internal/transport/media_type.h"
#include "internal/transport/modern_request.h"
#include "internal/transport/sse_endpoint.h"
#include "internal/transport/text_hash.h"

namespace mcp::transport {
namespace {

using Clock = EventStream::Clock;

constexpr std::string_view kNoSession =
    "no Mcp-Session-Id: begin with initialize (revisions up to 2025-11-25), or send MCP-Protocol-Version and "
    "_meta "
    "with every request (2026-07-28)";

// Whose calls are counted together. Without tokens it is the other machine. On this one nothing but their
// connections tells programs apart, and each has one request at a time: there is nothing to count, "".
std::string client_of(const HttpEndpointOptions& options, const http::RequestHead& head,
                      const Arrival& from) {
  if (options.has_principals) return from.principal;
  std::string address = head.peer.substr(0, head.peer.rfind(':'));
  bool near = address == "unix" || address == "[::1]" || address.starts_with("127.") ||
              address.starts_with("[::ffff:127.");
  return near ? std::string() : address;
}

}  // namespace

struct HttpEndpoint::Impl : std::enable_shared_from_this<Impl> {
  using SessionPtr = std::shared_ptr<LegacySession>;
  struct Running {
    std::weak_ptr<ModernRequest> request;
    std::string principal;
    Shares* pool;  // calls or listens
    Shares::Share* place;
  };

  Impl(async::Loop& loop, HttpEndpointOptions options, std::function<void(Arrival)> fn)
      : context(std::make_shared<EndpointContext>(EndpointContext(loop, options))),
        accept(std::move(fn)),
        timer(loop),
        sse(std::make_shared<SseEndpoint>(context, accept)) {}

  void handle(http::ExchangePtr exchange, Arrival from) {
    const std::string& method = exchange->request().head.method;
    if (method == "POST") return post(std::move(exchange), std::move(from));
    if (method != "GET" && method != "DELETE") return exchange->respond(not_allowed("GET, POST, DELETE"));
    const http::Headers& headers = exchange->request().head.headers;
    // 2026-07-28 transports: one endpoint, POST only.
    if (names_modern_revision(headers.get(protocol::kVersionHeader)))
      return exchange->respond(not_allowed("POST"));
    // 2025-11-25 transports: 405 says that there is no stream here.
    if (method == "GET" && !context->options.streams) {
      http::Response refused = refusal(405, jsonrpc::kServerError, no_streams());
      refused.headers.add("Allow", "POST, DELETE");
      return exchange->respond(std::move(refused));
    }
    if (method == "GET" && (!headers.has("Accept") || !accepts(headers, kEventStreamType))) {
      return exchange->respond(refusal(406, jsonrpc::kServerError, "Accept must allow text/event-stream"));
    }
    auto session = session_of(exchange, from, std::nullopt);
    if (!session) return;
    if (method == "GET") return session->open_get(std::move(exchange));
    http::Response done;
    exchange->respond(std::move(done));
    session->end(Error{ErrorCode::kUnavailable, "the client ended the session", ""});
  }

  void post(http::ExchangePtr exchange, Arrival from) {
    const http::Request& request = exchange->request();
    if (auto refused = check_media_types(request.head.headers)) return exchange->respond(std::move(*refused));
    if (jsonrpc::is_batch(request.body.view())) return post_batch(std::move(exchange), from);
    if (is_large(request.body)) return post_large(std::move(exchange), std::move(from));
    auto message = jsonrpc::Message::parse(request.body, context->options.max_depth);
    take(std::move(exchange), std::move(message), std::move(from));
  }

  void post_large(http::ExchangePtr exchange, Arrival from) {
    ++context->in_flight;
    Bytes body = exchange->request().body;
    read_large(context->loop, std::move(body), context->options.max_depth,
               [weak = weak_from_this(), of = context, exchange = std::move(exchange),
                from = std::move(from)](Result<jsonrpc::Message> message) {
                 --of->in_flight;
                 if (auto self = weak.lock()) self->take(exchange, std::move(message), from);
               });
  }

  // What a POST brought.
  void take(http::ExchangePtr exchange, Result<jsonrpc::Message> message, Arrival from) {
    const http::Request& request = exchange->request();
    if (!message) {
      if (message.error().code == ErrorCode::kLimit) return refuse(exchange, message.error(), "max_depth");
      return exchange->respond(unreadable(message.error(), jsonrpc::salvage_id(request.body)));
    }
    if (is_modern_post(request.head.headers, *message)) {
      return post_modern(std::move(exchange), std::move(*message), std::move(from));
    }
    bool opens = message->is_request() && message->method == "initialize" &&
                 !request.head.headers.has(protocol::kSessionHeader);
    if (opens) return open_session(std::move(exchange), std::move(*message), std::move(from));
    if (auto session = session_of(exchange, from, message->id)) {
      session->receive(std::move(exchange), std::move(*message));
    }
  }

  void refuse(const http::ExchangePtr& exchange, Error why, std::string_view limit) {
    exchange->respond(too_much(*context, std::move(why), limit, exchange->request()));
  }

  void post_batch(http::ExchangePtr exchange, const Arrival& from) {
    if (!batch_session(exchange, from)) return;
    Bytes body = exchange->request().body;
    BatchLimits limits{context->options.max_batch, context->options.max_depth};
    ++context->in_flight;
    parse_batch(context->loop, std::move(body), limits,
                [weak = weak_from_this(), of = context, exchange, from](ParsedBatch batch) {
                  --of->in_flight;
                  if (auto self = weak.lock()) self->take_batch(exchange, std::move(batch), from);
                });
  }

  void take_batch(const http::ExchangePtr& exchange, ParsedBatch batch, const Arrival& from) {
    if (!batch.limit.empty()) return refuse(exchange, std::move(*batch.refusal), batch.limit);
    if (batch.refusal) return exchange->respond(unreadable(*batch.refusal));
    // Again: it may have ended while a large batch was read.
    if (auto session = batch_session(exchange, from))
      session->receive_batch(exchange, std::move(batch.members));
  }

  // Answers by itself when there is none that takes batches.
  SessionPtr batch_session(const http::ExchangePtr& exchange, const Arrival& from) {
    const http::Headers& headers = exchange->request().head.headers;
    if (names_modern_revision(headers.get(protocol::kVersionHeader))) {
      exchange->respond(refusal(400, jsonrpc::kInvalidRequest, "a batch: 2026-07-28 allows one message"));
      return nullptr;
    }
    SessionPtr session;
    if (headers.has(protocol::kSessionHeader)) {
      session = session_of(exchange, from, std::nullopt);
      if (!session) return nullptr;
    }
    if (session && session->takes_batches()) return session;
    exchange->respond(refusal(400, jsonrpc::kInvalidRequest,
                              "batches are not accepted; the configuration key `batch = true` accepts them "
                              "in sessions of revision 2025-03-26"));
    return nullptr;
  }

  // Answers by itself when there is none.
  SessionPtr session_of(const http::ExchangePtr& exchange, const Arrival& from,
                        const std::optional<jsonrpc::Id>& id) {
    const http::Headers& headers = exchange->request().head.headers;
    std::string_view name = headers.get(protocol::kSessionHeader);
    if (name.empty()) {
      exchange->respond(refusal(400, jsonrpc::kServerError, std::string(kNoSession), id));
      return nullptr;
    }
    auto entry = sessions.find(name);
    // Someone else's session does not exist for this one: 403 would tell that the id is good.
    if (entry == sessions.end() || !entry->second->belongs_to(from.principal, from.route)) {
      exchange->respond(session_not_found(id));
      return nullptr;
    }
    auto refused = check_legacy_version(headers, id);
    if (!refused) return entry->second;
    exchange->respond(std::move(*refused));
    return nullptr;
  }

  void open_session(http::ExchangePtr exchange, jsonrpc::Message initialize, Arrival arrival) {
    if (context->draining) return exchange->respond(busy("the server is shutting down", initialize.id));
    http::Response refused;
    auto* share = place_for_session(*context, arrival.principal, initialize.id, refused);
    if (share == nullptr) return exchange->respond(std::move(refused));
    auto session = std::make_shared<LegacySession>(context, random_id(), arrival.principal, arrival.route,
                                                   [weak = weak_from_this(), share](const std::string& id) {
                                                     auto self = weak.lock();
                                                     if (!self) return;
                                                     log::debug("session closed", {{"session", id}});
                                                     self->sessions.erase(id);
                                                     self->context->sessions.give_back(share);
                                                   });
    sessions.emplace(session->id(), session);
    log::debug("session opened", {{"session", session->id()}, {"principal", arrival.principal}});
    schedule_sweep();
    arrival.channel = make_handle(session);
    arrival.era = protocol::Era::kLegacy;
    accept(std::move(arrival));
    if (session->over()) return exchange->respond(busy("the session was not accepted", initialize.id));
    session->receive(std::move(exchange), std::move(initialize));
  }

  void post_modern(http::ExchangePtr exchange, jsonrpc::Message message, Arrival arrival) {
    if (message.is_response()) {
      return exchange->respond(
          refusal(400, jsonrpc::kInvalidRequest, "2026-07-28: a client sends no responses, only requests"));
    }
    // The only notification that this era's clients have is `cancelled`, and over HTTP they close instead.
    if (message.is_notification()) return exchange->respond(accepted());
    if (context->draining) return exchange->respond(busy("the server is shutting down", message.id));
    auto client = check_modern(exchange->request().head.headers, message);
    if (!client) return exchange->respond(std::move(client.error()));
    if (message.method == "subscriptions/listen" && !context->options.streams) {
      return exchange->respond(refusal(403, jsonrpc::kServerError, no_streams(), message.id));
    }
    bool is_call = message.method != "subscriptions/listen";
    http::Response refused;
    Shares::Share* place = is_call ? place_for_call(exchange->request().head, arrival, message.id, refused)
                                   : place_for_listen(arrival, message.id, refused);
    if (place == nullptr) return exchange->respond(std::move(refused));
    auto who = std::make_shared<const protocol::ClientView>(std::move(*client));
    auto request =
        std::make_shared<ModernRequest>(context, std::move(exchange), std::move(message), std::move(who),
                                        [weak = weak_from_this()](ModernRequest* done) {
                                          if (auto self = weak.lock()) self->forget(done);
                                        });
    requests.emplace(request.get(), Running{request, arrival.principal, is_call ? &calls : &listens, place});
    schedule_sweep();
    arrival.channel = make_handle(request);
    arrival.era = protocol::Era::kModern;
    accept(std::move(arrival));
    request->begin();
  }

  // Null: there is none, and `refusal` says why.
  Shares::Share* place_for_call(const http::RequestHead& head, const Arrival& from,
                                const std::optional<jsonrpc::Id>& id, http::Response& refusal) {
    const HttpEndpointOptions& limits = context->options;
    if (calls.taken() >= limits.max_modern_requests) {
      log::warn("request refused: too many are running", {{"running", calls.taken()}});
      context->note_refused("max_modern_requests");
      refusal = busy("too many requests are running: max_modern_requests in [serve] is reached", id);
      return nullptr;
    }
    std::string client = client_of(limits, head, from);
    auto* place =
        calls.take(client, client.empty() ? limits.max_modern_requests : limits.max_client_requests);
    if (place != nullptr) return place;
    context->note_refused("max_in_flight_per_client");
    refusal = too_many_running(limits.max_client_requests, id);
    return nullptr;
  }

  // A pool of their own: they last as long as one likes, and must not take the calls' places.
  Shares::Share* place_for_listen(const Arrival& from, const std::optional<jsonrpc::Id>& id,
                                  http::Response& refusal) {
    const HttpEndpointOptions& limits = context->options;
    if (listens.taken() >= limits.max_listens) {
      log::warn("subscription refused: too many are open", {{"open", listens.taken()}});
      context->note_refused("max_listens");
      refusal = busy("too many subscriptions are open: max_listens in [serve] is reached", id);
      return nullptr;
    }
    auto* place = listens.take(from.principal,
                               limits.has_principals ? limits.max_principal_listens : limits.max_listens);
    if (place != nullptr) return place;
    context->note_refused("max_listens_per_principal");
    refusal = too_many_of_one("too many subscriptions of this principal: max_listens_per_principal", id);
    return nullptr;
  }

  void forget(ModernRequest* done) {
    auto found = requests.find(done);
    if (found == requests.end()) return;
    found->second.pool->give_back(found->second.place);
    requests.erase(found);
  }

  // One timer for all: promotion, heartbeats and idle sessions are coarse. Quick while calls run, else slow,
  // and none while there is nothing to look after.
  async::Millis period() const {
    const HttpEndpointOptions& o = context->options;
    auto shortest = std::min(o.session_idle / 10, o.heartbeat / 4);
    if (o.max_stream.count() > 0) shortest = std::min(shortest, o.max_stream / 4);
    auto slow = std::clamp(shortest, async::Millis(5), async::Millis(1000));
    return context->in_flight > 0 ? std::min(slow, std::max(o.promote_to_sse / 2, async::Millis(5))) : slow;
  }

  void schedule_sweep() {
    auto wanted = period();
    if (timer.armed() && wanted >= armed_for) return;
    if (context->sessions.taken() == 0 && requests.empty()) return;
    armed_for = wanted;
    timer.start(wanted, [weak = weak_from_this()] {
      if (auto self = weak.lock()) self->sweep();
    });
  }

  void sweep() {
    auto now = Clock::now();
    for (const SessionPtr& session : all_sessions()) session->sweep(now);
    for (const auto& request : all_requests()) request->sweep(now);
    sse->sweep(now);
    schedule_sweep();
  }

  std::vector<SessionPtr> all_sessions() const {
    std::vector<SessionPtr> all;
    for (const auto& [id, session] : sessions) all.push_back(session);
    return all;
  }

  std::vector<std::shared_ptr<ModernRequest>> all_requests() const {
    std::vector<std::shared_ptr<ModernRequest>> all;
    for (const auto& [raw, running] : requests) {
      if (auto request = running.request.lock()) all.push_back(std::move(request));
    }
    return all;
  }

  void end_principals(const std::function<bool(const std::string&)>& known) {
    Error why{ErrorCode::kDenied, "the token is not valid any more", ""};
    for (const SessionPtr& session : all_sessions()) {
      if (!known(session->principal())) session->end(why);
    }
    std::vector<std::shared_ptr<ModernRequest>> gone;
    for (const auto& [raw, running] : requests) {
      auto request = running.request.lock();
      if (request && !known(running.principal)) gone.push_back(std::move(request));
    }
    for (const auto& request : gone) request->end(why);
    sse->end_principals(known, why);
  }

  void drain() {
    context->draining = true;
    for (const auto& request : all_requests()) request->ending();
  }

  void close() {
    context->draining = true;
    Error why{ErrorCode::kUnavailable, "the server is shutting down", ""};
    for (const SessionPtr& session : all_sessions()) session->end(why);
    for (const auto& request : all_requests()) request->end(why);
    sse->end_all(why);
    timer.cancel();
  }

  std::shared_ptr<EndpointContext> context;
  std::function<void(Arrival)> accept;
  async::Timer timer;
  async::Millis armed_for{0};
  std::unordered_map<std::string, SessionPtr, TextHash, std::equal_to<>> sessions;
  std::unordered_map<ModernRequest*, Running> requests;
  Shares calls;    // of the modern era, by client
  Shares listens;  // by principal
  std::shared_ptr<SseEndpoint> sse;
};

HttpEndpoint::HttpEndpoint(async::Loop& loop, HttpEndpointOptions options,
                           std::function<void(Arrival)> accept)
    : impl_(std::make_shared<Impl>(loop, options, std::move(accept))) {
  impl_->context->on_call = [weak = std::weak_ptr<Impl>(impl_)] {
    if (auto self = weak.lock()) self->schedule_sweep();
  };
  impl_->context->replay_room->missed = [weak = std::weak_ptr<EndpointContext>(impl_->context)] {
    if (auto context = weak.lock()) context->note_refused("replay_events");
  };
}

HttpEndpoint::~HttpEndpoint() { impl_->close(); }

void HttpEndpoint::handle(http::ExchangePtr exchange, std::string principal, std::string route) {
  Arrival from;
  from.principal = std::move(principal);
  from.route = std::move(route);
  impl_->handle(std::move(exchange), std::move(from));
}

void HttpEndpoint::handle_sse(http::ExchangePtr exchange, std::string principal, std::string route,
                              std::string messages_path) {
  Arrival from;
  from.principal = std::move(principal);
  from.route = std::move(route);
  impl_->sse->open(std::move(exchange), std::move(from), std::move(messages_path));
  impl_->schedule_sweep();
}

void HttpEndpoint::handle_sse_message(http::ExchangePtr exchange, std::string principal, std::string route) {
  impl_->sse->receive(std::move(exchange), principal, route);
}

std::size_t HttpEndpoint::sessions() const { return impl_->context->sessions.taken(); }
void HttpEndpoint::configure(HttpEndpointOptions options) {
  impl_->context->options = options;
  impl_->schedule_sweep();
}
void HttpEndpoint::end_principals(const std::function<bool(const std::string&)>& known) {
  impl_->end_principals(known);
}
void HttpEndpoint::drain() { impl_->drain(); }
std::size_t HttpEndpoint::in_flight() const { return impl_->context->in_flight; }
void HttpEndpoint::close() { impl_->close(); }

}  // namespace mcp::transport
