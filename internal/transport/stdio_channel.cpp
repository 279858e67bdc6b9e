#include "internal/transport/stdio_channel.h"

#include <unistd.h>

#include <algorithm>
#include <set>

#include <boost/asio/buffer.hpp>

#include "internal/async/timer.h"
#include "internal/base/byte_budget.h"
#include "internal/protocol/cancelled.h"
#include "internal/transport/channel_handle.h"
#include "internal/transport/large_message.h"
#include "internal/transport/line_framing.h"
#include "internal/transport/open_batches.h"
#include "internal/transport/oversized.h"
#include "internal/transport/stdio_descriptor.h"
#include "internal/transport/stdio_writer.h"

namespace mcp::transport {
namespace {

constexpr std::size_t kReadBytes = 64 << 10;
// A line is skipped while it is at most so many times as long as a message may be. Then no end is expected.
constexpr std::size_t kEndless = 4;

// Line breaks outside strings are blanks (RFC 8259 §2) and inside strings they cannot stand: a message that
// came with them over HTTP keeps its meaning on one line.
Rope on_one_line(const Rope& message) {
  bool one_line = true;
  for (std::size_t i = 0; one_line && i < message.parts(); ++i) {
    std::string_view part = message.part(i).view();
    one_line = part.find('\n') == std::string_view::npos && part.find('\r') == std::string_view::npos;
  }
  if (one_line) return message;
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
        pause_(loop),
        patience_(loop) {
    std::size_t rate = limits_.max_bytes_per_second;
    if (rate != 0) budget_.emplace(rate, std::max(rate, limits_.max_message_bytes));
  }

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
    const jsonrpc::Message& message = envelope.message;
    if (message.is_response() && message.id) unanswered_.erase(*message.id);
    auto sent = write(message);
    finish_if_answered();
    return sent;
  }
  void negotiated(protocol::Revision revision) override { revision_ = revision; }

  void close() override {
    over_ = true;
    patience_.cancel();
    pause_.cancel();
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
    ended_ = failed;
    if (budget_ && !ended_ && !hold_back(count)) return;
    framer_.feed({buffer_.data(), count});
    // The last line of a file often lacks its end.
    if (ended_ && framer_.pending() > 0) framer_.feed("\n");
    go_on();
  }

  // Decides when the next read may be. False: it is over, the peer does nothing but write.
  bool hold_back(std::size_t count) {
    auto now = ByteBudget::Clock::now();
    held_ = budget_->take(count, now);
    if (held_.count() == 0 || budget_->empty_for(now) < limits_.flood) return true;
    end({ErrorCode::kLimit,
         "its output was over " + std::to_string(limits_.max_bytes_per_second) + " bytes a second for " +
             std::to_string(limits_.flood.count() / 1000) + " s",
         "mend it, or give it a larger output"});
    return false;
  }

  void read_after_pause() {
    if (held_.count() == 0) return read();
    if (limits_.on_held) limits_.on_held(held_);
    pause_.start(std::exchange(held_, {}), [weak = weak_from_this()] {
      if (auto self = weak.lock(); self && !self->over_) self->read();
    });
  }

  // Hands out what was read, then reads more, or ends.
  void go_on() {
    if (!deliver()) return;
    if (!ended_) return read_after_pause();
    bool regular = ended_ == async::asio::error::eof;
    Error why{ErrorCode::kUnavailable, regular ? "end of input" : "read: " + ended_.message(), ""};
    if (limits_.drain.count() == 0) return end(std::move(why));
    if (auto listener = listener_.lock()) listener->on_ending();
    if (over_) return;
    in_.close();
    drained_ = [weak = weak_from_this(), why] {
      auto self = weak.lock();
      if (!self) return;
      self->give_up_unanswered();
      self->end(why);
    };
    patience_.start(limits_.drain, drained_);
    finish_if_answered();
  }

  // Behind the end of input: nothing is left to do once the last answer is written.
  void finish_if_answered() {
    if (drained_ && unanswered_.empty()) writer_->when_sent(std::exchange(drained_, nullptr));
  }

  Result<void> write(const jsonrpc::Message& message) {
    bool in_batch = message.is_response() && message.id && batches_.holds(*message.id);
    if (!in_batch) return writer_->write(on_one_line(message.bytes));
    auto whole = batches_.answer(*message.id, message.bytes);
    return whole ? writer_->write(on_one_line(*whole)) : Result<void>();
  }

  // False when the channel is over, or when what comes next waits for a large message to be read.
  bool deliver() {
    for (;;) {
      auto line = framer_.next();
      auto listener = listener_.lock();
      if (!line) {
        if (listener) listener->on_undecodable(framer_.take_refused(), named(std::move(line.error())));
        if (over_) return false;
        continue;
      }
      if (!*line) {
        bool endless = framer_.pending() / kEndless > limits_.max_message_bytes;
        if (endless) give_up_line(listener);
        return !endless;
      }
      if (!read_line(listener, std::move(**line))) return false;
    }
  }

