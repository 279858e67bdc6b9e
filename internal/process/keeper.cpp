#include "internal/process/keeper.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "internal/process/exec_child.h"
#include "internal/process/reaping.h"

namespace mcp::process {
namespace {

[[noreturn]] void give_up(int channel, const Report& report) {
  send_report(channel, report);
  ::_exit(1);
}

[[noreturn]] void give_up(int channel, LaunchStep step) {
  give_up(channel, Report{Report::Kind::kFailed, step, false, errno});
}

// The child's pid once it runs its program. Does not return when it cannot.
pid_t launch(const LaunchRequest& request, const LaunchDescriptors& descriptors) {
  int channel = descriptors.channel.get();
  PlanView plan;
  if (!load_plan(descriptors.plan.get(), plan)) give_up(channel, LaunchStep::kPlan);
  int status[2];
  if (::pipe2(status, O_CLOEXEC) != 0) give_up(channel, LaunchStep::kDescriptors);
  pid_t keeper = ::getpid();
  pid_t child = ::fork();
  if (child < 0) give_up(channel, LaunchStep::kFork);
  if (child == 0) exec_child(plan, request, descriptors, status[1], keeper);
  ::close(status[1]);
  Report report;
  ssize_t got = 0;
  while ((got = ::read(status[0], &report, sizeof report)) < 0 && errno == EINTR) {
  }
  if (got == 0) return child;
  ::waitpid(child, nullptr, 0);
  give_up(channel, report);
}

// Reaps whoever ended. True when the child itself did, which is reported at once.
bool reap(pid_t child, int channel) {
  bool ended = false;
  for (;;) {
    siginfo_t info{};
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return ended;
    if (info.si_pid == child) {
      // Before it is reaped: until then the number of its process group cannot be given to another.
      ::kill(-child, SIGKILL);
      send_report(channel, Report{Report::Kind::kExited, {}, info.si_code != CLD_EXITED, info.si_status});
      ended = true;
    }
    ::waitpid(info.si_pid, nullptr, 0);
  }
}

// False when the channel is closed.
bool serve_signals(pid_t child, int channel) {
  for (;;) {
    SignalRequest request;
    switch (receive_signal(channel, request)) {
      case Received::kMessage: ::kill(-child, request.number); break;
      case Received::kNothing: return true;
      case Received::kEnd: return false;
    }
  }
}

void watch(pid_t child, int channel, int signal_fd) {
  for (;;) {
    pollfd ready[] = {{channel, POLLIN, 0}, {signal_fd, POLLIN, 0}};
    if (::poll(ready, 2, -1) < 0 && errno != EINTR) return;
    bool helper_died = drain_signals(signal_fd, keeper_stop_signal());
    if (reap(child, channel) || helper_died) return;
    if (!serve_signals(child, channel)) return;
  }
}

}  // namespace

int keeper_stop_signal() { return SIGUSR2; }

void run_keeper(const LaunchRequest& request, LaunchDescriptors descriptors, pid_t helper) {
  int signal_fd = open_signal_fd({SIGCHLD, keeper_stop_signal()});
  if (signal_fd < 0) give_up(descriptors.channel.get(), LaunchStep::kDescriptors);
  ::prctl(PR_SET_NAME, "mcp-keeper");
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::prctl(PR_SET_PDEATHSIG, keeper_stop_signal());
  if (::getppid() != helper) ::_exit(1);
  pid_t child = launch(request, descriptors);
  // The child alone holds its pipe ends: their end of file means something to the other side.
  descriptors.plan.reset();
  descriptors.standard_input.reset();
  descriptors.standard_output.reset();
  descriptors.standard_error.reset();
  send_report(descriptors.channel.get(), Report{Report::Kind::kStarted, {}, false, child});
  watch(child, descriptors.channel.get(), signal_fd);
  kill_descendants(signal_fd);
  ::_exit(0);
}

}  // namespace mcp::process
