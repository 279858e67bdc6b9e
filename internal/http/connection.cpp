#include "internal/http/connection.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>

#include "internal/http/exchange.h"

namespace mcp::http {
namespace {

constexpr std::size_t kReadSize = 4 << 10;       // for heads, and kept by an idle connection
constexpr std::size_t kBodyReadSize = 64 << 10;  // while a body comes
constexpr std::size_t kMinRoom = 1 << 10;

ParserLimits parser_limits(const ServerLimits& limits) {
  return {limits.max_header_bytes, limits.max_headers, limits.max_body_bytes};
}

}  // namespace

Connection::Connection(std::shared_ptr<ServerCore> core, async::TcpSocket socket, std::string peer)
    : core_(std::move(core)),
      socket_(std::move(socket)),
      peer_(std::move(peer)),
      parser_(parser_limits(core_->limits)),
      read_deadline_(Deadlines::kNever),
      write_deadline_(Deadlines::kNever) {}

Connection::~Connection() = default;

// A client that vanished without a word acknowledges nothing; the kernel alone would wait a quarter of an
// hour for it. RFC 5482; tcp(7), TCP_USER_TIMEOUT.
void Connection::bound_silence() {
  auto patience = static_cast<unsigned>(core_->limits.write_deadline.count());
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, sizeof patience);
}

void Connection::start() {
  bound_silence();
  core_->deadlines.watch(*this);
  set_read_deadline(core_->limits.header_deadline);
  read();
}

void Connection::turn_away() {
  core_->deadlines.watch(*this);
  keep_alive_ = false;
  refuse(503, "too many connections", parser_.known_head());
  read();
}

bool Connection::wants_read() const {
  if (phase_ == Phase::kClosed) return false;
  return !is_busy() || input_.size() < core_->limits.max_pipelined_bytes;
}

void Connection::read() {
  if (reading_ || !wants_read()) return;
  if (phase_ == Phase::kStreaming && input_.empty()) return read_when_ready();
  if (phase_ == Phase::kHead) input_.shrink(kReadSize);
  auto space =
      input_.prepare(phase_ == Phase::kBody ? kBodyReadSize : (input_.empty() ? kReadSize : kMinRoom));
  if (is_busy()) space.size = std::min(space.size, core_->limits.max_pipelined_bytes - input_.size());
  reading_ = true;
  socket_.async_read_some(async::asio::buffer(space.data, space.size),
                          [self = shared_from_this()](boost::system::error_code failed, std::size_t count) {
                            self->on_read(failed, count);
                          });
}

// Waits without a buffer: ten thousand idle streams must not hold ten thousand of them.
void Connection::read_when_ready() {
  input_.shrink(0);
  parser_.release();
  reading_ = true;
  socket_.async_wait(
      async::TcpSocket::wait_read,
      [self = shared_from_this()](boost::system::error_code failed) { self->on_ready(failed); });
}

void Connection::on_ready(boost::system::error_code failed) {
  std::size_t count = 0;
  if (!failed && phase_ != Phase::kClosed) {
    auto space = input_.prepare(kReadSize);
    space.size = std::min(space.size, core_->limits.max_pipelined_bytes);
    count = socket_.read_some(async::asio::buffer(space.data, space.size), failed);
    if (failed == async::asio::error::would_block) failed = async::asio::error::operation_aborted;
  }
  on_read(failed, count);
}

void Connection::on_read(boost::system::error_code failed, std::size_t count) {
  reading_ = false;
  if (phase_ == Phase::kClosed) return;
  if (failed == async::asio::error::operation_aborted) return read();  // open_stream() gave the buffer back
  if (failed) return lost();
  input_.commit(count);
  if (is_busy()) return read();
  pump();
}

// Goes on with what was read, until more is needed or an answer has to be waited for.
void Connection::pump() {
  if (pumping_ || phase_ == Phase::kClosed) return;
  auto self = shared_from_this();
  pumping_ = true;
  while (step()) {
  }
  pumping_ = false;
  read();
}

bool Connection::step() {
  switch (phase_) {
    case Phase::kHead: return read_head();
    case Phase::kBody:
    case Phase::kSkip: return read_body();
    case Phase::kLingering: input_.consume(input_.size()); return false;
    default: return false;
  }
}