  // Whoever is in the middle of a line without an end will say nothing more that can be read.
  void give_up_line(const std::shared_ptr<Listener>& listener) {
    framer_.feed("\n");
    auto refused = framer_.next();
    Error why =
        refused ? Error{ErrorCode::kLimit, "a line without an end", ""} : named(std::move(refused.error()));
    if (listener) listener->on_undecodable(framer_.take_refused(), why);
    end(std::move(why));
  }

  Error named(Error why) const { return limits_.to_server ? name_oversized(std::move(why)) : why; }

  // False when the channel is over, or when the line is large and read beside the loop: nothing is read from
  // the peer meanwhile.
  bool read_line(const std::shared_ptr<Listener>& listener, Bytes line) {
    bool beside = is_large(line);
    auto weak = weak_from_this();
    if (takes_batches() && jsonrpc::is_batch(line.view())) {
      parse_batch(loop_, line, {limits_.max_batch, limits_.max_depth},
                  [weak, line, beside](ParsedBatch batch) {
                    auto self = weak.lock();
                    if (!self || self->over_) return;
                    if (auto to = self->listener_.lock()) self->deliver_batch(to, line, std::move(batch));
                    if (beside && !self->over_) self->go_on();
                  });
    } else if (beside) {
      read_large(loop_, line, limits_.max_depth, [weak, line](Result<jsonrpc::Message> message) {
        auto self = weak.lock();
        if (!self || self->over_) return;
        if (auto to = self->listener_.lock()) self->deliver_read(to, line, std::move(message));
        if (!self->over_) self->go_on();
      });
    } else if (listener) {
      deliver_read(listener, line, jsonrpc::Message::parse(line, limits_.max_depth));
    }
    return !beside && !over_;
  }

  void deliver_read(const std::shared_ptr<Listener>& listener, const Bytes& line,
                    Result<jsonrpc::Message> message) {
    if (message) return deliver_message(listener, std::move(*message));
    std::string_view limit = message.error().code == ErrorCode::kLimit ? "max_depth" : "";
    refuse(listener, line, std::move(message.error()), limit);
  }

  // limit: the key that says how much is too much; empty: it is not that.
  void refuse(const std::shared_ptr<Listener>& listener, const Bytes& line, Error why,
              std::string_view limit) {
    if (!limit.empty() && limits_.refused) {
      limits_.refused(limit);
      why.message.append(": ").append(limit).append(" in [serve] is reached");
    }
    listener->on_undecodable(line, std::move(why));
  }

  void deliver_message(const std::shared_ptr<Listener>& listener, jsonrpc::Message message) {
    if (message.is_request()) unanswered_.insert(*message.id);
    auto withdrawn = protocol::cancelled_request(message);
    Envelope envelope;
    envelope.message = std::move(message);
    listener->on_message(std::move(envelope));
    if (withdrawn && !over_) forget(*withdrawn);
  }

  // A cancelled request is not waited for: it gets no answer (cancellation).
  void forget(const jsonrpc::Id& request) {
    unanswered_.erase(request);
    if (auto whole = batches_.cancel(request)) (void)writer_->write(on_one_line(*whole));
  }

  bool takes_batches() const {
    return limits_.accept_batches && revision_ == protocol::Revision::k2025_03_26;
  }

  void deliver_batch(const std::shared_ptr<Listener>& listener, const Bytes& line, ParsedBatch batch) {
    if (batch.refusal) return refuse(listener, line, std::move(*batch.refusal), batch.limit);
    BatchReading read = read_batch(std::move(batch.members),
                                   [this](const jsonrpc::Id& id) { return unanswered_.count(id) != 0; });
    if (read.requests.empty() && !read.errors.empty()) {
      (void)writer_->write(on_one_line(json_array(read.errors)));
    } else {
      batches_.open(read.requests, std::move(read.errors));
    }
    for (jsonrpc::Message& message : read.messages) {
      if (!over_) deliver_message(listener, std::move(message));
    }
  }

  void give_up_unanswered() {
    jsonrpc::RpcError error{jsonrpc::kInternalError, "the server is shutting down", {}};
    for (const jsonrpc::Id& id : std::exchange(unanswered_, {}))
      (void)write(jsonrpc::own_message(jsonrpc::make_error(id, error)));
  }

  // What was answered before the peer's input ended is still written: the output stays open until close().
  void end(Error why) {
    if (over_) return;
    over_ = true;
    patience_.cancel();
    pause_.cancel();
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
  boost::system::error_code ended_;   // how the input ended; none: it has not
  std::set<jsonrpc::Id> unanswered_;  // requests read and not yet answered
  OpenBatches batches_;
  std::optional<protocol::Revision> revision_;
  std::function<void()> drained_;  // set between the end of input and the last answer
  std::optional<ByteBudget> budget_;
  async::Millis held_{0};  // before the next read
  async::Timer pause_;
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
