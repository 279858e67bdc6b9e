#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "internal/async/loop.h"
#include "internal/jsonrpc/message.h"
#include "internal/protocol/exchange.h"
#include "internal/telemetry/call_trace.h"
#include "internal/telemetry/server_meter.h"
#include "internal/transport/channel.h"

namespace mcp::server {

using protocol::Outcome;

// A client as the backend sees it: a legacy session, a stdio peer, or the sender of one modern HTTP request.
class Session {
 public:
  virtual ~Session() = default;

  virtual const protocol::ClientView& client() const = 0;
  // Who was let in at the door: "local" without tokens.
  virtual const std::string& principal() const = 0;
  // Unique in this process; what logs name.
  virtual const std::string& id() const = 0;
  // How its messages come: "http", "sse", "stdio", "pair".
  virtual std::string_view transport() const { return "pair"; }
  // A message that belongs to no call (list_changed …). Dropped when the client is gone.
  virtual void notify(std::string_view method, std::string_view params) = 0;
  // A question outside any call (legacy only: roots/list). Modern clients cannot be asked: kUnsupported.
  virtual Task<Outcome> ask(std::string method, Bytes params) = 0;
  virtual bool alive() const = 0;
  // Calls that are not answered yet and still wanted.
  virtual std::size_t in_flight() const = 0;
  // Ends it: running calls are cancelled, questions fail, the channel closes.
  virtual void close() {}

  // The backend's own state for this client; destroyed with the session.
  std::shared_ptr<void> attachment;
};
using SessionPtr = std::shared_ptr<Session>;

// What is known of a call beside its request and its outcome, for whoever keeps account of it. The backend
// fills in what it decides.
struct CallNote {
  std::chrono::steady_clock::time_point began{};
  telemetry::ServerMeter* meter = nullptr;      // of the server that it was sent to; null: to none
  std::unique_ptr<telemetry::CallTrace> trace;  // null: it belongs to no trace
  std::optional<double> progress;               // that its client was told last
};

// What goes on behind a call whose handler has returned: a subscription. Each of the two is called at most
// once.
class Lasting {
 public:
  virtual ~Lasting() = default;

  // The client cancelled, closed the stream, or went away: nothing more reaches it.
  virtual void cancelled() = 0;
  // The connection is about to end: now is the time to conclude.
  virtual void ending() = 0;
};

// One running request of a client.
class Call {
 public:
  virtual ~Call() = default;

  CallNote& note() { return note_; }

  virtual const SessionPtr& session() const = 0;
  // The client's view at this request: over modern transports every request brings its own.
  virtual const protocol::ClientView& client() const = 0;
  virtual const jsonrpc::Message& message() const = 0;
  const std::string& method() const { return message().method; }
  const Bytes& params() const { return message().params; }
  virtual const std::string& name() const = 0;  // decoded params.name, or empty
  virtual const std::string& uri() const = 0;   // decoded params.uri, or empty

  // The HTTP header fields of a modern request; nullptr elsewhere.
  virtual const http::Headers* headers() const { return nullptr; }
  // A header field that came with the request; empty: none did. Of legacy requests traceparent and tracestate
  // alone are known.
  virtual std::string_view field(std::string_view name) const { return (void)name, std::string_view(); }

  // On this request's stream: progress, log messages, listen's tagged notifications.
  virtual void notify(std::string_view method, std::string_view params) = 0;
  // A question on this request's stream (sampling, elicitation, roots). Legacy only: a modern caller gets
  // kUnsupported; there a handler returns an `input_required` result instead. Ends with kCancelled when the
  // call is cancelled.
  virtual Task<Outcome> ask(std::string method, Bytes params) = 0;
  // Nobody wants the answers to this call's questions any more: they end with kCancelled, the client is told.
  virtual void withdraw_questions() {}

  // From now on it lasts, and keeps `what` until conclude(); its handler returns Outcome::later(). There may
  // be thousands: of the request only id and method are kept. One that was cancelled already says so at once.
  virtual void last(std::shared_ptr<Lasting> what) = 0;
  // The answer of a call that lasts, unless its client is gone. The second is ignored.
  virtual void conclude(Outcome outcome) = 0;

  // The client cancelled, closed the stream (modern HTTP), or went away. fn is called at most once;
  // at once when it has already happened. What the handler answers afterwards is not sent.
  virtual void on_cancel(std::function<void()> fn) = 0;
  virtual bool cancelled() const = 0;
  // Legacy HTTP, revision 2025-11-25: ends the stream's connection while the call goes on; the client polls
  // (SEP-1699).
  virtual void close_stream() = 0;

 private:
  CallNote note_;
};
using CallPtr = std::shared_ptr<Call>;

// Hears how sessions and their requests fare. From the loop; what it is given is valid during the call.
class SessionObserver {
 public:
  virtual ~SessionObserver() = default;

  // Its era is known now; closed() follows.
  virtual void opened(const Session& session) = 0;
  virtual void closed(const Session& session) = 0;
  // A request that goes to the backend. ended() follows, also when nobody waits for the answer any more.
  virtual void began(Call& call) = 0;
  virtual void ended(Call& call, const Outcome& outcome) = 0;
  // A request that the session answered by itself: the handshake, ping, refusals.
  virtual void answered(const Session& session, const jsonrpc::Message& request, const Outcome& outcome) = 0;
  // Something was refused because of a limit, which is called so.
  virtual void refused(std::string_view limit) = 0;
};

// What a server says of itself in `initialize` and `server/discover`.
struct Offer {
  protocol::ServerCapabilities capabilities;  // `raw` is sent when it is not "{}", else the flags
  std::string server_info;                    // raw JSON Implementation
  std::string instructions;
};

// What answers requests: a Catalog of declared tools, or the gateway.
class Backend {
 public:
  virtual ~Backend() = default;

  // For `initialize` and `server/discover`.
  virtual Task<Offer> offer(SessionPtr session) = 0;
  // Raw serverInfo for modern results' `_meta`.
  virtual const std::string& server_info() const = 0;
  // Everything but initialize, ping and server/discover, which the session answers by itself.
  // A method that is not offered is answered with jsonrpc::kMethodNotFound.
  virtual Task<Outcome> handle(CallPtr call) = 0;
  // A notification other than initialized, cancelled and progress: roots/list_changed.
  virtual void notified(SessionPtr session, const jsonrpc::Message& message) = 0;
  // After `initialized` of a legacy client.
  virtual void session_opened(SessionPtr session) { (void)session; }
  virtual void session_closed(SessionPtr session) { (void)session; }
};

struct SessionOptions {
  std::string principal = "local";
  // What the transport already knows (an HTTP endpoint's Arrival). Without it the first message decides.
  std::optional<protocol::Era> era;
  std::size_t max_in_flight = 256;  // running calls of one client
  std::size_t max_questions = 64;   // unanswered questions to one client
  async::Millis question_timeout{600'000};
  std::string_view transport = "pair";          // a constant
  std::shared_ptr<SessionObserver> observer{};  // null: nobody
  std::function<void()> over{};                 // told once, when the session has ended; null: nobody
};

// Runs the server's side of MCP over a channel, both eras (versioning, "dual-era servers"): the first message
// of a stdio peer or of an HTTP session decides. The returned session lives as long as the channel or the
// pointer.
SessionPtr serve(async::Loop& loop, transport::ChannelPtr channel, std::shared_ptr<Backend> backend,
                 SessionOptions options = {});

}  // namespace mcp::server
