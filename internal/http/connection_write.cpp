// Connection, its answering half.
#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <boost/asio/post.hpp>

#include "internal/base/strings.h"
#include "internal/http/connection.h"
#include "internal/http/exchange.h"

namespace mcp::http {
namespace {

// Closing while the client still sends would reset the connection, and the reset would overtake our answer.
constexpr async::Millis kLingerTime{2'000};

// Up to here copying a body behind its head is cheaper than a gather write.
constexpr std::size_t kCopySize = 4 << 10;

void write_chunk_head(std::string& out, std::size_t size) {
  char digits[18];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, size, 16).ptr);
  out += "\r\n";
}

}  // namespace

void Connection::respond(Response response) {
  auto self = shared_from_this();
  phase_ = Phase::kAnswering;
  ended_ = true;
  answer(response);
}

void Connection::answer(const Response& response) {
  if (core_->draining || iequals(response.headers.get("Connection"), "close")) keep_alive_ = false;
  HeadOptions options;
  options.length = response.body.size();
  options.close = !keep_alive_;
  options.keep_alive = http10_;
  core_->scratch.clear();
  write_response_head(core_->scratch, core_->date, response.status, response.headers, options);
  transmit(head_only_ || is_bodyless(response.status) ? Rope() : response.body);
  finish_if_sent();
}

void Connection::open_stream(int status, const Headers& headers) {
  auto self = shared_from_this();
  bool bodyless = is_bodyless(status);
  chunked_ = !http10_;
  if (core_->draining || (http10_ && !head_only_)) keep_alive_ = false;
  HeadOptions options;
  options.framing = bodyless ? Framing::kNone : (chunked_ ? Framing::kChunked : Framing::kUntilClose);
  options.close = !keep_alive_;
  options.keep_alive = http10_;
  core_->scratch.clear();
  write_response_head(core_->scratch, core_->date, status, headers, options);
  ended_ = head_only_ || bodyless;
  phase_ = ended_ ? Phase::kAnswering : Phase::kStreaming;
  transmit();
  // A pending read comes back and is replaced by one that needs no buffer.
  boost::system::error_code ignored;
  if (reading_ && !writing_ && phase_ == Phase::kStreaming) socket_.cancel(ignored);
  finish_if_sent();
}

Result<void> Connection::write_chunk(const Rope& chunk) {
  if (chunk.empty()) return {};  // would be the last chunk
  auto self = shared_from_this();
  // What alone is larger than the bound is no sign of a slow reader: only what waits already counts.
  if (!outbox_.empty() && outbox_.size() >= core_->limits.max_stream_queue_bytes) {
    broken();
    return fail(ErrorCode::kLimit, "the client reads too slowly: its stream was cut");
  }
  core_->scratch.clear();
  if (chunked_) write_chunk_head(core_->scratch, chunk.size());
  transmit(chunk, chunked_ ? "\r\n" : "");
  if (broken_) return fail(ErrorCode::kUnavailable, "the client is gone");
  return {};
}

void Connection::end_stream() {
  auto self = shared_from_this();
  ended_ = true;
  core_->scratch = chunked_ ? "0\r\n\r\n" : "";
  transmit();
  finish_if_sent();
}

void Connection::abandoned(const RequestHead& head) {
  auto self = shared_from_this();
  exchange_ = nullptr;
  if (phase_ == Phase::kHandling) return refuse(500, "the request was not answered", &head);
  if (phase_ == Phase::kStreaming && !ended_)
    broken();  // without its last chunk the client sees that it is cut
}

// Sends the scratch, then body, then tail.
void Connection::transmit(const Rope& body, std::string_view tail) {
  std::size_t last = body.parts() - 1;
  for (std::size_t i = 0; i < last; ++i) {
    transmit_part(body.part(i), {});
    core_->scratch.clear();
  }
  transmit_part(body.part(last), tail);
}

