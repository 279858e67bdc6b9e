#include "internal/gateway/front.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "internal/gateway/accounted_exchange.h"
#include "internal/gateway/evidence.h"
#include "internal/gateway/passed_exchange.h"
#include "internal/json/value.h"
#include "internal/jsonrpc/errors.h"

namespace mcp::gateway {
namespace {

constexpr std::string_view kServers = "/servers/";
constexpr const char* kJson = "application/json";
constexpr std::string_view kAlive = "{\"status\":\"ok\"}";

// What is at the end of a path: Streamable HTTP, or the two addresses of HTTP+SSE (revision 2024-11-05).
enum class Face { kMcp, kSse, kMessages };
constexpr std::pair<std::string_view, Face> kFaces[] = {
    {"/mcp", Face::kMcp}, {"/sse", Face::kSse}, {"/messages", Face::kMessages}};

struct Place {
  Face face = Face::kMcp;
  std::string route;  // "" for all servers, or the name of one
};

// How a limit is counted: the two times for one request are told together, and so are the two of its head.
std::string_view counted_as(std::string_view limit) {
  if (limit == "max_headers") return "max_header";
  return limit == "header_timeout" || limit == "body_timeout" ? "deadline" : limit;
}

// Adds the CORS fields to whatever the endpoint answers.
class CorsExchange final : public PassedExchange {
 public:
  CorsExchange(http::ExchangePtr inner, http::Headers headers)
      : PassedExchange(std::move(inner)), cors_(std::move(headers)) {}

  void respond(http::Response response) override {
    add(response.headers);
    PassedExchange::respond(std::move(response));
  }
  void open_stream(int status, http::Headers headers) override {
    add(headers);
    PassedExchange::open_stream(status, std::move(headers));
  }

 private:
  void add(http::Headers& headers) const {
    for (const auto& [name, value] : cors_) headers.add(name, value);
  }

