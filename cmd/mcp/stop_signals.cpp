#include "cmd/mcp/stop_signals.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>

#include <boost/asio/basic_signal_set.hpp>

#include "cmd/mcp/command.h"

namespace mcp::cmd {
namespace {

bool has_terminal() {
  int terminal = ::open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  if (terminal >= 0) ::close(terminal);
  return terminal >= 0;
}

bool is_ignored(int signal) {
  struct sigaction now {};
  return ::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

}  // namespace

struct StopSignals::State {
  State(async::Loop& the_loop, std::function<void()> hangup)
      : loop(the_loop),
        leaves_with_terminal(has_terminal() && !is_ignored(SIGHUP)),
        on_hangup(std::move(hangup)),
        set(loop.executor(), SIGINT, SIGTERM, SIGHUP) {}

  static void wait(const std::shared_ptr<State>& state) {
    state->set.async_wait([state](boost::system::error_code failed, int number) {
      if (failed) return;
      state->got(number);
      wait(state);
    });
  }

  void got(int number) {
    bool reloads = number == SIGHUP && on_hangup && !(leaves_with_terminal && !has_terminal());
    if (reloads) {
      if (signal == 0) on_hangup();
      return;
    }
    if (signal != 0) ::_exit(128 + number);
    signal = number;
    loop.stop();
  }

  async::Loop& loop;
  const bool leaves_with_terminal;
  const std::function<void()> on_hangup;
  async::asio::basic_signal_set<async::Executor> set;
  int signal = 0;
};

StopSignals::StopSignals(async::Loop& loop, std::function<void()> on_hangup)
    : state_(std::make_shared<State>(loop, std::move(on_hangup))) {
  State::wait(state_);
}

StopSignals::~StopSignals() { cancel(); }

bool StopSignals::stopping() const { return state_->signal != 0; }

int StopSignals::exit_code() const { return state_->signal == SIGINT ? kInterrupted : kOk; }

void StopSignals::cancel() {
  boost::system::error_code ignored;
  state_->set.cancel(ignored);
}

}  // namespace mcp::cmd
