#include "internal/transport/stdio_writer.h"

#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <vector>

#include "internal/transport/stdio_descriptor.h"

namespace mcp::transport {
namespace {

constexpr std::size_t kMaxLinesAtOnce = 64;
constexpr async::Millis kLinger{2000};
constexpr char kLineEnd = '\n';

// A pipe whose reader is gone must be an error, not the end of the program.
void ignore_sigpipe() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction current {};
    if (::sigaction(SIGPIPE, nullptr, &current) == 0 && current.sa_handler == SIG_DFL)
      ::signal(SIGPIPE, SIG_IGN);
  });
}

// What is left of a line and its end behind the first `skip` bytes.
void gather(const Rope& line, std::size_t skip, std::vector<iovec>& parts) {
  for (std::size_t i = 0; i < line.parts(); ++i) {
    const Bytes& part = line.part(i);
    std::size_t passed = std::min(skip, part.size());
    skip -= passed;
    if (passed < part.size())
      parts.push_back({const_cast<char*>(part.data()) + passed, part.size() - passed});
  }
  parts.push_back({const_cast<char*>(&kLineEnd), 1});
}

}  // namespace

StdioWriter::StdioWriter(async::Loop& loop, int descriptor, std::size_t max_queue,
                         std::function<void(Error)> on_failure)
    : loop_(loop),
      descriptor_(std::make_unique<StdioDescriptor>(loop, descriptor)),
      max_queue_(max_queue),
      on_failure_(std::move(on_failure)),
      linger_(loop) {
  ignore_sigpipe();
}

StdioWriter::~StdioWriter() = default;

Result<void> StdioWriter::write(Rope line) {
  if (closing_ || !descriptor_->is_open()) return fail(ErrorCode::kUnavailable, "the connection is closed");
  std::size_t size = line.size() + 1;
  if (queued_bytes_ > 0 && queued_bytes_ >= max_queue_) {
    return fail(ErrorCode::kLimit,
                std::to_string(queued_bytes_) + " bytes are unsent: the peer does not read");
  }
  queued_bytes_ += size;
  lines_.push_back(std::move(line));
  schedule();
  return {};
}

void StdioWriter::when_sent(std::function<void()> fn) {
  on_sent_ = std::move(fn);
  schedule();
}

void StdioWriter::close() {
  if (closing_) return;
  closing_ = true;
  on_failure_ = nullptr;
  on_sent_ = nullptr;
  flush();
  if (!descriptor_->is_open()) return;
  linger_.start(kLinger, [self = shared_from_this()] { self->stop(std::nullopt); });
}

void StdioWriter::schedule() {
  if (busy_) return;
  busy_ = true;
  loop_.post([self = shared_from_this()] {
    self->busy_ = false;
    self->flush();
  });
}

void StdioWriter::flush() {
  if (!descriptor_->is_open()) return;
  while (!lines_.empty()) {
    if (!write_once()) return;
  }
  if (auto tell = std::exchange(on_sent_, nullptr)) tell();
  if (closing_ && descriptor_->is_open()) stop(std::nullopt);
}

// False when it has to wait, or is over.
bool StdioWriter::write_once() {
  std::vector<iovec> parts;
  parts.reserve(2 * std::min(lines_.size(), kMaxLinesAtOnce));
  std::size_t skip = written_of_first_;
  for (const Rope& line : lines_) {
    if (parts.size() >= 2 * kMaxLinesAtOnce) break;
    gather(line, skip, parts);
    skip = 0;
  }
  ssize_t written = ::writev(descriptor_->native(), parts.data(), static_cast<int>(parts.size()));
  if (written >= 0) {
    drop(static_cast<std::size_t>(written));
    return true;
  }
  if (errno == EINTR) return true;
  if (errno == EAGAIN || errno == EWOULDBLOCK) {
    wait_writable();
    return false;
  }
  bool gone = errno == EPIPE || errno == ECONNRESET;
  stop(gone ? Error{ErrorCode::kUnavailable, "the peer closed its input", ""} : os_error("write", errno));
  return false;
}

void StdioWriter::drop(std::size_t written) {
  queued_bytes_ -= written;
  written_of_first_ += written;
  while (!lines_.empty() && written_of_first_ >= lines_.front().size() + 1) {
    written_of_first_ -= lines_.front().size() + 1;
    lines_.pop_front();
  }
}

void StdioWriter::wait_writable() {
  if (busy_) return;
  busy_ = true;
  descriptor_->stream().async_wait(async::asio::posix::descriptor_base::wait_write,
                                   [self = shared_from_this()](boost::system::error_code) {
                                     self->busy_ = false;
                                     self->flush();
                                   });
}

void StdioWriter::stop(std::optional<Error> why) {
  descriptor_->close();
  on_sent_ = nullptr;
  linger_.cancel();
  lines_.clear();
  queued_bytes_ = 0;
  if (!why || !on_failure_) return;
  auto report = std::move(on_failure_);
  on_failure_ = nullptr;
  report(std::move(*why));
}

}  // namespace mcp::transport
