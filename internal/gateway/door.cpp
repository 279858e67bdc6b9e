#include "internal/gateway/door.h"

#include <algorithm>

#include "internal/base/strings.h"
#include "internal/crypto/secure_equal.h"
#include "internal/jsonrpc/message.h"

namespace mcp::gateway {
namespace {

constexpr const char* kEveryone = "local";  // where nobody needs a token
constexpr std::string_view kLocalNames[] = {"localhost", "127.0.0.1", "[::1]"};

// "example.com:80" → "example.com", "[::1]:80" → "[::1]".
std::string_view without_port(std::string_view host) {
  std::size_t from = !host.empty() && host.front() == '[' ? host.find(']') : 0;
  if (from == std::string_view::npos) return host;
  return host.substr(0, host.find(':', from));
}

bool is_local_name(std::string_view host) {
  std::string_view name = without_port(host);
  std::string_view port = host.substr(name.size());
  bool plain =
      port.empty() || (port.size() > 1 && port.find_first_not_of("0123456789", 1) == std::string_view::npos);
  return plain && std::any_of(std::begin(kLocalNames), std::end(kLocalNames),
                              [name](std::string_view local) { return iequals(name, local); });
}

bool is_wildcard(std::string_view host) {
  return host == "0.0.0.0" || host == "::" || host == "[::]" || host == "*";
}

bool is_preflight(const http::RequestHead& head) {
  return head.method == "OPTIONS" && head.headers.has("Origin") &&
         head.headers.has("Access-Control-Request-Method");
}

std::string_view bearer_token(const http::RequestHead& head) {
  std::string_view value = head.headers.get("Authorization");
  constexpr std::string_view kScheme = "bearer ";
  if (value.size() <= kScheme.size() || !iequals(value.substr(0, kScheme.size()), kScheme)) return {};
  return trim(value.substr(kScheme.size()));
}

}  // namespace

http::Response refusal(int status, int rpc_code, std::string_view message) {
  http::Response response;
  response.status = status;
  response.headers.add("Content-Type", "application/json");
  response.body = jsonrpc::make_error(std::nullopt, jsonrpc::RpcError{rpc_code, std::string(message), {}});
  return response;
}

// On a wildcard address nobody can say by which names we are known. A key is needed there (DESIGN §5), and a
// page that rebinds a name does not have it.
Door::Door(DoorOptions options)
    : options_(std::move(options)),
      any_host_(is_wildcard(options_.listen_host) && options_.allowed_hosts.empty() &&
                !options_.tokens.empty()) {}

bool Door::host_allowed(std::string_view host) const {
  if (any_host_ || is_local_name(host)) return true;
  auto matches = [host](const std::string& allowed) {
    return allowed == "*" || iequals(host, allowed) || iequals(without_port(host), allowed);
  };
  if (!is_wildcard(options_.listen_host) && !options_.listen_host.empty() && matches(options_.listen_host))
    return true;
  return std::any_of(options_.allowed_hosts.begin(), options_.allowed_hosts.end(), matches);
}

bool Door::origin_allowed(std::string_view origin) const {
  auto matches = [origin](const std::string& allowed) { return allowed == "*" || iequals(origin, allowed); };
  if (std::any_of(options_.origins.begin(), options_.origins.end(), matches)) return true;
  for (std::string_view scheme : {"http://", "https://"}) {
    if (origin.size() > scheme.size() && iequals(origin.substr(0, scheme.size()), scheme)) {
      return is_local_name(origin.substr(scheme.size()));
    }
  }
  return false;
}

// Every token is compared in full, so that time tells neither which one nor how far it matched.
const std::string* Door::authenticate(const http::RequestHead& head) const {
  std::string_view given = bearer_token(head);
  const std::string* found = nullptr;
  for (const auto& [principal, token] : options_.tokens) {
    if (crypto::secure_equal(given, token) && !given.empty()) found = &principal;
  }
  return found;
}

http::Response Door::unauthorized(const http::RequestHead& head) const {
  bool tried = head.headers.has("Authorization");
  http::Response response = refusal(
      401, jsonrpc::kServerError, tried ? "the bearer token is not valid here" : "a bearer token is needed");
  // RFC 6750 §3: no error code when the request carried no credentials.
  response.headers.add("WWW-Authenticate",
                       tried ? "Bearer realm=\"mcp\", error=\"invalid_token\"" : "Bearer realm=\"mcp\"");
  for (const auto& [name, value] : cors_headers(head)) response.headers.add(name, value);
  return response;
}

std::optional<http::Response> Door::check(const http::RequestHead& head) const {
  // Two values could be read differently by whoever reads them next.
  for (std::string_view field : {"Origin", "Authorization", "Mcp-Session-Id", "MCP-Protocol-Version"}) {
    if (head.headers.count(field) > 1) {
      return refusal(400, jsonrpc::kInvalidRequest, std::string(field) + " stands twice");
    }
  }
  std::string_view host = head.headers.get("Host");
  if (!host_allowed(host)) {
    return refusal(403, jsonrpc::kServerError,
                   "Host \"" + std::string(host) + "\" is not served here; see the key allowed_hosts");
  }
  if (head.headers.has("Origin") && !origin_allowed(head.headers.get("Origin"))) {
    return refusal(
        403, jsonrpc::kServerError,
        "Origin \"" + std::string(head.headers.get("Origin")) + "\" is not allowed; see the key origins");
  }
  if (is_preflight(head)) {
    // A browser sends no credentials with it (Fetch, "CORS-preflight fetch"), and it reveals nothing.
    return http::Response{204, cors_headers(head), {}};
  }
  if (!options_.tokens.empty() && head.path != "/health" && authenticate(head) == nullptr)
    return unauthorized(head);
  return std::nullopt;
}

std::optional<std::string> Door::principal(const http::RequestHead& head) const {
  if (options_.tokens.empty()) return kEveryone;
  const std::string* found = authenticate(head);
  return found == nullptr ? std::nullopt : std::optional(*found);
}

bool Door::knows(const std::string& principal) const {
  if (options_.tokens.empty()) return principal == kEveryone;
  return std::any_of(options_.tokens.begin(), options_.tokens.end(),
                     [&principal](const auto& token) { return token.first == principal; });
}

http::Headers Door::cors_headers(const http::RequestHead& head) const {
  std::string_view origin = head.headers.get("Origin");
  if (head.headers.count("Origin") != 1 || !origin_allowed(origin)) return {};
  http::Headers headers{
      {"Access-Control-Allow-Origin", std::string(origin)},
      {"Vary", "Origin"},
      {"Access-Control-Expose-Headers", "Mcp-Session-Id, MCP-Protocol-Version, WWW-Authenticate"}};
  if (is_preflight(head)) {
    std::string_view wanted = head.headers.get("Access-Control-Request-Headers");
    headers.add("Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS");
    headers.add("Access-Control-Allow-Headers",
                wanted.empty() ? "Authorization, Content-Type, Accept, Mcp-Session-Id, MCP-Protocol-Version, "
                                 "Last-Event-ID, Mcp-Method, Mcp-Name"
                               : std::string(wanted));
    headers.add("Access-Control-Max-Age", "600");
  }
  return headers;
}

}  // namespace mcp::gateway
