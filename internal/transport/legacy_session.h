#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "internal/transport/endpoint_context.h"
#include "internal/transport/liveness.h"
#include "internal/transport/open_batches.h"
#include "internal/transport/session_streams.h"

namespace mcp::transport {

// The way back of one POST: one JSON answer when its responses are the first thing to say, else an event
// stream.
struct PostAnswer {
  http::ExchangePtr waiting;            // until something is sent
  std::shared_ptr<EventStream> stream;  // once it is a stream
  bool is_batch = false;
  std::size_t unanswered = 1;
  std::vector<Bytes> answers;  // of a batch
  std::string session_header;  // of the answer to initialize
  EventStream::Clock::time_point since;
};

// A session of the 2025 revisions over HTTP (2025-11-25 transports, "Session Management") as a Channel.
// Requests of the client run on when their connection breaks; only notifications/cancelled ends them, unless
// abort_on_disconnect says otherwise.
class LegacySession final : public Channel, public std::enable_shared_from_this<LegacySession> {
 public:
  using Clock = EventStream::Clock;

  LegacySession(std::shared_ptr<EndpointContext> context, std::string id, std::string principal,
                std::string route, std::function<void(const std::string& id)> on_over);

  const std::string& id() const { return id_; }
  const std::string& principal() const { return principal_; }
  bool belongs_to(const std::string& principal, const std::string& route) const {
    return principal == principal_ && route == route_;
  }
  bool over() const { return over_; }

  // The client's side: what the endpoint hands in.
  void receive(http::ExchangePtr exchange, jsonrpc::Message message);
  void receive_batch(http::ExchangePtr exchange, std::vector<BatchMember> members);
  bool takes_batches() const;
  void open_get(http::ExchangePtr exchange);
  // Tells the owner and ends what is open.
  void end(Error why);
  // Promotes slow answers to streams, keeps streams alive, ends the session of a client that is gone.
  void sweep(Clock::time_point now);

  // The server's side.
  void start(std::weak_ptr<Listener> listener) override;
  Result<void> send(Envelope envelope) override;
  void negotiated(protocol::Revision revision) override;
  void close_stream(const jsonrpc::Id& request) override;
  void close() override {
    if (!over_) finish();
  }

 private:
  using AnswerPtr = std::shared_ptr<PostAnswer>;

  std::optional<http::Response> refuse(const jsonrpc::Message& request) const;
  void begin(const jsonrpc::Id& id, AnswerPtr answer);
  void deliver(jsonrpc::Message message, http::Headers trace = {});
  void hand_out_pending();
  void cancel(const jsonrpc::Id& id);
  void watch(const AnswerPtr& answer);
  std::function<void()> leaving(const AnswerPtr& answer);
  void abort(const AnswerPtr& answer);
  Result<void> respond(const Envelope& envelope);
  void answer(PostAnswer& answer, const jsonrpc::Message& message, int http_status);
  Result<void> notify(const Envelope& envelope);
  bool open_stream(const AnswerPtr& answer);
  // A stream that a question to the client can travel on: the general one, else that of a running request.
  EventStream* any_stream() const;
  void look_after_client(Clock::time_point now);
  void drop(PostAnswer& answer);
  void finish();

  std::shared_ptr<EndpointContext> context_;
  std::string id_;
  std::string principal_;
  std::string route_;
  std::function<void(const std::string&)> on_over_;
  SessionStreams streams_;
  std::unordered_map<std::string, AnswerPtr> running_;  // by the raw id
  std::weak_ptr<Listener> listener_;
  std::vector<jsonrpc::Message> pending_;  // until start()
  std::optional<protocol::Revision> revision_;
  std::string initialize_id_;  // raw, until its answer is sent
  Liveness liveness_;
  bool started_ = false;
  bool came_back_ = false;  // with anything after initialize
  bool over_ = false;
};

}  // namespace mcp::transport
