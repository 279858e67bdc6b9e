#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "internal/async/loop.h"
#include "internal/http/server.h"
#include "internal/transport/channel.h"

namespace mcp::transport {

struct HttpEndpointOptions {
  bool accept_batches = false;             // 2025-03-26 sessions only
  std::size_t max_batch = 50;              // messages of one batch
  int max_depth = json::kMaxDepth;         // of a message's JSON, no more than that
  std::size_t max_sessions = 1000;         // of all transports; 503 + Retry-After beyond
  std::size_t max_modern_requests = 4096;  // running at once, without subscriptions/listen; 503 beyond
  std::size_t max_listens = 4096;          // subscriptions/listen open at once; 503 beyond
  // Clients have tokens: each principal has a share of the sessions and of the listens; 429 beyond.
  bool has_principals = false;
  std::size_t max_principal_sessions = 1000;
  std::size_t max_principal_listens = 4096;
  // Requests of one client that run at once: of a session, or in the modern era of a principal, without
  // tokens of another machine; 429 beyond.
  std::size_t max_client_requests = 1024;
  // A legacy client whose connection ends has its calls cancelled. The specification says that they go on.
  bool abort_on_disconnect = false;
  async::Millis session_idle{
      1'800'000};                      // of a client that says nothing; with a stream open it is asked first
  async::Millis answer_grace{30'000};  // how long it may take to answer that question
  async::Millis handshake_idle{
      60'000};                      // the same for a session whose client never came back after initialize
  std::size_t replay_events = 256;  // of one session, for Last-Event-ID
  std::size_t replay_bytes = 4 << 20;
  // Of all sessions' events that are larger than replay_bytes each.
  std::size_t replay_room_bytes = 256 << 20;
  async::Millis replay_large_for{40'000};  // how long such an event is kept: a lazy reader is cut after 30 s
  async::Millis retry{1000};               // told to clients in the priming event
  async::Millis promote_to_sse{250};       // an answer that takes longer travels as a (resumable) stream
  async::Millis heartbeat{15'000};         // comment on idle streams
  // False: every answer is JSON, who wants a stream is refused, questions to clients fail.
  bool streams = true;
  // How long one connection carries a stream whose client can come back for the rest; 0: as long as it likes.
  async::Millis max_stream{0};
  // Is told the name of the limit that something was refused for. May be null.
  std::function<void(std::string_view limit)> refused{};
  // The same of what went on until the limit ended it.
  std::function<void(std::string_view limit)> ended{};
};

// A client that arrived.
struct Arrival {
  ChannelPtr channel;  // one legacy session, or one modern request
  protocol::Era era;
  std::string principal;
  std::string route;  // "" for the merged endpoint, else the server's name (/servers/<name>/mcp)
  std::string_view transport = "http";  // or "sse"; a constant
};

// The server's side of Streamable HTTP for one door: both eras on one URL (2026-07-28 transports; 2025-11-25
// transports). Decides per request which era speaks, keeps the legacy sessions and their streams, answers
// what is the transport's own affair (protocol.md §2.5, §3.2): 400, 404, 405, 406, 415, -32020, -32022,
// batches.
class HttpEndpoint {
 public:
  HttpEndpoint(async::Loop& loop, HttpEndpointOptions options, std::function<void(Arrival)> accept);
  ~HttpEndpoint();

  // A request that passed the door. A legacy session answers only to the principal and the route that opened
  // it (404).
  void handle(http::ExchangePtr exchange, std::string principal, std::string route);
  // HTTP+SSE, the transport of 2024-11-05, beside it: the GET that opens a session, whose messages are to be
  // sent to `messages_path`, and one of those.
  void handle_sse(http::ExchangePtr exchange, std::string principal, std::string route,
                  std::string messages_path);
  void handle_sse_message(http::ExchangePtr exchange, std::string principal, std::string route);
  std::size_t sessions() const;
  // From now on, for open sessions too (replay_events: for new ones).
  void configure(HttpEndpointOptions options);
  // Ends the sessions and the requests of every principal that is not `known` any more.
  void end_principals(const std::function<bool(const std::string& principal)>& known);
  // No new sessions and no modern requests (503); open sessions are served, running calls go on, open
  // subscriptions are answered.
  void drain();
  // Calls that are not answered yet, streams of listen and GET not counted.
  std::size_t in_flight() const;
  void close();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace mcp::transport
