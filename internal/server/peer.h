#pragma once

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "internal/protocol/method.h"
#include "internal/server/question_table.h"
#include "internal/server/running_call.h"
#include "internal/server/session.h"

namespace mcp::server {

// The session behind serve(): reads a channel, decides the era, runs calls. Keeps itself alive until the
// channel ends. peer.cpp routes and answers; legacy.cpp and modern.cpp hold the rules of their era,
// lasting_calls.cpp those of the end.
class Peer final : public Session, public transport::Listener, public std::enable_shared_from_this<Peer> {
 public:
  Peer(async::Loop& loop, transport::ChannelPtr channel, std::shared_ptr<Backend> backend,
       SessionOptions options);

  void start();

  const protocol::ClientView& client() const override { return sender_ ? *sender_ : client_; }
  const std::string& principal() const override { return options_.principal; }
  const std::string& id() const override { return id_; }
  std::string_view transport() const override { return options_.transport; }
  void notify(std::string_view method, std::string_view params) override;
  Task<Outcome> ask(std::string method, Bytes params) override;
  bool alive() const override { return phase_ != Phase::kOver; }
  std::size_t in_flight() const override;
  void close() override;

  void on_message(transport::Envelope envelope) override;
  void on_undecodable(Bytes text, Error why) override;
  void on_stream_closed(std::optional<jsonrpc::Id> related, transport::ClosedBy by, Error why) override;
  void on_ending() override;
  void on_closed(Error why) override;

  // For RunningCall.
  void lasts();
  bool over_modern_http() const { return modern_http_; }
  void send_notification(std::optional<jsonrpc::Id> related, std::string_view method,
                         std::string_view params);
  void close_stream(const jsonrpc::Id& request) { channel_->close_stream(request); }
  static Task<Outcome> put_question(std::shared_ptr<Peer> self, std::optional<jsonrpc::Id> related,
                                    std::string method, Bytes params);
  static Task<Outcome> refuse(Error why);
  void finish(const std::shared_ptr<RunningCall>& call, const Outcome& outcome);
  // Ends the unanswered questions of one call; the client is told.
  void withdraw_questions(const jsonrpc::Id& request);

 private:
  enum class Phase { kUndecided, kHandshake, kLegacy, kModern, kOver };

  void on_request(transport::Envelope envelope);
  void on_notification(const jsonrpc::Message& message);
  void on_response(const jsonrpc::Message& message);
  void hold(transport::Envelope envelope);
  void first_request(transport::Envelope envelope);

  // legacy.cpp
  void initialize(const jsonrpc::Message& request);
  static Task<void> answer_initialize(std::shared_ptr<Peer> self, jsonrpc::Message request);
  void legacy_request(transport::Envelope envelope);
  void client_initialized();
  void note_log_level(const jsonrpc::Message& request);
  std::optional<Error> cannot_ask(std::string_view method, const Bytes& params) const;

  // modern.cpp
  void modern_request(transport::Envelope envelope);
  void reply_modern(const RunningCall& call, const Outcome& outcome);

  void start_call(transport::Envelope envelope, ClientViewPtr view);
  static Task<void> run(std::shared_ptr<Peer> self, std::shared_ptr<RunningCall> call);
  static Task<Outcome> discover(std::shared_ptr<Peer> self);
  void answer_lasting_calls();
  void cancel(const jsonrpc::Id& request);
  void cancel_by_message(const jsonrpc::Message& message);
  void end(const Error& why);

  // The era is known: the observer is told of the session.
  void note_open();
  // A request that the backend does not see.
  void answer(const jsonrpc::Message& request, const Outcome& outcome, int http_status = 0);
  // Over modern HTTP the answer ends the session too: it was one request.
  void reply(const jsonrpc::Id& request, const Outcome& outcome, int http_status = 0);
  // was_read: the result is known to be JSON.
  void reply_result(const jsonrpc::Id& request, const Rope& result, bool was_read);
  // Errors besides the channel's: kInternal (a backend made no JSON of its result or params).
  Result<void> send(Bytes text, std::optional<jsonrpc::Id> related, int http_status = 0);
  Result<void> hand_over(jsonrpc::Message message, std::optional<jsonrpc::Id> related, int http_status);

  async::Loop& loop_;
  transport::ChannelPtr channel_;
  std::shared_ptr<Backend> backend_;
  SessionOptions options_;
  std::string id_;
  Phase phase_ = Phase::kUndecided;
  bool modern_http_ = false;  // one modern HTTP request: closing its stream cancels
  bool initialized_ = false;
  bool ending_ = false;
  bool noted_open_ = false;
  protocol::ClientView client_;
  ClientViewPtr sender_;  // of the one modern HTTP request
  std::map<jsonrpc::Id, std::shared_ptr<RunningCall>> running_;
  QuestionTable questions_;
  std::list<transport::Envelope> held_;  // what came while `initialize` was being answered
  std::shared_ptr<Peer> self_;
};

// Does a server of this revision answer the method? One that no revision has is the backend's affair
// (extensions).
inline bool answers(const protocol::Method& method, protocol::Revision revision) {
  return protocol::exists_in(method, revision) && method.direction == protocol::Direction::kToServer;
}

// Capabilities as they are sent: the raw object, or what the flags say.
std::string capabilities_of(const Offer& offer);

}  // namespace mcp::server
