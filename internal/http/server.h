#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "internal/async/loop.h"
#include "internal/base/error.h"
#include "internal/http/message.h"

namespace mcp::http {

class ServerTls;

// Everything that bounds a connection. Sizes in bytes.
struct ServerLimits {
  std::size_t max_header_bytes = 32 << 10;
  std::size_t max_headers = 100;
  std::size_t max_body_bytes = 16 << 20;
  std::size_t max_connections = 20000;
  std::size_t max_pipelined_bytes = 64 << 10;    // read ahead while a request is being answered
  std::size_t max_stream_queue_bytes = 4 << 20;  // unsent bytes of a stream at which a further write cuts it
  // Of all connections together: bodies that are being read or answered, and what is not sent yet.
  std::size_t max_buffered_bytes = 512 << 20;
  std::size_t min_write_rate = 4 << 10;   // bytes a second that a client has to take; 0: a byte is enough
  async::Millis header_deadline{15'000};  // TLS handshake and head, each in all
  async::Millis body_deadline{60'000};    // in all
  async::Millis idle_deadline{120'000};   // keep-alive, between requests
  async::Millis rest_after{1'000};        // an idle connection gives its memory back
  async::Millis write_deadline{30'000};   // in which min_write_rate is to be reached
};

// What became of clients since the server was made. Plain numbers, to be read on the loop at any time.
struct ServerStats {
  std::uint64_t accepted = 0;           // connections, those turned away included
  std::uint64_t turned_away = 0;        // connections over max_connections
  std::uint64_t failed_handshakes = 0;  // TLS
  std::uint64_t requests = 0;           // whose head was read whole
  std::uint64_t refused = 0;            // malformed, too large …: 400, 413, 417, 431, 500, 503
  std::uint64_t late = 0;               // head or body did not come in time: 408
  std::uint64_t cut = 0;                // the client took its answer too slowly: min_write_rate
  std::uint64_t overfull = 0;           // too much waited for the client of a stream, which was cut
  std::uint64_t rested = 0;             // times that an idle connection gave its memory back
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
};

// One answer to one request: exactly one of respond() and open_stream() is called, once.
// Shared by the connection and the handler; may be kept and used later from the loop.
// When the client is gone calls are ignored and write() answers kUnavailable.
class Exchange {
 public:
  virtual ~Exchange() = default;

  virtual const Request& request() const = 0;
  virtual void respond(Response response) = 0;

  // Starts a chunked body that goes on until end(). Each write() is flushed. The request is given up: a
  // stream may last for hours, and there are thousands.
  virtual void open_stream(int status, Headers headers) = 0;
  // A chunk is taken whatever its size while less than max_stream_queue_bytes wait to be sent.
  // Errors: kUnavailable (client gone), kLimit (as much waits already: the stream is cut).
  virtual Result<void> write(Rope chunk) = 0;
  // Bytes of the stream that the client has not taken yet.
  virtual std::size_t unsent() const { return 0; }
  virtual void end() = 0;

  // Called once when the client goes away before the answer was complete; at once when it is gone already.
  // An end of stream counts as going away, also when the client closed only its sending half (docs/http.md).
  virtual void on_disconnect(std::function<void()> fn) = 0;
  virtual bool disconnected() const = 0;
};
using ExchangePtr = std::shared_ptr<Exchange>;

// Why a connection answers by itself.
struct Refusal {
  int status = 400;             // 400 malformed, 408, 413, 417, 431, 500 unanswered, 503
  std::string what;             // human text
  std::string_view limit = {};  // the key that raises what was reached, a constant; empty: none does
};

// What the owner of a server decides.
class Handler {
 public:
  virtual ~Handler() = default;
  // Before the body is read: nullopt lets the request in, a Response ends it (401, 403, 404, 413 …).
  virtual std::optional<Response> door(const RequestHead& head) = 0;
  virtual void handle(ExchangePtr exchange) = 0;
  // The answer that the connection gives by itself; head: of the request, null when it was not read whole.
  virtual Response refuse(const Refusal& refusal, const RequestHead* head) = 0;
  // A stream was cut, or a connection that did nothing closed, for the limit that has this key.
  virtual void cut(std::string_view limit) { (void)limit; }
  virtual void closed_idle(std::string_view limit) { (void)limit; }
};

// HTTP/1.1 server: one connection core over Beast's parser with the hardenings of docs/http.md.
class Server {
 public:
  Server(async::Loop& loop, Handler& handler, ServerLimits limits = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // "127.0.0.1:8080", "[::1]:0", "localhost:8080". Port 0 means any free one; returns the bound port.
  // "unix:/run/mcp.sock" (acceptor.h): returns 0.
  // Errors: kExists (port or file in use), kInvalid (not an address), kDenied, kIo.
  Result<std::uint16_t> listen(const std::string& address);
  // Connections from now on speak TLS with this certificate; null: plain.
  void use_tls(std::shared_ptr<const ServerTls> tls);

  // For connections from now on; for open ones what they do next. A larger max_body_bytes is not for open
  // ones.
  void limit(const ServerLimits& limits);
  // Idle connections close at once, busy ones after their answer. New ones, and those that have asked nothing
  // yet, are served one request each: whoever asks how we are, and sessions that go on, find us until
  // close().
  void drain();
  // Cuts what is left. The exchanges hear of it inside this call; afterwards no handler is called any more.
  void close();
  std::size_t connections() const;
  // Bytes that clients have not taken yet, of all connections.
  std::size_t unsent() const;
  // What max_buffered_bytes bounds.
  std::size_t buffered() const;
  const ServerStats& stats() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace mcp::http
