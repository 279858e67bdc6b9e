#include "internal/runtime/stderr_log.h"

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "internal/base/line_budget.h"
#include "internal/base/log.h"
#include "internal/base/strings.h"

namespace mcp::runtime {

namespace asio = async::asio;

struct StderrLog::State {
  State(async::Loop& loop, int fd, std::string name)
      : descriptor(loop.executor(), fd), server(std::move(name)) {
    buffer.resize(4096);
  }

  void take(std::string_view bytes) {
    for (char c : bytes) {
      if (c == '\n') {
        emit();
      } else if (line.size() < kMaxLine) {
        line += c;
      }
    }
  }

  void emit() {
    std::string_view text = trim(line);
    if (!text.empty()) {
      last = std::string(text);
      write(text);
    }
    line.clear();
  }

  void write(std::string_view text) {
    auto now = std::chrono::steady_clock::now();
    if (budget.owes_report(now)) report_dropped();
    if (budget.take(now)) log::info("stderr", {{"server", server}, {"line", text}});
  }

  void report_dropped() {
    std::size_t lines = budget.take_dropped();
    if (lines > 0) log::info("stderr lines dropped", {{"server", server}, {"lines", lines}});
  }

  static Task<void> read(std::shared_ptr<State> state) {
    for (;;) {
      auto into = asio::buffer(state->buffer);
      auto [failed, count] = co_await state->descriptor.async_read_some(into, async::kAwait);
      if (failed) break;
      state->take({state->buffer.data(), count});
    }
    state->emit();
    state->report_dropped();
    state->ended = true;
    if (auto tell = std::exchange(state->tell_end, nullptr)) tell();
  }

  asio::posix::basic_stream_descriptor<async::Executor> descriptor;
  std::string server;
  std::string buffer;
  std::string line;
  std::string last;
  LineBudget budget{kLinesPerSecond};
  bool ended = false;
  std::function<void()> tell_end;
};

StderrLog::StderrLog(async::Loop& loop, int fd, std::string server)
    : state_(std::make_shared<State>(loop, fd, std::move(server))) {
  loop.spawn(State::read(state_));
}

StderrLog::~StderrLog() {
  boost::system::error_code ignored;
  state_->tell_end = nullptr;
  state_->descriptor.close(ignored);
}

const std::string& StderrLog::last_line() const { return state_->last; }

bool StderrLog::ended() const { return state_->ended; }

void StderrLog::on_end(std::function<void()> fn) { state_->tell_end = std::move(fn); }

}  // namespace mcp::runtime
