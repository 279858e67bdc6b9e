#pragma once

#include <functional>
#include <memory>
#include <string>

#include "internal/gateway/door.h"
#include "internal/gateway/gateway.h"
#include "internal/http/server.h"
#include "internal/transport/http_endpoint.h"

namespace mcp::gateway {

// The HTTP face of a gateway: door, routes, CORS.
//   /mcp                  all servers, merged
//   /servers/<name>/mcp   one server alone
//   /sse, /messages       both again over HTTP+SSE (revision 2024-11-05), /servers/<name>/sse alike
//   /health               200 while the process lives; needs no token
//   /ready                200 when every required server is ready, else 503; both with the servers' states.
//                         503 with `error` also when no command can be started any more
//   /metrics              for Prometheus, where set_metrics() said what
class Front final : public http::Handler {
 public:
  Front(async::Loop& loop, std::shared_ptr<Gateway> gateway, Door door,
        transport::HttpEndpointOptions options);
  ~Front() override;

  std::optional<http::Response> door(const http::RequestHead& head) override;
  void handle(http::ExchangePtr exchange) override;
  http::Response refuse(const http::Refusal& why, const http::RequestHead* head) override;
  void cut(std::string_view limit) override;
  void closed_idle(std::string_view limit) override;

  // Another door and other limits, for who is inside too: sessions of principals that the door does not know
  // end.
  void configure(Door door, transport::HttpEndpointOptions options);
  // Why the last reload of the configuration was refused; empty: it was not.
  void set_reload_error(Error why) { reload_error_ = std::move(why); }
  // What GET /metrics answers, in Prometheus' text format; null: there is no such path.
  void set_metrics(std::function<std::string()> text) { metrics_ = std::move(text); }
  // What GET /health answers, a JSON object; null: that we live.
  void set_health(std::function<std::string()> text) { health_ = std::move(text); }
  // No new sessions; running calls go on.
  void drain();
  std::size_t in_flight() const { return endpoint_.in_flight(); }
  std::size_t sessions() const { return endpoint_.sessions(); }
  void close() { endpoint_.close(); }

 private:
  void accept(transport::Arrival arrival);
  http::Response ready() const;
  // A message that the door, or the connection, did not let in, or that named no server.
  void turned_away(const http::RequestHead& head, int status);
  transport::HttpEndpointOptions counting(transport::HttpEndpointOptions options) const;

  async::Loop& loop_;
  std::shared_ptr<Gateway> gateway_;
  Door door_;
  std::size_t max_client_requests_;
  bool draining_ = false;
  Error reload_error_;
  std::function<std::string()> metrics_;
  std::function<std::string()> health_;
  transport::HttpEndpoint endpoint_;
};

// The servers' states as a JSON array: what /ready and `mcp serve --json` say.
std::string statuses_json(const std::vector<ServerStatus>& statuses);

}  // namespace mcp::gateway
