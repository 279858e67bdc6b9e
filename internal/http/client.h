#pragma once

#include <memory>
#include <optional>
#include <string>

#include "internal/async/loop.h"
#include "internal/base/error.h"
#include "internal/http/message.h"
#include "internal/http/proxy.h"

namespace mcp::http {

struct Url {
  std::string scheme;  // "http" or "https"
  std::string host;    // without brackets
  std::uint16_t port = 0;
  std::string target;  // path and query, at least "/"
  std::string socket;  // the file of the Unix-domain socket that leads there; empty: TCP

  bool is_https() const { return scheme == "https"; }
  std::string host_header() const;  // host[:port], the port only when it is not the scheme's
  std::string text() const;
};
// "http://HOST[:PORT]/PATH", "https://…", "unix:/run/mcp.sock:/PATH" (plain HTTP to "localhost" over that
// socket; a colon in the socket's own path is written %3A).
// Errors: kInvalid (nothing of these, user info, bad port).
Result<Url> parse_url(std::string_view text);

struct ClientLimits {
  std::size_t max_header_bytes = 64 << 10;
  std::size_t max_idle_per_host = 256;
  std::size_t max_connections_per_host = 512;
  async::Millis connect_deadline{10'000};
  async::Millis header_deadline{120'000};  // from the request's last byte to the response head
  async::Millis body_idle{60'000};  // between two parts of a body; an event stream may be silent for ever
  async::Millis write_deadline{30'000};
  async::Millis idle_deadline{60'000};  // of a pooled connection
};

// A response whose body is still coming. Destruction before the end drops the connection.
class ClientResponse {
 public:
  virtual ~ClientResponse() = default;
  virtual int status() const = 0;
  virtual const Headers& headers() const = 0;
  // The next part of the body; empty at its end. Errors: kUnavailable (cut short), kMalformed, kTimeout.
  virtual Task<Result<Bytes>> read_some() = 0;
  // The whole body. Errors: those of read_some, kLimit.
  virtual Task<Result<Bytes>> read_all(std::size_t max_bytes) = 0;
  // The whole body, if all of it has come already and is no longer than that: it is handed out then.
  virtual std::optional<Bytes> take_whole(std::size_t max_bytes) { return (void)max_bytes, std::nullopt; }
  // Drops the connection; a pending read ends with kCancelled. Callable at any time from the loop.
  virtual void abort() = 0;
};
using ClientResponsePtr = std::shared_ptr<ClientResponse>;

struct ClientRequest {
  std::string method = "GET";
  Url url;
  Headers headers;  // Host, Content-Length and Connection are written by the client
  Bytes body;
  // Instead of the client's; 0: none, whoever asks has a deadline of its own.
  std::optional<async::Millis> header_deadline;
};

// Cancels one request from outside, before its response exists.
class CancelToken {
 public:
  CancelToken();
  void cancel() const;
  bool cancelled() const;
  // Has anything of the request been given to a connection? False: the host cannot have acted on it.
  bool sending() const;
  struct State;
  std::shared_ptr<State> state() const { return state_; }

 private:
  std::shared_ptr<State> state_;
};

struct ClientTls {
  std::string ca_file;  // empty: the system's (SSL_CERT_FILE is honoured by cmd/, which fills this in)
  bool verify = true;
};

// Connections of a client, and requests that wait for one because their host has as many as it may.
struct PoolCounts {
  std::size_t open = 0;
  std::size_t idle = 0;  // of them
  std::size_t waiting = 0;
  std::uint64_t refused = 0;  // requests that waited in vain, since the start
};

// Keep-alive pool for MCP upstreams: HTTP/1.1, plain or TLS, directly or by a proxy, redirects not followed.
// A pooled connection that died is replaced by a new one, once; a POST that was sent whole is never sent
// again.
class Client {
 public:
  using Tls = ClientTls;
  explicit Client(async::Loop& loop, ClientLimits limits = {}, Tls tls = {},
                  const ProxySettings& proxies = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Errors: kUnavailable (refused, no such host, reset), kTimeout, kDenied (certificate; the proxy's
  // credentials or rules), kMalformed, kCancelled, kLimit, kInvalid (a field that cannot be sent), kConfig
  // (unusable proxy).
  Task<Result<ClientResponsePtr>> send(ClientRequest request, CancelToken cancel = {});
  std::size_t idle_connections() const;
  PoolCounts pool() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace mcp::http
