#include "internal/transport/sse_endpoint.h"

#include "internal/base/env.h"
#include "internal/base/log.h"
#include "internal/transport/channel_handle.h"
#include "internal/transport/http_answer.h"
#include "internal/transport/http_checks.h"
#include "internal/transport/large_message.h"
#include "internal/transport/media_type.h"

namespace mcp::transport {
namespace {

constexpr std::string_view kSessionKey = "sessionId=";

// The session's id in a query; our ids need no escapes.
std::string_view session_id_in(std::string_view query) {
  while (!query.empty()) {
    std::string_view field = query.substr(0, query.find('&'));
    if (field.starts_with(kSessionKey)) return field.substr(kSessionKey.size());
    query.remove_prefix(std::min(query.size(), field.size() + 1));
  }
  return {};
}

std::optional<http::Response> check_opening(const http::RequestHead& head) {
  if (head.method != "GET") return not_allowed("GET");
  if (!accepts(head.headers, kEventStreamType)) {
    return refusal(406, jsonrpc::kServerError, "Accept must allow text/event-stream");
  }
  return check_legacy_version(head.headers, std::nullopt);
}

std::optional<http::Response> check_message(const http::RequestHead& head) {
  if (head.method != "POST") return not_allowed("POST");
  if (names_type(head.headers.get("Content-Type"), kJsonType)) return std::nullopt;
  return refusal(415, jsonrpc::kServerError, "Content-Type must be application/json");
}

}  // namespace

void SseEndpoint::open(http::ExchangePtr exchange, Arrival from, std::string messages_path) {
  if (auto refused = check_opening(exchange->request().head)) return exchange->respond(std::move(*refused));
  if (!context_->options.streams) return exchange->respond(refusal(403, jsonrpc::kServerError, no_streams()));
  if (context_->draining) return exchange->respond(busy("the server is shutting down"));
  http::Response refused;
  auto* share = place_for_session(*context_, from.principal, std::nullopt, refused);
  if (share == nullptr) return exchange->respond(std::move(refused));
  SessionPtr session = create(from, share);
  from.channel = make_handle(session);
  from.era = protocol::Era::kLegacy;
  from.transport = "sse";
  accept_(std::move(from));
  if (session->over()) return exchange->respond(busy("the session was not accepted"));
  session->open(std::move(exchange), messages_path + "?" + std::string(kSessionKey) + session->id());
}

SseEndpoint::SessionPtr SseEndpoint::create(const Arrival& from, Shares::Share* share) {
  auto session = std::make_shared<SseSession>(context_, random_id(), from.principal, from.route,
                                              [weak = weak_from_this(), share](const std::string& id) {
                                                auto self = weak.lock();
                                                if (!self) return;
                                                log::debug("session closed", {{"session", id}});
                                                self->sessions_.erase(id);
                                                self->context_->sessions.give_back(share);
                                              });
  sessions_.emplace(session->id(), session);
  log::debug("session opened",
             {{"session", session->id()}, {"principal", from.principal}, {"transport", "sse"}});
  return session;
}

void SseEndpoint::receive(http::ExchangePtr exchange, const std::string& principal,
                          const std::string& route) {
  const http::Request& request = exchange->request();
  if (auto refused = check_message(request.head)) return exchange->respond(std::move(*refused));
  std::string_view id = session_id_in(request.head.query);
  if (id.empty()) {
    return exchange->respond(
        refusal(400, jsonrpc::kServerError, "no sessionId: GET /sse begins a session and names the address"));
  }
  auto entry = sessions_.find(id);
  // As if it did not exist: 403 would tell that the id is good.
  if (entry == sessions_.end() || !entry->second->belongs_to(principal, route)) {
    return exchange->respond(session_not_found());
  }
  SessionPtr session = entry->second;
  if (auto refused = check_legacy_version(request.head.headers, std::nullopt))
    return exchange->respond(std::move(*refused));
  if (jsonrpc::is_batch(request.body.view())) {
    return exchange->respond(
        refusal(400, jsonrpc::kInvalidRequest, "batches are not accepted over HTTP+SSE"));
  }
  Bytes body = request.body;
  int max_depth = context_->options.max_depth;
  if (!is_large(body)) return take(exchange, session, jsonrpc::Message::parse(std::move(body), max_depth));
  read_large(context_->loop, std::move(body), max_depth,
             [self = shared_from_this(), exchange, session](Result<jsonrpc::Message> message) {
               self->take(exchange, session, std::move(message));
             });
}

// What a POST brought.
void SseEndpoint::take(const http::ExchangePtr& exchange, const SessionPtr& session,
                       Result<jsonrpc::Message> message) const {
  if (message && session->over()) return exchange->respond(session_not_found());
  if (message) return session->receive(exchange, std::move(*message));
  if (message.error().code == ErrorCode::kLimit) {
    return exchange->respond(
        too_much(*context_, std::move(message.error()), "max_depth", exchange->request()));
  }
  exchange->respond(unreadable(message.error(), jsonrpc::salvage_id(exchange->request().body)));
}

std::vector<SseEndpoint::SessionPtr> SseEndpoint::all() const {
  std::vector<SessionPtr> all;
  for (const auto& [id, session] : sessions_) all.push_back(session);
  return all;
}

void SseEndpoint::sweep(Liveness::Clock::time_point now) {
  for (const SessionPtr& session : all()) session->sweep(now);
}

void SseEndpoint::end_principals(const std::function<bool(const std::string&)>& known, const Error& why) {
  for (const SessionPtr& session : all()) {
    if (!known(session->principal())) session->end(why);
  }
}

void SseEndpoint::end_all(const Error& why) {
  for (const SessionPtr& session : all()) session->end(why);
}

}  // namespace mcp::transport
