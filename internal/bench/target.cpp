#include "internal/bench/target.h"

namespace mcp::bench {
namespace {

Result<Target> parse_unix(std::string_view rest) {
  Target target;
  target.kind = Target::Kind::kUnix;
  target.host = "localhost";
  auto colon = rest.find(':');
  target.socket_path = std::string(rest.substr(0, colon));
  target.path = colon == rest.npos ? "/mcp" : std::string(rest.substr(colon + 1));
  if (target.socket_path.empty() || target.path.empty() || target.path[0] != '/') {
    return fail(ErrorCode::kUsage, "no unix-domain socket: \"unix:" + std::string(rest) + "\"",
                "unix:/path/of.sock:/mcp");
  }
  return target;
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

Result<Target> Target::parse(std::string_view text) {
  std::string_view rest = text;
  if (take(rest, "unix:")) return parse_unix(rest);
  Target target;
  if (take(rest, "https://")) {
    target.kind = Kind::kTls;
  } else if (!take(rest, "http://")) {
    return fail(ErrorCode::kUsage, "no target: \"" + std::string(text) + "\"",
                "http://HOST:PORT/PATH, https://…, or unix:/path/of.sock:/PATH");
  }
  auto slash = rest.find('/');
  std::string_view authority = rest.substr(0, slash);
  target.path = slash == rest.npos ? "/" : std::string(rest.substr(slash));
  auto colon = authority.rfind(':');
  if (colon == authority.npos || authority.ends_with(']')) {
    target.host = std::string(authority);
    target.port = target.kind == Kind::kTls ? "443" : "80";
  } else {
    target.host = std::string(authority.substr(0, colon));
    target.port = std::string(authority.substr(colon + 1));
  }
  if (target.host.starts_with('[')) target.host = target.host.substr(1, target.host.size() - 2);
  bool digits = target.port.find_first_not_of("0123456789") == std::string::npos;
  if (target.host.empty() || target.port.empty() || !digits) {
    return fail(ErrorCode::kUsage, "no host and port: \"" + std::string(text) + "\"");
  }
  return target;
}

std::string Target::authority() const {
  if (kind == Kind::kUnix) return host;
  bool bare_v6 = host.find(':') != std::string::npos;
  return (bare_v6 ? "[" + host + "]" : host) + ":" + port;
}

}  // namespace mcp::bench
