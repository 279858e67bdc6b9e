#include "cmd/mcp/stop_signals.h"

#include <csignal>

#include <unistd.h>

#include <boost/asio/basic_signal_set.hpp>

#include "cmd/mcp/command.h"

namespace mcp::cmd {

struct StopSignals::State {
  explicit State(async::Loop& loop) : set(loop.executor(), SIGINT, SIGTERM, SIGHUP) {}

  static void wait(const std::shared_ptr<State>& state) {
    state->set.async_wait([state](boost::system::error_code failed, int number) {
      if (failed) return;
      if (state->signal != 0) ::_exit(128 + number);
      state->signal = number;
      wait(state);
    });
  }

  async::asio::basic_signal_set<async::Executor> set;
  int signal = 0;
};

StopSignals::StopSignals(async::Loop& loop) : state_(std::make_shared<State>(loop)) { State::wait(state_); }

StopSignals::~StopSignals() { cancel(); }

bool StopSignals::stopping() const { return state_->signal != 0; }

int StopSignals::exit_code() const { return state_->signal == SIGINT ? kInterrupted : kOk; }

void StopSignals::cancel() {
  boost::system::error_code ignored;
  state_->set.cancel(ignored);
}

}  // namespace mcp::cmd
