#include "internal/http/connection.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>

#include <boost/asio/post.hpp>

#include "internal/base/log.h"
#include "internal/http/exchange.h"

namespace mcp::http {
namespace {

constexpr std::size_t kReadSize = 4 << 10;       // for heads, and kept by an idle connection
constexpr std::size_t kBodyReadSize = 64 << 10;  // while a body comes
constexpr std::size_t kMinRoom = 1 << 10;

Refusal refusal_of(const ParseFailure& failure) { return {failure.status, failure.what, failure.limit}; }

ParserLimits parser_limits(const ServerLimits& limits) {
  return {limits.max_header_bytes, limits.max_headers, limits.max_body_bytes};
}

}  // namespace

Connection::Connection(std::shared_ptr<ServerCore> core, Socket socket, std::string peer)
    : core_(std::move(core)),
      socket_(std::move(socket)),
      peer_(std::move(peer)),
      parser_(parser_limits(core_->limits)),
      read_deadline_(Deadlines::kNever),
      write_deadline_(Deadlines::kNever) {}

Connection::~Connection() = default;

// A client that vanished without a word acknowledges nothing; the kernel alone would wait a quarter of an
// hour for it. RFC 5482; tcp(7), TCP_USER_TIMEOUT. A Unix-domain socket has none, and its peer cannot vanish.
void Connection::bound_absence() {
  auto patience = static_cast<unsigned>(core_->limits.write_deadline.count());
  ::setsockopt(socket_.descriptor(), IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, sizeof patience);
}

void Connection::start() {
  bound_absence();
  core_->deadlines.watch(*this);
  set_read_deadline(core_->limits.header_deadline);
  read();
}

void Connection::turn_away() {
  core_->deadlines.watch(*this);
  keep_alive_ = false;
  answer_refusal({503, "too many connections", "max_connections"}, nullptr);
  read();
}

bool Connection::wants_read() const {
  if (phase_ == Phase::kClosed) return false;
  return !is_busy() || input_.size() < core_->limits.max_pipelined_bytes;
}

void Connection::read() {
  if (reading_ || !wants_read()) return;
  reading_ = true;
  bool idle_stream = phase_ == Phase::kStreaming && input_.empty();
  if (idle_stream || (silent_ && phase_ == Phase::kHead)) {
    input_.fit();
    // The request of a stream was handed out: there is nothing left in the parser.
    if (idle_stream || !head_started_) parser_.release();
    read_when_ready();
  } else if (socket_.is_tls() || phase_ == Phase::kLingering) {
    read_when_ready();
  } else {
    read_into_buffer();
  }
}

ReadBuffer::Space Connection::space_to_read() {
  if (phase_ == Phase::kHead) input_.shrink(kReadSize);
  auto space =
      input_.prepare(phase_ == Phase::kBody ? kBodyReadSize : (input_.empty() ? kReadSize : kMinRoom));
  if (is_busy()) space.size = std::min(space.size, core_->limits.max_pipelined_bytes - input_.size());
  return space;
}

void Connection::read_into_buffer() {
  auto space = space_to_read();
  socket_.async_read_some(space.data, space.size,
                          [self = shared_from_this()](boost::system::error_code failed, std::size_t count) {
                            self->reading_ = false;
                            if (self->phase_ != Phase::kClosed) self->on_read(failed, count);
                          });
}

// Waits without a buffer: ten thousand idle connections must not hold ten thousand of them.
void Connection::read_when_ready() {
  auto on_ready = [self = shared_from_this()](boost::system::error_code failed) {
    self->reading_ = false;
    if (self->phase_ != Phase::kClosed) self->on_ready(failed);
  };
  if (!socket_.has_buffered()) return socket_.when_readable(std::move(on_ready));
  async::asio::post(socket_.get_executor(), [on_ready] { on_ready({}); });
}

void Connection::on_ready(boost::system::error_code failed) {
  if (failed) return on_read(failed, 0);
  if (phase_ == Phase::kLingering) {
    socket_.discard(failed);
    if (failed && failed != async::asio::error::would_block) return lost();
    return read();
  }
  auto space = space_to_read();
  std::size_t count = socket_.read_some(space.data, space.size, failed);
  if (failed != async::asio::error::would_block) return on_read(failed, count);
  // Even if TLS holds a part of a record: only the socket has the rest.
  reading_ = true;
  socket_.when_readable([self = shared_from_this()](boost::system::error_code broken) {
    self->reading_ = false;
    if (self->phase_ != Phase::kClosed) self->on_ready(broken);
  });
}

void Connection::on_read(boost::system::error_code failed, std::size_t count) {
  if (failed == async::asio::error::operation_aborted) return read();  // its buffer is wanted back
  if (failed) return on_broken_read(failed);
  core_->stats.bytes_in += count;
  silent_ = false;
  input_.commit(count);
  if (is_busy()) return read();
  pump();
}

void Connection::on_broken_read(boost::system::error_code failed) {
  if (failed != boost::system::errc::protocol_error) return lost();
  // OpenSSL told the client why; a reset must not overtake it.
  ++core_->stats.failed_handshakes;
  log::debug("TLS failed", {{"peer", peer_}, {"reason", socket_.failure()}});
  if (is_busy()) return lost();
  linger();
  read();
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
    case ParseState::kFailed: refuse(refusal_of(parser_.failure()), parser_.known_head()); return true;
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
  asked_ = true;
  ++core_->stats.requests;
  auto refusal = core_->handler->door(head);
  if (phase_ == Phase::kClosed) return false;
  if (refusal) {
    refuse_at_door(*refusal);
    return true;
  }
  if (parser_.content_length().value_or(0) > limits.max_body_bytes) {
    refuse({413, "the body is larger than " + std::to_string(limits.max_body_bytes) + " bytes", "max_body"},
           &head);
    return true;
  }
  if (parser_.content_length().value_or(0) > ServerCore::kAlwaysTaken && !core_->has_room_for(1)) {
    refuse(no_room(), &head);
    return true;
  }
  if (head.headers.has("Expect") && !http10_ && !parser_.expects_continue()) {
    refuse({417, "only Expect: 100-continue is known"}, &head);
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
    refuse(refusal_of(parser_.failure()), parser_.known_head());
    return true;
  }
  body_bytes_ = parser_.body_size();
  count_buffered();
  if (body_bytes_ > ServerCore::kAlwaysTaken && !core_->has_room_for(0)) {
    refuse(no_room(), parser_.known_head());
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
void Connection::refuse(Refusal why, const RequestHead* head) {
  ++(why.status == 408 ? core_->stats.late : core_->stats.refused);
  answer_refusal(why, head);
}

void Connection::answer_refusal(const Refusal& why, const RequestHead* head) {
  keep_alive_ = false;
  phase_ = Phase::kAnswering;
  ended_ = true;
  head_only_ = head != nullptr && head->method == "HEAD";  // not what the request before was
  set_read_deadline(async::Millis::max());
  forget_body();
  answer(core_->handler->refuse(why, head));
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

void Connection::count_buffered() {
  std::size_t now = body_bytes_ + outbox_.size();
  core_->buffered += now - counted_;
  counted_ = now;
}

// It is the handler's now.
void Connection::forget_body() {
  body_bytes_ = 0;
  count_buffered();
}

void Connection::set_read_deadline(async::Millis after) {
  read_deadline_ = after == async::Millis::max() ? Deadlines::kNever : Clock::now() + after;
  set_deadlines();
}

void Connection::set_deadlines() { at_ = std::min(read_deadline_, write_deadline_); }

// After an answer. Most clients that go on do so at once: those who do not give their memory back before the
// idle deadline.
void Connection::wait_for_next() {
  phase_ = Phase::kHead;
  head_started_ = false;
  const ServerLimits& limits = core_->limits;
  set_read_deadline(input_.empty() ? std::min(limits.rest_after, limits.idle_deadline / 2)
                                   : limits.header_deadline);
}

void Connection::fall_silent() {
  silent_ = true;
  ++core_->stats.rested;
  const ServerLimits& limits = core_->limits;
  set_read_deadline(limits.idle_deadline - std::min(limits.rest_after, limits.idle_deadline / 2));
  parser_.release();
  if (socket_.is_tls()) return input_.fit();
  socket_.cancel();  // the read comes back, and is replaced by one that needs no buffer
}

void Connection::expired() {
  auto self = shared_from_this();
  auto now = Clock::now();
  if (write_deadline_ <= now) {
    ++core_->stats.cut;
    return lost();  // the client does not read
  }
  read_deadline_ = Deadlines::kNever;
  set_deadlines();
  if (phase_ == Phase::kBody)
    return refuse({408, "the body did not come in time", "body_timeout"}, parser_.known_head());
  if (phase_ == Phase::kHead && !input_.empty())
    return refuse({408, "the head did not come in time", "header_timeout"}, parser_.known_head());
  if (phase_ == Phase::kHead && !silent_) return fall_silent();
  if (phase_ == Phase::kHead) {
    if (asked_ && core_->handler != nullptr) core_->handler->closed_idle("idle_timeout");
    socket_.shutdown_send();
  }
  shut();
}

}  // namespace mcp::http
