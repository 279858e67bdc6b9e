#pragma once

#include <memory>
#include <optional>
#include <string>

#include "internal/base/error.h"
#include "internal/http/message.h"
#include "internal/jsonrpc/message.h"
#include "internal/protocol/exchange.h"
#include "internal/protocol/revision.h"

namespace mcp::transport {

// One message on its way. `related` names the request whose stream it travels on: a notification or a
// question that belongs to a running call; none for what belongs to the peer as a whole.
struct Envelope {
  jsonrpc::Message message;
  std::optional<jsonrpc::Id> related;
  // HTTP only. Out, a client's: further request headers (Mcp-Method …). In, a server's: the request's header
  // fields, which Mcp-Param-* checks need; of legacy requests only traceparent and tracestate.
  http::Headers headers;
  int http_status = 0;  // out, HTTP only: the status of an error answer when it is not 200
  // In, a server's, modern HTTP: what the request's `_meta` says of its client, for the transport has read it
  // already.
  std::shared_ptr<const protocol::ClientView> client{};
};

// kUnsent: a fault before anything of the request had left, or a refusal that says that nobody acted on it.
enum class ClosedBy { kUs, kPeer, kFault, kUnsent };

// What lies below messages: seen by the recorder and by conformance checks, ignored by everyone else.
struct Fact {
  std::optional<jsonrpc::Id> related;
  int status = 0;                          // HTTP status line, 0 when the fact is about something else
  const http::Headers* headers = nullptr;  // valid during the call
  std::string sse_id;
  std::optional<std::int64_t> retry_ms;
  std::string comment;
};

// The owner's side of a channel. All calls come from the loop, never from inside a call into the channel.
class Listener {
 public:
  virtual ~Listener() = default;
  virtual void on_message(Envelope envelope) = 0;
  // A text that is no message; only its head when it is longer than a message may be. On a server's side it
  // is answered (-32700, -32600); a client counts and logs it.
  virtual void on_undecodable(Bytes text, Error why) = 0;
  virtual void on_stream_opened(std::optional<jsonrpc::Id> related) { (void)related; }
  // The stream of one request ended. By the peer before the answer: modern servers cancel, clients fail the
  // call. Without a request: the stream of what the server says outside of calls could not be opened; it is
  // tried again.
  virtual void on_stream_closed(std::optional<jsonrpc::Id> related, ClosedBy by, Error why) {
    (void)related, (void)by, (void)why;
  }
  virtual void on_fact(const Fact& fact) { (void)fact; }
  // The server had forgotten the session; there is a new one, begun with the same `initialize`, to which this
  // was the raw result. What the old session had been told (log level, subscriptions) is to be told again.
  virtual void on_renewed(Bytes initialize_result) { (void)initialize_result; }
  // The stream of what the server says outside of calls is open again after it was away: what was said
  // meanwhile is lost.
  virtual void on_missed() {}
  // The peer will say nothing more, or we are about to leave: what would last for ever is answered now, other
  // calls may still end. on_closed() follows.
  virtual void on_ending() {}
  // The channel is over; nothing follows. Not called after close().
  virtual void on_closed(Error why) = 0;
};

// A connection to one peer: a child's stdio, a Streamable HTTP session or request, an in-process pair.
// Lives on the loop. Destruction closes it without calling the listener.
class Channel {
 public:
  virtual ~Channel() = default;

  // Once. Before it nothing is delivered and send() is not allowed.
  virtual void start(std::weak_ptr<Listener> listener) = 0;
  // Queues; never blocks. Errors: kUnavailable (over), kLimit (the peer does not read).
  virtual Result<void> send(Envelope envelope) = 0;
  // Gives up the stream of one request that we sent: over modern HTTP this is the cancellation. Else nothing.
  virtual void abandon(const jsonrpc::Id& request) { (void)request; }
  // Tells a client's HTTP channel what was negotiated (version header, GET stream). Else nothing.
  virtual void negotiated(protocol::Revision revision) { (void)revision; }
  // Ends the connection that carries the stream of a request of the peer's, while the call goes on: the peer
  // comes back for the rest (legacy HTTP, SEP-1699). Else nothing.
  virtual void close_stream(const jsonrpc::Id& request) { (void)request; }
  virtual void close() = 0;
  // Does closing a request's stream mean cancellation here (modern HTTP), or is a message needed?
  virtual bool abandon_cancels() const { return false; }
};
using ChannelPtr = std::shared_ptr<Channel>;

}  // namespace mcp::transport
