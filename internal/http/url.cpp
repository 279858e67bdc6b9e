#include <algorithm>
#include <charconv>

#include "internal/base/strings.h"
#include "internal/http/address.h"
#include "internal/http/client.h"
#include "internal/http/target.h"

namespace mcp::http {
namespace {

std::uint16_t default_port(const std::string& scheme) { return scheme == "https" ? 443 : 80; }

struct Authority {
  std::string host;
  std::string_view port;  // empty: the scheme's
};

std::optional<Authority> split_authority(std::string_view text) {
  if (text.starts_with('[')) {
    auto end = text.find(']');
    if (end == std::string_view::npos || end == 1) return std::nullopt;
    auto rest = text.substr(end + 1);
    if (!rest.empty() && (rest.front() != ':' || rest.size() == 1)) return std::nullopt;
    auto host = text.substr(1, end - 1);
    if (host.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) return std::nullopt;
    return Authority{std::string(host), rest.empty() ? rest : rest.substr(1)};
  }
  auto colon = text.find(':');
  auto host = text.substr(0, colon);
  if (host.empty() || !is_valid_host(host) || host.find_first_of("[]") != std::string_view::npos)
    return std::nullopt;
  if (colon == std::string_view::npos) return Authority{to_lower(host), {}};
  if (colon + 1 == text.size()) return std::nullopt;
  return Authority{to_lower(host), text.substr(colon + 1)};
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failed != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

// What stands behind "unix:".
Result<Url> parse_socket_url(std::string_view text) {
  constexpr const char* kHint = "use unix:/SOCKET:/PATH, for example unix:/run/mcp.sock:/mcp";
  auto colon = text.find(':');
  if (colon == std::string_view::npos || !text.substr(colon + 1).starts_with('/'))
    return fail(ErrorCode::kInvalid, "not a usable address: no path behind the socket's", kHint);
  auto path = percent_decode(text.substr(0, colon));
  if (!path) return fail(ErrorCode::kInvalid, "not a usable address: " + path.error().message, kHint);
  MCP_TRY(check_socket_path(*path));
  Url url;
  url.scheme = "http";
  url.host = "localhost";
  url.port = 80;
  url.socket = std::move(*path);
  text.remove_prefix(colon + 1);
  url.target = text.substr(0, text.find('#'));
  return url;
}

}  // namespace

std::string Url::host_header() const {
  std::string out = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != default_port(scheme)) out += ":" + std::to_string(port);
  return out;
}

std::string Url::text() const {
  if (socket.empty()) return scheme + "://" + host_header() + target;
  std::string path;
  for (char c : socket) {
    switch (c) {
      case ':': path += "%3A"; break;
      case '%': path += "%25"; break;
      default: path += c;
    }
  }
  return "unix:" + path + ":" + target;
}

Result<Url> parse_url(std::string_view text) {
  // Not quoted in the message: user info may be a secret.
  auto bad = [](std::string_view why) {
    return fail(ErrorCode::kInvalid, "not a usable URL: " + std::string(why),
                "use http://HOST[:PORT]/PATH, https://… or unix:/SOCKET:/PATH");
  };
  bool blank = std::any_of(text.begin(), text.end(),
                           [](unsigned char c) { return c <= ' ' || c == 0x7f || c == '\\'; });
  if (blank) return bad("blank, control character or backslash");
  if (auto rest = socket_path_of(text)) return parse_socket_url(*rest);
  Url url;
  auto colon = text.find("://");
  if (colon == std::string_view::npos) return bad("no scheme");
  url.scheme = to_lower(text.substr(0, colon));
  if (url.scheme != "http" && url.scheme != "https") return bad("the scheme is neither http nor https");
  text = text.substr(colon + 3);
  text = text.substr(0, text.find('#'));
  auto path = text.find_first_of("/?");
  std::string_view authority = text.substr(0, path);
  if (authority.find('@') != std::string_view::npos) return bad("user info is not accepted; use a header");
  auto parts = split_authority(authority);
  if (!parts) return bad("no valid host");
  url.host = parts->host;
  auto port = parts->port.empty() ? default_port(url.scheme) : parse_port(parts->port);
  if (!port) return bad("the port is not a number from 1 to 65535");
  url.port = *port;
  url.target = path == std::string_view::npos ? "/" : std::string(text.substr(path));
  if (url.target.front() == '?') url.target.insert(0, "/");
  return url;
}

}  // namespace mcp::http
