#include "cmd/mcp/http_client.h"

namespace mcp::cmd {
namespace {

// The first that is set and not empty.
std::string first_of(Env& env, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    std::string value = env.variable(name).value_or("");
    if (!value.empty()) return value;
  }
  return {};
}

}  // namespace

http::ProxySettings proxy_settings(Env& env) {
  http::ProxySettings settings;
  settings.https = first_of(env, {"https_proxy", "HTTPS_PROXY"});
  settings.http = first_of(env, {"http_proxy"});
  settings.no_proxy = first_of(env, {"no_proxy", "NO_PROXY"});
  return settings;
}

std::shared_ptr<http::Client> make_http_client(async::Loop& loop, Env& env) {
  http::ClientTls tls;
  tls.ca_file = env.variable("SSL_CERT_FILE").value_or("");
  return std::make_shared<http::Client>(loop, http::ClientLimits{}, std::move(tls), proxy_settings(env));
}

}  // namespace mcp::cmd
