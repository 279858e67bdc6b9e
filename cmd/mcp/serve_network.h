#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "internal/base/env.h"
#include "internal/config/document.h"
#include "internal/config/report.h"
#include "internal/config/schema.h"
#include "internal/http/server.h"

namespace mcp::cmd {

// How `mcp serve` meets its clients: over which kind of socket, with which certificate, how patiently.
struct NetworkConfig {
  std::string socket;                          // the file of a Unix-domain socket; empty: TCP
  std::shared_ptr<const http::ServerTls> tls;  // null: plain HTTP
  bool asks_certificates = false;              // mutual TLS
  std::vector<std::string> tls_files;          // that were read for it
  http::ServerLimits limits;                   // but for the body's: ServeConfig::max_body
};

// Keys of [serve] (serve_key.h).
struct ServeKey;
std::vector<ServeKey> network_keys();

// Reads the certificate and its key now; what is wrong with them goes to the report.
void read_tls(Env& env, const config::Table& table, NetworkConfig& network, config::Report& report);

// As many descriptors as the system lets us have; connections that could not be accepted for want of them
// would hang, so max_connections becomes what fits. What became less, and the remedy; nullopt: it fits.
std::optional<Error> fit_to_descriptors(http::ServerLimits& limits);

}  // namespace mcp::cmd
