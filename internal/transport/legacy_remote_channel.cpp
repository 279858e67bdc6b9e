#include "internal/transport/legacy_remote_channel.h"

#include <utility>

#include "internal/base/log.h"
#include "internal/transport/channel_handle.h"
#include "internal/transport/http_sse_client_channel.h"

namespace mcp::transport {
namespace {

class LegacyRemote final : public Channel,
                           public Listener,
                           public std::enable_shared_from_this<LegacyRemote> {
 public:
  LegacyRemote(async::Loop& loop, std::shared_ptr<http::Client> client, HttpClientOptions options)
      : loop_(loop), client_(std::move(client)), options_(std::move(options)) {}

  void start(std::weak_ptr<Listener> listener) override {
    listener_ = std::move(listener);
    inner_ = make_http_client_channel(loop_, client_, options_);
    inner_->start(weak_from_this());
  }
  Result<void> send(Envelope envelope) override {
    if (phase_ == Phase::kClosed) return fail(ErrorCode::kUnavailable, "the connection is closed");
    bool opens = phase_ == Phase::kPosting && envelope.message.method == "initialize";
    if (opens) hello_ = envelope;
    return inner_->send(std::move(envelope));
  }
  void abandon(const jsonrpc::Id& request) override { inner_->abandon(request); }
  void negotiated(protocol::Revision revision) override { inner_->negotiated(revision); }
  void close() override {
    phase_ = Phase::kClosed;
    if (inner_) inner_->close();  // else it was never started
    if (trial_) trial_->close();
  }

  void on_message(Envelope envelope) override {
    const jsonrpc::Message& message = envelope.message;
    if (is_answer_to_hello(message.is_response() ? message.id : std::nullopt)) {
      if (message.kind == jsonrpc::Kind::kError && may_be_sse()) {
        refusal_ = std::move(envelope);
        return try_sse();
      }
      settle();
    }
    if (auto listener = listener_.lock()) listener->on_message(std::move(envelope));
  }
  void on_undecodable(Bytes text, Error why) override {
    if (auto listener = listener_.lock()) listener->on_undecodable(std::move(text), std::move(why));
  }
  void on_stream_opened(std::optional<jsonrpc::Id> related) override {
    if (phase_ == Phase::kTrying) adopt_sse();
    if (auto listener = listener_.lock()) listener->on_stream_opened(std::move(related));
  }
  void on_stream_closed(std::optional<jsonrpc::Id> related, ClosedBy by, Error why) override {
    if (is_answer_to_hello(related) && may_be_sse()) {
      failure_ = std::move(why);
      return try_sse();
    }
    if (auto listener = listener_.lock()) listener->on_stream_closed(std::move(related), by, std::move(why));
  }
  void on_missed() override {
    if (auto listener = listener_.lock()) listener->on_missed();
  }
  void on_renewed(Bytes initialize_result) override {
    if (auto listener = listener_.lock()) listener->on_renewed(std::move(initialize_result));
  }
  void on_fact(const Fact& fact) override {
    if (phase_ == Phase::kPosting && fact.status != 0) status_ = fact.status;
    if (auto listener = listener_.lock()) listener->on_fact(fact);
  }
  void on_closed(Error why) override {
    if (phase_ == Phase::kTrying) return give_refusal(why);
    if (auto listener = listener_.lock()) listener->on_closed(std::move(why));
  }

 private:
  // kPosting: until `initialize` is answered. kTrying: the stream's endpoint is awaited.
  enum class Phase { kPosting, kTrying, kSettled, kClosed };

  bool is_answer_to_hello(const std::optional<jsonrpc::Id>& id) const {
    return phase_ == Phase::kPosting && hello_ && id && hello_->message.id == id;
  }
  bool may_be_sse() const { return status_ == 400 || status_ == 404 || status_ == 405; }

  void settle() {
    phase_ = Phase::kSettled;
    hello_.reset();
  }

  void try_sse() {
    phase_ = Phase::kTrying;
    log::debug("initialize was refused, HTTP+SSE is tried", {{"status", status_}});
    trial_ = make_http_sse_client_channel(loop_, client_, options_);
    trial_->start(weak_from_this());
  }

  void adopt_sse() {
    Envelope hello = std::move(*hello_);
    settle();
    // Not here: the old channel may be in the middle of its call to us.
    loop_.post([old = std::exchange(inner_, std::exchange(trial_, nullptr))] {});
    (void)inner_->send(std::move(hello));
  }

  void give_refusal(const Error& why) {
    auto id = hello_->message.id;
    settle();
    log::debug("there is no HTTP+SSE stream either", {{"reason", why.message}});
    auto listener = listener_.lock();
    if (!listener) return;
    if (refusal_) return listener->on_message(std::move(*refusal_));
    listener->on_stream_closed(id, ClosedBy::kPeer, std::move(failure_));
  }

  async::Loop& loop_;
  std::shared_ptr<http::Client> client_;
  HttpClientOptions options_;
  std::weak_ptr<Listener> listener_;
  ChannelPtr inner_;
  ChannelPtr trial_;
  Phase phase_ = Phase::kPosting;
  int status_ = 0;                   // of the latest answer
  std::optional<Envelope> hello_;    // `initialize`, until it is answered
  std::optional<Envelope> refusal_;  // its refusal: a message, or the reason why there is none
  Error failure_;
};

}  // namespace

ChannelPtr make_legacy_remote_channel(async::Loop& loop, std::shared_ptr<http::Client> client,
                                      HttpClientOptions options) {
  return make_handle(std::make_shared<LegacyRemote>(loop, std::move(client), std::move(options)));
}

}  // namespace mcp::transport
