#include "internal/runtime/splice.h"

#include <utility>

namespace mcp::runtime {
namespace {

namespace asio = async::asio;
using Clock = std::chrono::steady_clock;

// A side that was not told to the end must not take what it got for all.
void reset(async::StreamSocket& socket) {
  boost::system::error_code ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
}

}  // namespace

Splice::Splice(async::Loop& loop, async::StreamSocket first, async::StreamSocket second, async::Millis idle,
               std::function<void(End)> on_end)
    : first_(std::move(first)),
      second_(std::move(second)),
      idle_(idle),
      on_end_(std::move(on_end)),
      timer_(loop) {}

void Splice::start() {
  moved_ = Clock::now();
  if (idle_.count() > 0) watch(idle_);
  for (Way* way : {&forth_, &back_}) {
    way->buffer.resize(kBuffer);
    read(*way);
  }
}

void Splice::close() {
  on_end_ = nullptr;
  finish(false, true);
}

void Splice::read(Way& way) {
  way.from.async_read_some(asio::buffer(way.buffer), [self = shared_from_this(), &way](
                                                         boost::system::error_code failed, std::size_t size) {
    if (self->over_) return;
    if (failed == asio::error::eof) return self->end_of(way);
    if (failed) return self->finish(false, true);
    self->moved_ = Clock::now();
    self->write(way, 0, size);
  });
}

void Splice::write(Way& way, std::size_t begin, std::size_t size) {
  way.to.async_write_some(
      asio::buffer(way.buffer.data() + begin, size),
      [self = shared_from_this(), &way, begin, size](boost::system::error_code failed, std::size_t sent) {
        if (self->over_) return;
        if (failed) return self->finish(false, true);
        self->moved_ = Clock::now();
        way.count += sent;
        if (sent < size) return self->write(way, begin + sent, size - sent);
        self->read(way);
      });
}

void Splice::end_of(Way& way) {
  way.ended = true;
  if (forth_.ended && back_.ended) return finish(false, false);
  boost::system::error_code ignored;
  way.to.shutdown(asio::socket_base::shutdown_send, ignored);
}

void Splice::watch(async::Millis after) {
  timer_.start(after, [weak = weak_from_this()] {
    auto self = weak.lock();
    if (!self || self->over_) return;
    auto still = std::chrono::duration_cast<async::Millis>(Clock::now() - self->moved_);
    if (still >= self->idle_) return self->finish(true, true);
    self->watch(self->idle_ - still);
  });
}

void Splice::finish(bool idle, bool broken) {
  if (std::exchange(over_, true)) return;
  end_.idle = idle;
  timer_.cancel();
  for (async::StreamSocket* socket : {&first_, &second_}) {
    boost::system::error_code ignored;
    if (broken) reset(*socket);
    socket->close(ignored);
  }
  if (auto tell = std::exchange(on_end_, nullptr)) tell(end_);
}

}  // namespace mcp::runtime
