#pragma once

#include <memory>

#include "internal/http/wire.h"

namespace mcp::http {

// Whom we trust. Shared by all TLS connections of a client. tls.cpp is the one file that sees OpenSSL.
class TlsContext {
 public:
  // Errors: kDenied (the certificate authorities cannot be read).
  static Result<std::shared_ptr<TlsContext>> make(const Client::Tls& options);
  ~TlsContext();

  // A connection that verifies the certificate and the host's name in it, TLS 1.2 or newer.
  WirePtr make_wire(std::shared_ptr<ClientCore> core, ClientPool::Permit permit);

 private:
  struct Impl;
  explicit TlsContext(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace mcp::http
