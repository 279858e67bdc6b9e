#include "internal/gateway/front.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "internal/json/value.h"
#include "internal/jsonrpc/errors.h"

namespace mcp::gateway {
namespace {

constexpr std::string_view kServers = "/servers/";
constexpr std::string_view kEndpoint = "/mcp";

// Adds the CORS fields to whatever the endpoint answers.
class CorsExchange final : public http::Exchange {
 public:
  CorsExchange(http::ExchangePtr inner, http::Headers headers)
      : inner_(std::move(inner)), cors_(std::move(headers)) {}

  const http::Request& request() const override { return inner_->request(); }
  void respond(http::Response response) override {
    add(response.headers);
    inner_->respond(std::move(response));
  }
  void open_stream(int status, http::Headers headers) override {
    add(headers);
    inner_->open_stream(status, std::move(headers));
  }
  Result<void> write(Rope chunk) override { return inner_->write(std::move(chunk)); }
  void end() override { inner_->end(); }
  void on_disconnect(std::function<void()> fn) override { inner_->on_disconnect(std::move(fn)); }
  bool disconnected() const override { return inner_->disconnected(); }

 private:
  void add(http::Headers& headers) const {
    for (const auto& [name, value] : cors_) headers.add(name, value);
  }

  http::ExchangePtr inner_;
  http::Headers cors_;
};

// "" for /mcp, the name for /servers/<name>/mcp, nullopt for any other path.
std::optional<std::string> route_of(std::string_view path) {
  if (path == kEndpoint) return std::string();
  if (path.substr(0, kServers.size()) != kServers) return std::nullopt;
  path.remove_prefix(kServers.size());
  if (path.size() <= kEndpoint.size() || path.substr(path.size() - kEndpoint.size()) != kEndpoint)
    return std::nullopt;
  path.remove_suffix(kEndpoint.size());
  if (path.find('/') != std::string_view::npos) return std::nullopt;
  return std::string(path);
}

http::Response json_response(int status, const json::Value& value) {
  return http::Response{
      status, {{"Content-Type", "application/json"}}, Bytes::adopt(json::dump(value) + "\n")};
}

}  // namespace

Front::Front(async::Loop& loop, std::shared_ptr<Gateway> gateway, Door door,
             transport::HttpEndpointOptions options)
    : loop_(loop),
      gateway_(std::move(gateway)),
      door_(std::move(door)),
      endpoint_(loop, options, [this](transport::Arrival arrival) { accept(std::move(arrival)); }) {}

Front::~Front() = default;

std::optional<http::Response> Front::door(const http::RequestHead& head) { return door_.check(head); }

void Front::accept(transport::Arrival arrival) {
  auto backend = gateway_->backend(arrival.route);
  if (!backend) return arrival.channel->close();
  server::SessionOptions options;
  options.principal = arrival.principal;
  options.era = arrival.era;
  server::serve(loop_, std::move(arrival.channel), std::move(backend), std::move(options));
}

void Front::handle(http::ExchangePtr exchange) {
  const http::RequestHead& head = exchange->request().head;
  http::Headers cors = door_.cors_headers(head);
  if (cors.size() > 0) exchange = std::make_shared<CorsExchange>(exchange, std::move(cors));
  bool reads = head.method == "GET" || head.method == "HEAD";
  if ((head.path == "/health" || head.path == "/ready") && !reads) {
    auto refused = refusal(405, jsonrpc::kServerError, "method not allowed");
    refused.headers.add("Allow", "GET, HEAD");
    return exchange->respond(std::move(refused));
  }
  if (head.path == "/health") return exchange->respond(json_response(200, {{"status", "ok"}}));
  if (head.path == "/ready") return exchange->respond(ready());
  auto route = route_of(head.path);
  if (!route || !gateway_->backend(*route)) {
    std::string where = route && !route->empty() ? "no server \"" + *route + "\" here"
                                                 : "nothing here; MCP is served at /mcp";
    return exchange->respond(refusal(404, jsonrpc::kServerError, where));
  }
  std::string principal = door_.principal(head);
  endpoint_.handle(std::move(exchange), std::move(principal), std::move(*route));
}

http::Response Front::refuse(int status, std::string_view what) {
  return refusal(status, status == 400 ? jsonrpc::kInvalidRequest : jsonrpc::kServerError, what);
}

http::Response Front::ready() const {
  auto statuses = gateway_->statuses();
  bool ok = !draining_ && std::all_of(statuses.begin(), statuses.end(), [](const ServerStatus& status) {
    return !status.required || status.state == "ready";
  });
  json::Value body = {{"status", ok ? "ready" : draining_ ? "draining" : "not ready"}};
  body["servers"] = json::Value::parse(statuses_json(statuses));
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
                       {"starts", status.starts},       {"required", status.required}};
    if (!status.error.empty()) one["error"] = status.error;
    if (!status.hint.empty()) one["hint"] = status.hint;
    all.push_back(std::move(one));
  }
  return json::dump(all);
}

}  // namespace mcp::gateway