  http::Headers cors_;
};

// /mcp, /servers/<name>/mcp, and the same with the other faces; nullopt for any other path.
std::optional<Place> place_of(std::string_view path) {
  Place place;
  if (path.starts_with(kServers)) {
    path.remove_prefix(kServers.size());
    place.route = path.substr(0, path.find('/'));
    if (place.route.empty()) return std::nullopt;
    path.remove_prefix(place.route.size());
  }
  for (const auto& [end, face] : kFaces) {
    if (path != end) continue;
    place.face = face;
    return place;
  }
  return std::nullopt;
}

std::string messages_path(const Place& place) {
  return (place.route.empty() ? "" : std::string(kServers) + place.route) + "/messages";
}

http::Response json_response(int status, const json::Value& value) {
  return http::Response{status, {{"Content-Type", kJson}}, Bytes::adopt(json::dump(value) + "\n")};
}

}  // namespace

Front::Front(async::Loop& loop, std::shared_ptr<Gateway> gateway, Door door,
             transport::HttpEndpointOptions options)
    : loop_(loop),
      gateway_(std::move(gateway)),
      door_(std::move(door)),
      max_client_requests_(options.max_client_requests),
      endpoint_(loop, counting(std::move(options)),
                [this](transport::Arrival arrival) { accept(std::move(arrival)); }) {}

Front::~Front() = default;

std::optional<http::Response> Front::door(const http::RequestHead& head) {
  auto refused = door_.check(head);
  if (refused) turned_away(head, refused->status);
  return refused;
}

void Front::turned_away(const http::RequestHead& head, int status) {
  if (head.method != "POST" || !place_of(head.path)) return;
  auto principal = door_.principal(head);
  gateway_->account()->turned_away({}, principal ? *principal : std::string(), status);
}

void Front::configure(Door door, transport::HttpEndpointOptions options) {
  door_ = std::move(door);
  max_client_requests_ = options.max_client_requests;
  endpoint_.configure(counting(std::move(options)));
  endpoint_.end_principals([this](const std::string& principal) { return door_.knows(principal); });
}

// The endpoint's refusals are counted too.
transport::HttpEndpointOptions Front::counting(transport::HttpEndpointOptions options) const {
  options.refused = [account = gateway_->account()](std::string_view limit) { account->refused(limit); };
  options.ended = [account = gateway_->account()](std::string_view limit) { account->ended_by(limit); };
  return options;
}

void Front::accept(transport::Arrival arrival) {
  auto backend = gateway_->backend(arrival.route);
  if (!backend) return arrival.channel->close();
  server::SessionOptions options;
  options.principal = arrival.principal;
  options.era = arrival.era;
  options.transport = arrival.transport;
  options.max_in_flight = max_client_requests_;
  options.max_questions = gateway_->options().max_questions;
  options.observer = gateway_->account();
  server::serve(loop_, std::move(arrival.channel), std::move(backend), std::move(options));
}

void Front::handle(http::ExchangePtr exchange) {
  const http::RequestHead& head = exchange->request().head;
  http::ExchangePtr plain = exchange;
  http::Headers cors = door_.cors_headers(head);
  if (cors.size() > 0) exchange = std::make_shared<CorsExchange>(exchange, std::move(cors));
  bool reads = head.method == "GET" || head.method == "HEAD";
  bool shows_metrics = metrics_ && head.path == "/metrics";
  if ((shows_metrics || head.path == "/health" || head.path == "/ready") && !reads) {
    auto refused = refusal(405, jsonrpc::kServerError, "method not allowed");
    refused.headers.add("Allow", "GET, HEAD");
    return exchange->respond(std::move(refused));
  }
  if (head.path == "/health") {
    std::string text = health_ ? health_() : std::string(kAlive);
    return exchange->respond(http::Response{200, {{"Content-Type", kJson}}, Bytes::adopt(text + "\n")});
  }
  if (head.path == "/ready") return exchange->respond(ready());
  if (shows_metrics) {
    return exchange->respond(
        http::Response{200, {{"Content-Type", telemetry::Registry::kContentType}}, Bytes::adopt(metrics_())});
  }
  auto place = place_of(head.path);
  if (!place || !gateway_->backend(place->route)) {
    if (place) turned_away(head, 404);
    std::string where = place && !place->route.empty() ? "no server \"" + place->route + "\" here"
                                                       : "nothing here; MCP is served at /mcp";
    return exchange->respond(refusal(404, jsonrpc::kServerError, where));
  }
  auto principal = door_.principal(head);
  if (!principal) {
    // The token was taken away while the body was read. A refusal brings its own CORS fields.
    auto refused = door(head);
    return plain->respond(refused ? std::move(*refused) : refuse({403, "not let in"}, &head));
  }
  if (head.method == "POST")
    exchange = std::make_shared<AccountedExchange>(std::move(exchange), gateway_->account(), *principal);
  switch (place->face) {
    case Face::kMcp: return endpoint_.handle(std::move(exchange), std::move(*principal), place->route);
    case Face::kSse: {
      std::string messages = messages_path(*place);
      return endpoint_.handle_sse(std::move(exchange), std::move(*principal), place->route, messages);
    }
    case Face::kMessages:
      return endpoint_.handle_sse_message(std::move(exchange), std::move(*principal), place->route);
  }
}

http::Response Front::refuse(const http::Refusal& why, const http::RequestHead* head) {
  std::string text = why.what;
  if (!why.limit.empty()) {
    gateway_->account()->refused(counted_as(why.limit));
    text.append(": ").append(why.limit).append(" in [serve] is reached");
  }
  int code = why.status == 400 ? jsonrpc::kInvalidRequest : jsonrpc::kServerError;
  auto response = refusal(why.status, code, text);
  if (why.status == 503) response.headers.add("Retry-After", "1");
  if (head == nullptr) return response;
  turned_away(*head, why.status);
  for (const auto& [name, value] : door_.cors_headers(*head)) response.headers.add(name, value);
  return response;
}

void Front::cut(std::string_view limit) { gateway_->account()->refused(limit); }
void Front::closed_idle(std::string_view limit) { gateway_->account()->ended_by(limit); }

http::Response Front::ready() const {
  auto statuses = gateway_->statuses();
  auto lost = gateway_->commands_lost();
  bool ok =
      !draining_ && !lost && std::all_of(statuses.begin(), statuses.end(), [](const ServerStatus& status) {
        // One at rest is started by whoever needs it.
        return !status.required || status.state == "ready" || status.state == "idle";
      });
  json::Value body = {{"status", ok ? "ready" : draining_ ? "draining" : "not ready"}};
  body["servers"] = json::Value::parse(statuses_json(statuses));
  if (lost) {
    body["error"] = lost->message;
    body["hint"] = lost->hint;
  }
  // Whoever may ask whether we are ready need not learn the names of the machine's folders.
  for (json::Value& server : body["servers"]) {
    if (!server.contains("sandbox")) continue;
    server["sandbox"].erase("shown");
    server["sandbox"].erase("not_shown");
    server["sandbox"].erase("refused");
    server["sandbox"].erase("sockets");
  }
  if (!reload_error_.message.empty()) {
    body["reload_error"] = reload_error_.message;
    if (!reload_error_.hint.empty()) body["reload_hint"] = reload_error_.hint;
  }
  return json_response(ok ? 200 : 503, body);
}

void Front::drain() {
  draining_ = true;
  endpoint_.drain();
}

std::string statuses_json(const std::vector<ServerStatus>& statuses) {
  json::Value all = json::Value::array();
  for (const ServerStatus& status : statuses) {
    json::Value one = {{"name", status.name},           {"kind", status.kind},
                       {"state", status.state},         {"era", status.era},
                       {"tools", status.tools},         {"prompts", status.prompts},
                       {"resources", status.resources}, {"start_ms", status.start_ms},
                       {"starts", status.starts},       {"required", status.required},
                       {"start", status.start},         {"breaker", status.breaker}};
    if (!status.error.empty()) one["error"] = status.error;
    if (!status.hint.empty()) one["hint"] = status.hint;
    if (!status.last_error.empty()) one["last_error"] = status.last_error;
    if (status.retry_at_ms != 0) one["retry_at"] = status.retry_at_ms;
    if (status.pid != 0) one["pid"] = status.pid;
    if (!status.sandbox.profile.empty()) one["sandbox"] = evidence_json(status.sandbox);
    all.push_back(std::move(one));
  }
  return json::dump(all);
}

}  // namespace mcp::gateway
