// Connection, its answering half.
#include <algorithm>
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
  forget_body();
  std::size_t size = response.body.size();
  if (size > ServerCore::kAlwaysTaken && !core_->has_room_for(size)) {
    ++core_->stats.refused;
    return answer(core_->handler->refuse(no_room(), &exchange_->request().head));
  }
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
  forget_body();
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
  if (reading_ && !writing_ && phase_ == Phase::kStreaming) socket_.cancel();
  finish_if_sent();
}

Result<void> Connection::write_chunk(const Rope& chunk) {
  if (chunk.empty()) return {};  // would be the last chunk
  auto self = shared_from_this();
  // What alone is larger than the bound is no sign of a slow reader: only what waits already counts.
  if (!outbox_.empty() && outbox_.size() >= core_->limits.max_stream_queue_bytes) {
    ++core_->stats.overfull;
    broken();
    return fail(ErrorCode::kLimit, "the client reads too slowly: its stream was cut");
  }
  core_->scratch.clear();
  if (chunked_) write_chunk_head(core_->scratch, chunk.size());
  transmit(chunk, chunked_ ? "\r\n" : "");
  if (broken_) return fail(ErrorCode::kUnavailable, "the client is gone");
  if (outbox_.size() > ServerCore::kAlwaysTaken && !core_->has_room_for(0)) {
    if (core_->handler != nullptr) core_->handler->cut("max_buffered");
    broken();
    return fail(ErrorCode::kLimit, "too much waits for clients that do not read: their stream was cut",
                "raise max_buffered in [serve]");
  }
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
  if (phase_ == Phase::kHandling) return refuse({500, "the request was not answered"}, &head);
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
    Outbox::Buffers parts{async::asio::buffer(head)};
    if (gather) parts[1] = async::asio::buffer(body.view());
    if (gather) parts[2] = async::asio::buffer(tail);
    sent = send(parts, failed);
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
  count_buffered();
  if (!outbox_.empty()) write();
}

std::size_t Connection::send(const Outbox::Buffers& buffers, boost::system::error_code& failed) {
  std::size_t count = socket_.write_some(buffers, failed);
  core_->stats.bytes_out += count;
  return count;
}

// Waits until the socket takes more of the outbox.
void Connection::write() {
  if (writing_) return;
  writing_ = true;
  if (write_deadline_ == Deadlines::kNever) open_write_window();
  socket_.when_writable([self = shared_from_this()](boost::system::error_code failed) {
    self->writing_ = false;
    if (self->phase_ != Phase::kClosed) self->on_writable(failed);
  });
}

// A client has to take its answer at min_write_rate: one that reads a byte now and then would hold a large
// answer for days.
void Connection::open_write_window() {
  window_bytes_ = 0;
  write_deadline_ = Clock::now() + core_->limits.write_deadline;
  set_deadlines();
}

void Connection::on_writable(boost::system::error_code failed) {
  if (failed == async::asio::error::operation_aborted) return write();
  std::size_t count = failed ? 0 : send(outbox_.front(), failed);
  if (failed && failed != async::asio::error::would_block) return lost();
  outbox_.consume(count);
  count_buffered();
  window_bytes_ += count;
  if (!outbox_.empty()) {
    const ServerLimits& limits = core_->limits;
    auto window = static_cast<std::size_t>(limits.write_deadline.count());
    if (window_bytes_ >= std::max<std::size_t>(limits.min_write_rate * window / 1000, 1)) open_write_window();
    return write();
  }
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
    wait_for_next();
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
  socket_.shutdown_send();
  phase_ = Phase::kLingering;
  input_.consume(input_.size());
  set_read_deadline(kLingerTime);
}

void Connection::drain() {
  if (phase_ != Phase::kHead || !input_.empty() || !asked_) return;
  socket_.shutdown_send();
  shut();
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
  socket_.close();
  core_->deadlines.ignore(*this);
  outbox_.clear();
  parser_.release();
  forget_body();
  core_->connections.erase(self);
}

}  // namespace mcp::http
