#pragma once

#include <functional>
#include <memory>

#include "internal/transport/endpoint_context.h"
#include "internal/transport/event_stream.h"

namespace mcp::transport {

// One request of 2026-07-28 over HTTP as a Channel: no session, one answer. The client closing the connection
// before the answer cancels it (2026-07-28 transports, "Cancellation"). Over, quietly, once the answer is
// sent.
class ModernRequest final : public Channel, public std::enable_shared_from_this<ModernRequest> {
 public:
  using Clock = EventStream::Clock;

  ModernRequest(std::shared_ptr<EndpointContext> context, http::ExchangePtr exchange,
                jsonrpc::Message request, std::shared_ptr<const protocol::ClientView> client,
                std::function<void(ModernRequest*)> on_over);

  // Watches the connection, and delivers the request when start() was or will be called.
  void begin();
  // A slow answer becomes a stream, so that heartbeats keep its connection alive.
  void sweep(Clock::time_point now);
  // subscriptions/listen is answered, other requests go on.
  void ending();
  // Tells the owner.
  void end(Error why);

  void start(std::weak_ptr<Listener> listener) override;
  // Errors besides the channel's: kUnsupported (a question, or a message of no request: there is no stream
  // for them).
  Result<void> send(Envelope envelope) override;
  void close() override;
  bool abandon_cancels() const override { return true; }

 private:
  void deliver();
  void gone();
  void open_stream();
  Result<void> respond(const Envelope& envelope);
  bool finish();

  std::shared_ptr<EndpointContext> context_;
  http::ExchangePtr waiting_;
  std::shared_ptr<EventStream> stream_;
  std::unique_ptr<jsonrpc::Message> request_;           // until deliver() hands it out, as it does this:
  std::shared_ptr<const protocol::ClientView> client_;  // who asks
  jsonrpc::Id id_;
  std::function<void(ModernRequest*)> on_over_;
  std::weak_ptr<Listener> listener_;
  Clock::time_point since_;
  bool is_call_;  // not subscriptions/listen, which may stay open for ever
  bool begun_ = false;
  bool started_ = false;
  bool over_ = false;
};

}  // namespace mcp::transport
