#include "internal/runtime/stderr_log.h"

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "internal/async/timer.h"
#include "internal/base/byte_budget.h"
#include "internal/base/line_budget.h"
#include "internal/base/log.h"
#include "internal/base/strings.h"

namespace mcp::runtime {

namespace asio = async::asio;

struct StderrLog::State {
  State(async::Loop& used, int fd, std::string name, std::function<void(async::Millis)> tell)
      : loop(used), descriptor(used.executor(), fd), server(std::move(name)), on_held(std::move(tell)) {
    buffer.resize(16384);
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

  // How long nothing more may be read.
  async::Millis pause_after(std::size_t count) {
    async::Millis pause = pace.take(count, ByteBudget::Clock::now());
    if (pause.count() == 0) return pause;
    if (on_held) on_held(pause);
    if (!std::exchange(told, true)) {
      log::warn("standard error held back: it is a flood",
                {{"server", server}, {"bytes_per_second", kBytesPerSecond}});
    }
    return pause;
  }

  static Task<void> read(std::shared_ptr<State> state) {
    for (;;) {
      auto into = asio::buffer(state->buffer);
      auto [failed, count] = co_await state->descriptor.async_read_some(into, async::kAwait);
      if (failed) break;
      state->take({state->buffer.data(), count});
      async::Millis pause = state->pause_after(count);
      if (pause.count() == 0) continue;
      auto pausing = async::sleep_for(state->loop, pause);
      bool waited = co_await std::move(pausing);
      if (!waited) break;
    }
    state->emit();
    state->report_dropped();
    state->ended = true;
    if (auto tell = std::exchange(state->tell_end, nullptr)) tell();
  }

  async::Loop& loop;
  asio::posix::basic_stream_descriptor<async::Executor> descriptor;
  std::string server;
  std::function<void(async::Millis)> on_held;
  std::string buffer;
  std::string line;
  std::string last;
  LineBudget budget{kLinesPerSecond};
  ByteBudget pace{kBytesPerSecond, kBurst};
  bool told = false;
  bool ended = false;
  std::function<void()> tell_end;
};

StderrLog::StderrLog(async::Loop& loop, int fd, std::string server,
                     std::function<void(async::Millis)> on_held)
    : state_(std::make_shared<State>(loop, fd, std::move(server), std::move(on_held))) {
  loop.spawn(State::read(state_));
}

StderrLog::~StderrLog() {
  boost::system::error_code ignored;
  state_->tell_end = nullptr;
  state_->on_held = nullptr;
  state_->descriptor.close(ignored);
}

const std::string& StderrLog::last_line() const { return state_->last; }

bool StderrLog::ended() const { return state_->ended; }

void StderrLog::on_end(std::function<void()> fn) { state_->tell_end = std::move(fn); }

}  // namespace mcp::runtime
