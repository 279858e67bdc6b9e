#include "internal/transport/tapped_channel.h"

namespace mcp::transport {
namespace {

class TappedChannel final : public Channel,
                            public Listener,
                            public std::enable_shared_from_this<TappedChannel> {
 public:
  TappedChannel(ChannelPtr inner, Tap tap, std::function<void(const Error&)> on_garbage)
      : inner_(std::move(inner)), tap_(std::move(tap)), on_garbage_(std::move(on_garbage)) {}

  void start(std::weak_ptr<Listener> listener) override {
    listener_ = std::move(listener);
    inner_->start(std::weak_ptr<Listener>(shared_from_this()));
  }
  Result<void> send(Envelope envelope) override {
    tap_(TapDirection::kOut, envelope.message);
    return inner_->send(std::move(envelope));
  }
  void abandon(const jsonrpc::Id& request) override { inner_->abandon(request); }
  void negotiated(protocol::Revision revision) override { inner_->negotiated(revision); }
  void close_stream(const jsonrpc::Id& request) override { inner_->close_stream(request); }
  void close() override { inner_->close(); }
  bool abandon_cancels() const override { return inner_->abandon_cancels(); }

  void on_message(Envelope envelope) override {
    tap_(TapDirection::kIn, envelope.message);
    if (auto listener = listener_.lock()) listener->on_message(std::move(envelope));
  }
  void on_undecodable(Bytes text, Error why) override {
    if (on_garbage_) on_garbage_(why);
    if (auto listener = listener_.lock()) listener->on_undecodable(std::move(text), std::move(why));
  }
  void on_stream_opened(std::optional<jsonrpc::Id> related) override {
    if (auto listener = listener_.lock()) listener->on_stream_opened(std::move(related));
  }
  void on_stream_closed(std::optional<jsonrpc::Id> related, ClosedBy by, Error why) override {
    if (auto listener = listener_.lock()) listener->on_stream_closed(std::move(related), by, std::move(why));
  }
  void on_fact(const Fact& fact) override {
    if (auto listener = listener_.lock()) listener->on_fact(fact);
  }
  void on_missed() override {
    if (auto listener = listener_.lock()) listener->on_missed();
  }
  void on_renewed(Bytes initialize_result) override {
    if (auto listener = listener_.lock()) listener->on_renewed(std::move(initialize_result));
  }
  void on_ending() override {
    if (auto listener = listener_.lock()) listener->on_ending();
  }
  void on_closed(Error why) override {
    if (auto listener = listener_.lock()) listener->on_closed(std::move(why));
  }

 private:
  ChannelPtr inner_;
  Tap tap_;
  std::function<void(const Error&)> on_garbage_;
  std::weak_ptr<Listener> listener_;
};

}  // namespace

ChannelPtr make_tapped_channel(ChannelPtr inner, Tap tap, std::function<void(const Error&)> on_garbage) {
  return std::make_shared<TappedChannel>(std::move(inner), std::move(tap), std::move(on_garbage));
}

}  // namespace mcp::transport