bool Connection::read_head() {
  if (input_.empty()) return false;
  input_.consume(parser_.feed(input_.view()));
  switch (parser_.state()) {
    case ParseState::kHead:
      // Counted from the head's first byte.
      if (!head_started_) set_read_deadline(core_->limits.header_deadline);
      head_started_ = true;
      return false;
    case ParseState::kFailed:
      refuse(parser_.failure().status, parser_.failure().what, parser_.known_head());
      return true;
    default: return knock();
  }
}

// A head is complete: the door looks at it before the body is read.
bool Connection::knock() {
  const ServerLimits& limits = core_->limits;
  RequestHead& head = parser_.head();
  head.peer = peer_;
  http10_ = parser_.is_http10();
  head_only_ = head.method == "HEAD";
  keep_alive_ = parser_.keep_alive() && !core_->draining;
  auto refusal = core_->handler->door(head);
  if (phase_ == Phase::kClosed) return false;
  if (refusal) {
    refuse_at_door(*refusal);
    return true;
  }
  if (parser_.content_length().value_or(0) > limits.max_body_bytes) {
    refuse(413, "the body is larger than " + std::to_string(limits.max_body_bytes) + " bytes", &head);
    return true;
  }
  if (head.headers.has("Expect") && !http10_ && !parser_.expects_continue()) {
    refuse(417, "only Expect: 100-continue is known", &head);
    return true;
  }
  if (parser_.state() == ParseState::kDone) {
    dispatch();
    return true;
  }
  phase_ = Phase::kBody;
  set_read_deadline(limits.body_deadline);
  if (parser_.expects_continue() && input_.empty()) {
    core_->scratch = "HTTP/1.1 100 Continue\r\n\r\n";
    transmit();
  }
  return true;
}

bool Connection::read_body() {
  if (input_.empty()) return false;
  input_.consume(parser_.feed(input_.view()));
  if (parser_.state() == ParseState::kFailed) {
    refuse(parser_.failure().status, parser_.failure().what, parser_.known_head());
    return true;
  }
  if (parser_.state() != ParseState::kDone) return false;
  if (phase_ == Phase::kBody) {
    dispatch();
  } else {
    phase_ = Phase::kAnswering;
    finish_if_sent();
  }
  return true;
}

void Connection::dispatch() {
  phase_ = Phase::kHandling;
  set_read_deadline(async::Millis::max());
  auto exchange = std::make_shared<ConnectionExchange>(*this, parser_.take());
  exchange_ = exchange.get();
  ended_ = false;
  core_->handler->handle(std::move(exchange));
}

// An answer that the connection gives by itself; nothing after it can be trusted, so it is the last one.
void Connection::refuse(int status, std::string_view what, const RequestHead* head) {
  keep_alive_ = false;
  phase_ = Phase::kAnswering;
  ended_ = true;
  set_read_deadline(async::Millis::max());
  answer(core_->handler->refuse(status, what, head));
}

// The connection lives on when the refused body is short enough to be read and forgotten. A client that waits
// for 100 may send its body or not after a refusal: only closing is clear (RFC 9110 §10.1.1).
void Connection::refuse_at_door(const Response& response) {
  auto length = parser_.content_length().value_or(0);
  bool whole = parser_.state() == ParseState::kDone;
  bool skippable =
      !parser_.is_chunked() && !parser_.expects_continue() && length <= core_->limits.max_pipelined_bytes;
  if (!whole && !skippable) keep_alive_ = false;
  ended_ = true;
  if (whole || !keep_alive_) {
    phase_ = Phase::kAnswering;
    set_read_deadline(async::Millis::max());
  } else {
    parser_.discard_body();
    phase_ = Phase::kSkip;
    set_read_deadline(core_->limits.body_deadline);
  }
  answer(response);
}

void Connection::set_read_deadline(async::Millis after) {
  read_deadline_ = after == async::Millis::max() ? Deadlines::kNever : Clock::now() + after;
  set_deadlines();
}

void Connection::set_deadlines() { at_ = std::min(read_deadline_, write_deadline_); }

void Connection::expired() {
  auto self = shared_from_this();
  auto now = Clock::now();
  if (write_deadline_ <= now) return lost();  // the client does not read
  read_deadline_ = Deadlines::kNever;
  set_deadlines();
  if (phase_ == Phase::kBody) return refuse(408, "the body did not come in time", parser_.known_head());
  if (phase_ == Phase::kHead && !input_.empty())
    return refuse(408, "the head did not come in time", parser_.known_head());
  shut();
}

}  // namespace mcp::http
