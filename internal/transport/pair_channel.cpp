#include "internal/transport/pair_channel.h"

#include <deque>

#include "internal/transport/channel_handle.h"

namespace mcp::transport {
namespace {

// Unread messages of one end before send() answers kLimit.
constexpr std::size_t kMaxQueued = 16384;

class PairEnd final : public Channel, public std::enable_shared_from_this<PairEnd> {
 public:
  explicit PairEnd(async::Loop& loop) : loop_(loop) {}

  void join(const std::shared_ptr<PairEnd>& other) { other_ = other; }

  void start(std::weak_ptr<Listener> listener) override {
    listener_ = std::move(listener);
    started_ = true;
    schedule();
  }

  Result<void> send(Envelope envelope) override {
    auto other = other_.lock();
    if (over_ || !other || other->over_) return fail(ErrorCode::kUnavailable, "the other end is closed");
    if (other->inbox_.size() >= kMaxQueued) return fail(ErrorCode::kLimit, "the other end does not read");
    if (envelope.message.bytes.parts() > 1) {
      // Its receiver reads slices.
      envelope.message = jsonrpc::own_message(envelope.message.bytes);
    }
    other->inbox_.push_back(std::move(envelope));
    other->schedule();
    return {};
  }

  void close() override {
    if (over_) return;
    over_ = true;
    inbox_.clear();
    auto other = other_.lock();
    if (!other || other->over_) return;
    other->ended_ = true;
    other->schedule();
  }

 private:
  void schedule() {
    if (!started_ || scheduled_ || over_ || (inbox_.empty() && !ended_)) return;
    scheduled_ = true;
    loop_.post([weak = weak_from_this()] {
      if (auto self = weak.lock()) self->deliver();
    });
  }

  // Hands out what was there when it began, so that two ends that answer each other at once leave the loop
  // its turn.
  void deliver() {
    scheduled_ = false;
    for (std::size_t left = inbox_.size(); left > 0 && !over_ && !inbox_.empty(); --left) {
      Envelope envelope = std::move(inbox_.front());
      inbox_.pop_front();
      if (auto listener = listener_.lock()) listener->on_message(std::move(envelope));
    }
    if (over_) return;
    if (!inbox_.empty()) return schedule();
    if (!ended_) return;
    over_ = true;
    if (auto listener = listener_.lock()) {
      listener->on_closed(Error{ErrorCode::kUnavailable, "the other end closed the connection", ""});
    }
  }

  async::Loop& loop_;
  std::weak_ptr<PairEnd> other_;
  std::weak_ptr<Listener> listener_;
  std::deque<Envelope> inbox_;
  bool started_ = false;
  bool scheduled_ = false;
  bool ended_ = false;  // the other end is closed: on_closed() follows the last message
  bool over_ = false;
};

}  // namespace

std::pair<ChannelPtr, ChannelPtr> make_channel_pair(async::Loop& loop) {
  auto left = std::make_shared<PairEnd>(loop);
  auto right = std::make_shared<PairEnd>(loop);
  left->join(right);
  right->join(left);
  return {make_handle(std::move(left)), make_handle(std::move(right))};
}

}  // namespace mcp::transport
