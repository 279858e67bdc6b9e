#include "internal/process/child.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <csignal>
#include <cstring>
#include <utility>

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "internal/base/log.h"
#include "internal/process/wire.h"

namespace mcp::process {
namespace {

namespace asio = boost::asio;
using Descriptor = asio::posix::basic_stream_descriptor<async::Executor>;

// Alive as long as its wait is: owned by the loop, never by the Child.
class LeashWatcher : public std::enable_shared_from_this<LeashWatcher> {
 public:
  LeashWatcher(std::shared_ptr<ChildState> state, Descriptor channel)
      : state_(std::move(state)), channel_(std::move(channel)) {
    state_->channel = channel_.native_handle();
  }
  ~LeashWatcher() { state_->channel = -1; }

  void arm() {
    auto self = shared_from_this();
    channel_.async_wait(Descriptor::wait_read, [self](boost::system::error_code failed) {
      if (!failed && self->read()) self->arm();
    });
  }

 private:
  // False when the child has ended.
  bool read() {
    Report report;
    Received got = receive_report(channel_.native_handle(), report);
    if (got == Received::kNothing) return true;
    state_->channel = -1;
    bool told = got == Received::kMessage && report.kind == Report::Kind::kExited;
    // Without a word from the keeper it, or the helper, was killed: and so was the child.
    state_->end(told ? ExitStatus{report.signaled, report.value, report.limit} : ExitStatus{true, SIGKILL});
    return false;
  }

  std::shared_ptr<ChildState> state_;
  Descriptor channel_;
};

class DetachedWatcher : public std::enable_shared_from_this<DetachedWatcher> {
 public:
  DetachedWatcher(std::shared_ptr<ChildState> state, Descriptor pidfd)
      : state_(std::move(state)), pidfd_(std::move(pidfd)) {}

  void arm() {
    auto self = shared_from_this();
    pidfd_.async_wait(Descriptor::wait_read, [self](boost::system::error_code failed) {
      if (!failed && !self->reap()) self->arm();
    });
  }

 private:
  bool reap() {
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(state_->pid), &info, WEXITED | WNOHANG) != 0) {
      state_->end({true, SIGKILL});
      return true;
    }
    if (info.si_pid == 0) return false;
    state_->end({info.si_code != CLD_EXITED, info.si_status});
    return true;
  }

  std::shared_ptr<ChildState> state_;
  Descriptor pidfd_;
};

class WatchedChild : public Child {
 public:
  explicit WatchedChild(std::shared_ptr<ChildState> state) : state_(std::move(state)) {}

  ~WatchedChild() override {
    state_->on_exit = nullptr;
    for (UniqueFd& end : state_->ends) end.reset();
    // The keeper reads the end of file as: kill them all. Its own closing then ends our watcher.
    if (state_->channel >= 0) ::shutdown(state_->channel, SHUT_WR);
  }

  pid_t pid() const override { return state_->pid; }
  int take_stdin() override { return state_->ends[0].release(); }
  int take_stdout() override { return state_->ends[1].release(); }
  int take_stderr() override { return state_->ends[2].release(); }
  std::vector<UniqueFd> take_listeners() override { return std::exchange(state_->listeners, {}); }
  bool running() const override { return !state_->ended; }

  void on_exit(std::function<void(ExitStatus)> fn) override {
    state_->on_exit = std::move(fn);
    if (!state_->ended) return;
    state_->loop->post([state = state_] {
      if (auto call = std::exchange(state->on_exit, nullptr)) call(state->status);
    });
  }

  void signal(int number) override {
    if (state_->ended) return;
    if (!state_->leashed) {
      // Not reaped yet (that happens here), so the number still names its group.
      ::kill(-state_->pid, number);
      return;
    }
    SignalRequest request{number};
    if (::send(state_->channel, &request, sizeof request, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
      log::warn("signal not delivered", {{"pid", state_->pid}, {"signal", number}});
    }
  }

 private:
  std::shared_ptr<ChildState> state_;
};

template <class Watcher>
Result<std::unique_ptr<Child>> watch(std::shared_ptr<ChildState> state, UniqueFd fd) {
  Descriptor descriptor(state->loop->executor());
  boost::system::error_code refused;
  descriptor.assign(fd.get(), refused);
  if (refused) return fail(os_error("watching a child", refused.value()));
  fd.release();
  ++*state->running;
  std::make_shared<Watcher>(state, std::move(descriptor))->arm();
  return std::make_unique<WatchedChild>(std::move(state));
}

}  // namespace

std::string ExitStatus::text() const {
  std::string why = limit == sandbox::Word::Limit::kMemory ? ": it used up its memory"
                    : limit == sandbox::Word::Limit::kPids ? ": it had as many processes as it may (pids)"
                    : limit == sandbox::Word::Limit::kWall ? ": its time was up"
                                                           : "";
  if (!signaled) return "exit status " + std::to_string(code) + why;
  const char* name = ::sigabbrev_np(code);
  return (name != nullptr ? std::string("killed by SIG") + name
                          : "killed by signal " + std::to_string(code)) +
         why;
}

void ChildState::end(ExitStatus how) {
  if (std::exchange(ended, true)) return;
  status = how;
  --*running;
  if (auto call = std::exchange(on_exit, nullptr)) call(how);
}

Result<std::unique_ptr<Child>> watch_leashed(std::shared_ptr<ChildState> state, UniqueFd channel) {
  return watch<LeashWatcher>(std::move(state), std::move(channel));
}

Result<std::unique_ptr<Child>> watch_detached(std::shared_ptr<ChildState> state, UniqueFd pidfd) {
  return watch<DetachedWatcher>(std::move(state), std::move(pidfd));
}

}  // namespace mcp::process
