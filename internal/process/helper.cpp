#include "internal/process/helper.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <set>

#include "internal/process/exec_child.h"
#include "internal/process/keeper.h"
#include "internal/process/reaping.h"
#include "internal/process/wire.h"

namespace mcp::process {
namespace {

constexpr int kSocket = 3;
// A keeper that takes longer is killed, with all below it.
constexpr std::chrono::seconds kKeepersPatience{1};
constexpr int kRoundMs = 20;

// Leaves open: 0 and 1 on /dev/null, 2 as inherited, the socket as 3.
void keep_descriptors(int socket) {
  int moved = ::fcntl(socket, F_DUPFD_CLOEXEC, kSocket + 1);
  int null = ::open("/dev/null", O_RDWR);
  ::dup2(null, STDIN_FILENO);
  ::dup2(null, STDOUT_FILENO);
  if (::fcntl(STDERR_FILENO, F_GETFD) < 0) ::dup2(null, STDERR_FILENO);
  ::dup3(moved, kSocket, O_CLOEXEC);
  ::close_range(kSocket + 1, ~0U, 0);
}

// A terminal's Ctrl-C, and a service manager's goodbye, are for the process above: it decides when we end.
void settle_signals() {
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  for (int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1})
    ::sigaction(number, &ignore, nullptr);
  sigset_t blocked;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGCHLD);
  ::sigaddset(&blocked, keeper_stop_signal());
  ::sigprocmask(SIG_SETMASK, &blocked, nullptr);
}

// A brother instead of a child: its parent is the process above, which is no subreaper of ours, so it
// outlives both of us.
pid_t fork_brother() {
  return static_cast<pid_t>(::syscall(SYS_clone, CLONE_PARENT | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
}

[[noreturn]] void run_detached(const LaunchRequest& request, const LaunchDescriptors& descriptors) {
  int channel = descriptors.channel.get();
  send_report(channel, Report{.kind = Report::Kind::kStarted, .value = ::getpid()});
  PlanView plan;
  if (!load_plan(descriptors.plan.get(), plan)) {
    send_report(channel, Report{.step = LaunchStep::kPlan, .value = errno});
    ::_exit(1);
  }
  exec_child(plan, request, descriptors, channel, 0);
}

// Its socket carries who it is before anything else.
[[noreturn]] void run_second_helper(int socket) {
  send_report(socket, Report{.kind = Report::Kind::kStarted, .value = ::getpid()});
  run_helper(socket);
}

class Helper {
 public:
  explicit Helper(int signal_fd) : signal_fd_(signal_fd), pid_(::getpid()) {}

  void run() {
    for (;;) {
      pollfd ready[] = {{kSocket, POLLIN, 0}, {signal_fd_, POLLIN, 0}};
      if (::poll(ready, 2, -1) < 0 && errno != EINTR) return;
      if (drain_signals(signal_fd_, SIGCHLD)) reap();
      if (!serve_one()) return;
    }
  }

  // When our process is gone. Each keeper ends its child and then removes what was made for it (control
  // groups): one that is killed before leaves that behind.
  void dismiss_keepers() {
    for (pid_t pid : keepers_) ::kill(pid, keeper_stop_signal());
    auto until = std::chrono::steady_clock::now() + kKeepersPatience;
    while (!keepers_.empty() && std::chrono::steady_clock::now() < until) {
      pollfd wake{signal_fd_, POLLIN, 0};
      ::poll(&wake, 1, kRoundMs);
      drain_signals(signal_fd_, SIGCHLD);
      reap();
    }
  }

 private:
  // False when the process above is gone.
  bool serve_one() {
    LaunchRequest request;
    LaunchDescriptors descriptors;
    Received got = receive_launch(kSocket, request, descriptors);
    if (got == Received::kEnd) return false;
    if (got == Received::kNothing) return true;
    bool leashed = request.kind == LaunchRequest::Kind::kLeashed;
    pid_t made = leashed ? ::fork() : fork_brother();
    if (made == 0) become(request, std::move(descriptors));
    if (made < 0) {
      send_report(descriptors.channel.get(), Report{.step = LaunchStep::kFork, .value = errno});
    } else if (leashed) {
      keepers_.insert(made);
    }
    return true;
  }

  [[noreturn]] void become(const LaunchRequest& request, LaunchDescriptors descriptors) {
    ::close(kSocket);
    ::close(signal_fd_);
    switch (request.kind) {
      case LaunchRequest::Kind::kLeashed: run_keeper(request, std::move(descriptors), pid_);
      case LaunchRequest::Kind::kDetached: run_detached(request, descriptors);
      case LaunchRequest::Kind::kHelper: run_second_helper(descriptors.channel.get());
    }
    ::_exit(1);
  }

  // Whoever is our child but no keeper is an orphan whose keeper was killed: its root has ended.
  void reap() {
    for (pid_t pid = 0; (pid = ::waitpid(-1, nullptr, WNOHANG)) > 0;) keepers_.erase(pid);
    for (pid_t pid : direct_children()) {
      if (!keepers_.contains(pid)) ::kill(pid, SIGKILL);
    }
  }

  int signal_fd_;
  pid_t pid_;
  std::set<pid_t> keepers_;
};

}  // namespace

void run_helper(int socket) {
  ::setsid();
  ::prctl(PR_SET_NAME, "mcp-spawner");
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  settle_signals();
  keep_descriptors(socket);
  int signal_fd = open_signal_fd({SIGCHLD});
  if (signal_fd < 0) ::_exit(1);
  Helper helper(signal_fd);
  helper.run();
  helper.dismiss_keepers();
  kill_descendants(signal_fd);
  ::_exit(0);
}

}  // namespace mcp::process
