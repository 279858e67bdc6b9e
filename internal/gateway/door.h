#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "internal/http/message.h"

namespace mcp::gateway {

struct DoorOptions {
  // Beyond localhost, 127.0.0.1 and [::1] on any port. "*" lets every one in.
  std::vector<std::string> origins;        // "https://app.example.com"
  std::vector<std::string> allowed_hosts;  // "mcp.example.com", with or without a port
  std::string listen_host;                 // what we were told to listen on: itself a good Host
  std::vector<std::pair<std::string, std::string>> tokens;  // principal, token; none: everyone is "local"
};

// Who is let in, decided on the request's head alone: Origin and Host against DNS rebinding, each by itself
// (2025-11-25 transports, "Security Warning"), then bearer tokens. Pure.
class Door {
 public:
  explicit Door(DoorOptions options);

  // The refusal (403, 401), or the answer to a CORS preflight (204); nullopt: come in.
  std::optional<http::Response> check(const http::RequestHead& head) const;
  // The principal of a request that check() let in; nullopt: not let in (check() was another door's).
  std::optional<std::string> principal(const http::RequestHead& head) const;
  // Could a request have this principal?
  bool knows(const std::string& principal) const;
  // What a browser needs to see the answer: empty unless the request has an allowed Origin (Fetch, "CORS
  // protocol").
  http::Headers cors_headers(const http::RequestHead& head) const;

 private:
  bool host_allowed(std::string_view host) const;
  bool origin_allowed(std::string_view origin) const;
  const std::string* authenticate(const http::RequestHead& head) const;
  http::Response unauthorized(const http::RequestHead& head) const;

  DoorOptions options_;
  bool any_host_;
};

// A JSON-RPC error without an id, as the body of an HTTP refusal.
http::Response refusal(int status, int rpc_code, std::string_view message);

}  // namespace mcp::gateway
