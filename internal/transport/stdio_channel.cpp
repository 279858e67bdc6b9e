#include "internal/transport/stdio_channel.h"

#include <unistd.h>

#include <algorithm>
#include <set>

#include <boost/asio/buffer.hpp>

#include "internal/async/timer.h"
#include "internal/json/members.h"
#include "internal/transport/channel_handle.h"
#include "internal/transport/line_framing.h"
#include "internal/transport/stdio_descriptor.h"
#include "internal/transport/stdio_writer.h"

namespace mcp::transport {
namespace {

constexpr std::size_t kReadBytes = 64 << 10;

// Line breaks outside strings are blanks (RFC 8259 §2) and inside strings they cannot stand: a message that
// came with them over HTTP keeps its meaning on one line.
Bytes on_one_line(const Bytes& message) {
  if (message.view().find_first_of("\r\n") == std::string_view::npos) return message;
  std::string text(message.view());
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n'; }, ' ');
  return Bytes::adopt(std::move(text));
}

class StdioChannel final : public Channel, public std::enable_shared_from_this<StdioChannel> {
 public:
  StdioChannel(async::Loop& loop, int in, int out, StdioLimits limits)
      : loop_(loop),
        in_(loop, in),
        out_(out),
        framer_(limits.max_message_bytes),
        limits_(limits),
        patience_(loop) {}

  void open() {
    writer_ = std::make_shared<StdioWriter>(loop_, out_, limits_.max_queue_bytes,
                                            [weak = weak_from_this()](Error why) {
                                              if (auto self = weak.lock()) self->end(std::move(why));
                                            });
  }

  void start(std::weak_ptr<Listener> listener) override {
    listener_ = std::move(listener);
    buffer_.resize(kReadBytes);
    read();
  }

  Result<void> send(Envelope envelope) override {
    bool answers =
        envelope.message.is_response() && envelope.message.id && unanswered_.erase(*envelope.message.id) > 0;
    if (answers && unanswered_.empty() && drained_) {
      patience_.start(async::Millis{0}, std::exchange(drained_, nullptr));
    }
    return writer_->write(on_one_line(envelope.message.bytes));
  }

  void close() override {
    over_ = true;
    patience_.cancel();
    in_.close();
    writer_->close();
  }

 private:
  void read() {
    in_.stream().async_read_some(
        async::asio::buffer(buffer_),
        [self = shared_from_this()](boost::system::error_code failed, std::size_t count) {
          self->on_read(failed, count);
        });
  }

  void on_read(boost::system::error_code failed, std::size_t count) {
    if (over_) return;
    framer_.feed({buffer_.data(), count});
    bool ended = static_cast<bool>(failed);
    // The last line of a file often lacks its end.
    if (ended && framer_.pending() > 0) framer_.feed("\n");
    if (!deliver()) return;
    if (!ended) return read();
    bool regular = failed == async::asio::error::eof;
    Error why{ErrorCode::kUnavailable, regular ? "end of input" : "read: " + failed.message(), ""};
    if (unanswered_.empty() || limits_.drain.count() == 0) return end(std::move(why));
    in_.close();
    drained_ = [weak = weak_from_this(), why] {
      auto self = weak.lock();
      if (!self) return;
      self->give_up_unanswered();
      self->end(why);
    };
    patience_.start(limits_.drain, drained_);
  }

  // False when the channel is over.
  bool deliver() {
    for (;;) {
      auto line = framer_.next();
      auto listener = listener_.lock();
      if (!line) {
        if (listener) listener->on_undecodable(Bytes(), line.error());
        if (over_) return false;
        if (line.error().code != ErrorCode::kLimit) continue;
        end(std::move(line.error()));
        return false;
      }
      if (!*line) return true;
      deliver_line(listener, std::move(**line));
      if (over_) return false;
    }
  }

  void deliver_line(const std::shared_ptr<Listener>& listener, Bytes line) {
    if (!listener) return;
    auto message = jsonrpc::Message::parse(line);
    if (!message) return listener->on_undecodable(std::move(line), std::move(message.error()));
    note(*message);
    Envelope envelope;
    envelope.message = std::move(*message);
    listener->on_message(std::move(envelope));
  }

  // Whose answer is waited for at the end of input: of what is neither cancelled nor a listen, which has none.
  void note(const jsonrpc::Message& message) {
    if (message.is_request() && message.method != "subscriptions/listen") unanswered_.insert(*message.id);
    if (message.method != "notifications/cancelled") return;
    auto id = jsonrpc::Id::parse(json::member_of(message.params.view(), "requestId"));
    if (id) unanswered_.erase(*id);
  }

  void give_up_unanswered() {
    jsonrpc::RpcError error{jsonrpc::kInternalError, "the server is shutting down", {}};
    for (const jsonrpc::Id& id : std::exchange(unanswered_, {}))
      (void)writer_->write(jsonrpc::make_error(id, error));
  }

  // What was answered before the peer's input ended is still written: the output stays open until close().
  void end(Error why) {
    if (over_) return;
    over_ = true;
    in_.close();
    if (auto listener = listener_.lock()) listener->on_closed(std::move(why));
  }

  async::Loop& loop_;
  StdioDescriptor in_;
  int out_;
  std::shared_ptr<StdioWriter> writer_;
  LineFramer framer_;
  StdioLimits limits_;
  std::weak_ptr<Listener> listener_;
  std::string buffer_;
  std::set<jsonrpc::Id> unanswered_;  // requests read and not yet answered
  std::function<void()> drained_;     // set between the end of input and the last answer
  async::Timer patience_;
  bool over_ = false;
};

}  // namespace

ChannelPtr make_stdio_channel(async::Loop& loop, int in, int out, StdioLimits limits) {
  if (in == out) out = ::dup(in);
  auto channel = std::make_shared<StdioChannel>(loop, in, out, limits);
  channel->open();
  return make_handle(std::move(channel));
}

}  // namespace mcp::transport
