#include "internal/http/proxy.h"

#include "internal/base/base64.h"
#include "internal/base/strings.h"
#include "internal/http/client.h"
#include "internal/http/message.h"
#include "internal/http/target.h"

namespace mcp::http {
namespace {

constexpr std::string_view kForm = "http://[USER:PASSWORD@]HOST[:PORT]";

tl::unexpected<Error> unusable(const std::string& variable, const std::string& why) {
  return fail(ErrorCode::kConfig, variable + " names no usable proxy: " + why,
              "write " + variable + "=" + std::string(kForm));
}

// RFC 7617 §2.
Result<std::string> basic_authorization(std::string_view user_info) {
  auto colon = user_info.find(':');
  MCP_ASSIGN(std::string user, percent_decode(user_info.substr(0, colon)));
  if (user.find(':') != std::string::npos) return fail(ErrorCode::kInvalid, "a colon in the user's name");
  std::string password;
  if (colon != std::string_view::npos) {
    MCP_ASSIGN(password, percent_decode(user_info.substr(colon + 1)));
  }
  return "Basic " + base64_encode(user + ":" + password);
}

}  // namespace

std::string Proxy::name() const {
  return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port);
}

Result<Proxy> parse_proxy(std::string_view text, std::string variable) {
  Proxy proxy;
  text = trim(text);
  if (auto scheme = text.find("://"); scheme != std::string_view::npos) {
    if (!iequals(text.substr(0, scheme), "http"))
      return unusable(variable,
                      "only proxies that speak plain HTTP are known, no https:// or socks5:// ones");
    text.remove_prefix(scheme + 3);
  }
  text = text.substr(0, text.find_first_of("/?#"));
  if (auto at = text.rfind('@'); at != std::string_view::npos) {
    auto authorization = basic_authorization(text.substr(0, at));
    if (!authorization) return unusable(variable, "user or password: " + authorization.error().message);
    proxy.authorization = std::move(*authorization);
    text.remove_prefix(at + 1);
  }
  auto url = parse_url("http://" + std::string(text));
  if (!url) return unusable(variable, url.error().message);
  proxy.host = std::move(url->host);
  proxy.port = url->port;
  proxy.variable = std::move(variable);
  return proxy;
}

ProxyRules::ProxyRules(const ProxySettings& settings) : exceptions_(settings.no_proxy) {
  if (!settings.https.empty()) https_ = parse_proxy(settings.https, "HTTPS_PROXY");
  if (!settings.http.empty()) http_ = parse_proxy(settings.http, "http_proxy");
}

Result<const Proxy*> ProxyRules::proxy_for(const Url& url) const {
  const Named& named = url.is_https() ? https_ : http_;
  if (!named || exceptions_.covers(url.host, url.port)) return nullptr;
  if (!*named) return fail(named->error());
  return &**named;
}

Error proxy_refusal(const Proxy& proxy, int status, std::string_view target) {
  std::string who = "proxy " + proxy.name();
  if (status == 407) {
    bool tried = !proxy.authorization.empty();
    return Error{ErrorCode::kDenied,
                 who + (tried ? " refused the user or the password" : " asks for a user and a password"),
                 "set " + proxy.variable + "=http://USER:PASSWORD@" + proxy.name()};
  }
  Error error;
  error.code = status == 403 ? ErrorCode::kDenied : ErrorCode::kUnavailable;
  error.message = who + " did not connect to " + std::string(target) + ": " + std::to_string(status) + " " +
                  std::string(reason(status));
  error.hint = "NO_PROXY names hosts that are reached without a proxy";
  return error;
}

Error from_proxy(const Proxy& proxy, Error why) {
  why = std::move(why).wrap("proxy " + proxy.name());
  if (why.hint.empty()) {
    why.hint = proxy.variable + " names this proxy; NO_PROXY names hosts that are reached without one";
  }
  return why;
}

}  // namespace mcp::http
