#pragma once

#include <memory>

#include "internal/http/client.h"
#include "internal/http/client_pool.h"
#include "internal/http/deadlines.h"

namespace mcp::http {

class TlsContext;

// What all connections of one client share.
struct ClientCore {
  ClientCore(async::Loop& the_loop, ClientLimits the_limits, Client::Tls the_tls,
             const ProxySettings& the_proxies);

  async::Loop& loop;
  const ClientLimits limits;
  const Client::Tls tls_options;
  const ProxyRules proxies;
  std::shared_ptr<TlsContext> tls;  // made for the first https request
  Deadlines deadlines;
  ClientPool pool;
};

struct CancelToken::State {
  bool cancelled = false;
  bool sending = false;
  std::function<void()> hook;  // ends what the request waits for at the moment
};

}  // namespace mcp::http