// Most answers fit into the socket and are gone here, with one system call and without a queue.
void Connection::transmit_part(const Bytes& body, std::string_view tail) {
  if (broken_ || phase_ == Phase::kClosed) return;
  std::string& head = core_->scratch;
  bool gather = body.size() > kCopySize;
  if (!gather) head.append(body.view()).append(tail);
  std::size_t sent = 0;
  if (outbox_.empty()) {
    boost::system::error_code failed;
    std::array<async::asio::const_buffer, 3> parts{
        async::asio::buffer(head), async::asio::buffer(body.view()), async::asio::buffer(tail)};
    sent = gather ? socket_.write_some(parts, failed) : socket_.write_some(parts[0], failed);
    if (failed && failed != async::asio::error::would_block) return broken();
  }
  keep_unsent(sent, gather ? body : Bytes(), gather ? tail : std::string_view());
}

void Connection::keep_unsent(std::size_t sent, const Bytes& body, std::string_view tail) {
  auto unsent = [&sent](std::string_view part) {
    std::size_t skip = std::min(sent, part.size());
    sent -= skip;
    return part.substr(skip);
  };
  if (auto rest = unsent(core_->scratch); !rest.empty()) outbox_.push(Bytes::copy(rest));
  if (auto rest = unsent(body.view()); !rest.empty()) outbox_.push(body.slice(rest));
  if (auto rest = unsent(tail); !rest.empty()) outbox_.push(Bytes::copy(rest));
  if (!outbox_.empty()) write();
}

void Connection::write() {
  if (writing_) return;
  writing_ = true;
  write_deadline_ = Clock::now() + core_->limits.write_deadline;
  set_deadlines();
  socket_.async_write_some(outbox_.front(),
                           [self = shared_from_this()](boost::system::error_code failed, std::size_t count) {
                             self->on_written(failed, count);
                           });
}

void Connection::on_written(boost::system::error_code failed, std::size_t count) {
  writing_ = false;
  if (phase_ == Phase::kClosed) return;
  if (failed) return lost();
  outbox_.consume(count);
  if (!outbox_.empty()) return write();
  write_deadline_ = Deadlines::kNever;
  set_deadlines();
  finish_if_sent();
}

void Connection::finish_if_sent() {
  if (!ended_ || broken_ || !outbox_.empty()) return;
  if (phase_ == Phase::kAnswering || phase_ == Phase::kStreaming) finish_answer();
}

void Connection::finish_answer() {
  ConnectionExchange* exchange = std::exchange(exchange_, nullptr);
  parser_.reset();
  if (!keep_alive_ || core_->draining) {
    linger();
  } else {
    phase_ = Phase::kHead;
    head_started_ = false;
    set_read_deadline(input_.empty() ? core_->limits.idle_deadline : core_->limits.header_deadline);
  }
  if (!pumping_ && input_.empty()) read();
  if (!pumping_ && !input_.empty()) {
    // Not here: the handler of this request must not meet the next one inside its own call.
    async::asio::post(socket_.get_executor(), [self = shared_from_this()] { self->pump(); });
  }
  if (exchange) exchange->completed();
}

// The socket failed, or its client is too slow, inside a call of the handler: it hears of it afterwards.
void Connection::broken() {
  if (std::exchange(broken_, true)) return;
  if (exchange_) exchange_->set_disconnected();
  async::asio::post(socket_.get_executor(), [self = shared_from_this()] { self->lost(); });
}

void Connection::linger() {
  boost::system::error_code ignored;
  socket_.shutdown(async::TcpSocket::shutdown_send, ignored);
  phase_ = Phase::kLingering;
  input_.consume(input_.size());
  set_read_deadline(kLingerTime);
}

void Connection::drain() {
  if (phase_ == Phase::kHead && input_.empty()) shut();
}

void Connection::close() { lost(); }

void Connection::lost() {
  if (phase_ == Phase::kClosed) return;
  auto self = shared_from_this();
  ConnectionExchange* exchange = std::exchange(exchange_, nullptr);
  shut();
  if (exchange) exchange->gone();
}

void Connection::shut() {
  auto self = shared_from_this();
  phase_ = Phase::kClosed;
  boost::system::error_code ignored;
  socket_.close(ignored);
  core_->deadlines.ignore(*this);
  outbox_.clear();
  parser_.release();
  core_->connections.erase(self);
}

}  // namespace mcp::http
