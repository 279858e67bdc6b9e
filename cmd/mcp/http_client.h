#pragma once

#include <memory>

#include "internal/async/loop.h"
#include "internal/base/env.h"
#include "internal/http/client.h"

namespace mcp::cmd {

// HTTPS_PROXY, http_proxy and NO_PROXY, each also as https_proxy and no_proxy, lower case first, as curl
// reads them. HTTP_PROXY in upper case is not read: under CGI it is the Proxy field of somebody's request.
http::ProxySettings proxy_settings(Env& env);

// The client of all remotes, with what the environment says of the way to them: the proxies, and the
// certificate authorities in SSL_CERT_FILE.
std::shared_ptr<http::Client> make_http_client(async::Loop& loop, Env& env);

}  // namespace mcp::cmd
