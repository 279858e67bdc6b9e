#pragma once

#include <memory>
#include <string>

#include "internal/base/error.h"

namespace mcp::http {

class TlsSession;

// Our certificate and its key, and whose certificates clients must show. TLS 1.2 or newer.
class ServerTls {
 public:
  // PEM texts. certificate: ours first, then those that lead to a known authority. client_ca: empty when
  // clients need no certificate. Errors: kConfig; the message begins with the parameter's name as the keys
  // have it: tls_cert, tls_key, tls_client_ca.
  static Result<std::shared_ptr<ServerTls>> make(const std::string& certificate, const std::string& key,
                                                 const std::string& client_ca);
  ~ServerTls();

  // For a connected, non-blocking socket; the caller keeps it open longer than the session. Null: no memory.
  std::unique_ptr<TlsSession> accept(int descriptor) const;

 private:
  struct Impl;
  explicit ServerTls(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace mcp::http
