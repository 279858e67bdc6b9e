#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "internal/async/loop.h"
#include "internal/protocol/exchange.h"
#include "internal/transport/channel.h"

namespace mcp::client {

using protocol::Outcome;

// Who we say we are, to one server.
struct Identity {
  std::string info;                           // raw JSON Implementation
  protocol::ClientCapabilities capabilities;  // what we answer: raw is sent
  std::string server = {};                    // how our log calls the other side
};

// What a server said of itself.
struct ServerView {
  protocol::Revision revision = protocol::kLatestLegacy;
  protocol::ServerCapabilities capabilities;
  std::string info = "{}";  // raw serverInfo
  std::string instructions;
  bool declared = true;  // false: modern without server/discover; what it offers is known by asking for it

  protocol::Era era() const { return protocol::era_of(revision); }
};

// One request to the server.
struct Request {
  std::string method;
  Bytes params;              // raw object or empty; `_meta` of the modern era is added by the peer
  http::Headers headers;     // HTTP modern: Mcp-Param-*; Mcp-Method and Mcp-Name are added by the peer
  http::Headers trace;       // HTTP, both eras: traceparent, tracestate
  async::Millis timeout{0};  // 0: none; counted anew from each report of progress …
  async::Millis longest{0};  // … but not beyond this, in all; 0: it is not counted anew
  // Constants: the remedies that the errors of these two name.
  std::string_view timeout_hint{};
  std::string_view longest_hint{};
  // Notifications on this request's stream other than progress (log messages, listen's events).
  std::function<void(const jsonrpc::Message&)> on_notification;
  // Set: a progress token is added (or replaced) and its notifications come here.
  std::function<void(const jsonrpc::Message&)> on_progress;
  // Raw `clientCapabilities` and log level for this request, when they differ from the identity's (modern
  // gateway hops).
  std::optional<std::string> capabilities;
  std::string log_level;
};

// Handle to a running request, for cancellation.
class Ticket {
 public:
  virtual ~Ticket() = default;
  // Tells the server as its era wants; the outcome becomes kCancelled at once.
  virtual void cancel(std::string reason) = 0;
  // The id that the server sees.
  virtual const jsonrpc::Id& id() const = 0;
};

// What the server asks and says. All from the loop.
class PeerEvents {
 public:
  virtual ~PeerEvents() = default;
  // sampling/createMessage, elicitation/create, roots/list. `related` is the request of ours that it belongs
  // to, when the transport tells (HTTP). Unhandled: kMethodNotFound.
  virtual Task<Outcome> asked(jsonrpc::Message question, std::optional<jsonrpc::Id> related) = 0;
  // Notifications that belong to no request: list_changed, resources/updated, message.
  virtual void notified(const jsonrpc::Message& message) = 0;
  // The server had forgotten us and has been greeted anew; server() says what it offers now. What it had been
  // told beyond the handshake (log level, subscriptions) is to be told again.
  virtual void renewed() {}
  // The stream of what the server says outside of calls is away: is the server? It is tried again.
  virtual void troubled(Error why) { (void)why; }
  // It is back; what the server said meanwhile is lost.
  virtual void missed() {}
  // The channel is over. Pending requests have already failed.
  virtual void closed(Error why) = 0;
};

// One server over one channel, in one era. Everything in this product that speaks MCP as a client uses it.
class Peer : public std::enable_shared_from_this<Peer> {
 public:
  // Questions of the server that wait for an answer at once; one more is refused (-32603).
  static constexpr std::size_t kMaxQuestions = 64;
  // Lines in the log, a second, of what a server sends that is no message; the others are counted.
  static constexpr int kGarbageLinesPerSecond = 20;

  static std::shared_ptr<Peer> create(async::Loop& loop, transport::ChannelPtr channel, Identity identity,
                                      std::weak_ptr<PeerEvents> events);
  virtual ~Peer() = default;

  // Legacy: initialize + initialized. Errors: those of the channel, kProtocol, kTimeout, kUnsupported
  // (version).
  virtual Task<Result<ServerView>> initialize(protocol::Revision wanted, async::Millis timeout) = 0;
  // Modern: server/discover. A server without it answers an error: the caller falls back (versioning, 2.12).
  // A refusal of the version that names ours among the supported ones is answered by asking once more.
  // Errors: those of the channel, kProtocol (any other answer), kUnsupported (a modern server that does not
  // speak our version).
  virtual Task<Result<ServerView>> discover(async::Millis timeout) = 0;
  // The same for a server that is said to be modern: it is believed when it answers that it has no such
  // method
  // (-32601), unless its lists look like those of an older version (kUnsupported).
  virtual Task<Result<ServerView>> discover_modern(async::Millis timeout) = 0;

  virtual const ServerView& server() const = 0;
  // Modern HTTP: do arguments travel in Mcp-Param-* headers too?
  virtual bool mirrors_params() const = 0;
  // Runs a request to its end. `ticket`, when given, is filled before the first suspension.
  virtual Task<Outcome> request(Request request, std::shared_ptr<Ticket>* ticket = nullptr) = 0;
  // The same without a coroutine: done is called once, from the loop.
  virtual std::shared_ptr<Ticket> start(Request request, std::function<void(Outcome)> done) = 0;
  virtual Result<void> notify(std::string_view method, std::string_view params) = 0;
  virtual std::size_t in_flight() const = 0;
  // False once the channel is over.
  virtual bool open() const = 0;
  virtual void close() = 0;
};
using PeerPtr = std::shared_ptr<Peer>;

}  // namespace mcp::client
