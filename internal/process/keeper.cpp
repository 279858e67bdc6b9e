#include "internal/process/keeper.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <optional>

#include "internal/process/exec_child.h"
#include "internal/process/reaping.h"
#include "internal/sandbox/cell.h"

namespace mcp::process {
namespace {

[[noreturn]] void give_up(int channel, const Report& report) {
  send_report(channel, report);
  ::_exit(1);
}

[[noreturn]] void give_up(int channel, LaunchStep step) {
  give_up(channel, Report{.step = step, .value = errno});
}

// The child as its keeper sees it: what is waited for, what is told, and the cell around it, if there is one.
struct Ward {
  pid_t child = 0;    // the child itself, or the init of its cell
  pid_t program = 0;  // the child itself
  std::optional<sandbox::Cell> cell;
};

struct Launch {
  const PlanView& plan;
  const LaunchRequest& request;
  const LaunchDescriptors& descriptors;
};

std::optional<std::uint8_t> prepare(void* context) {
  auto& launch = *static_cast<Launch*>(context);
  auto failed = prepare_child(launch.request, launch.descriptors);
  return failed ? std::optional(static_cast<std::uint8_t>(*failed)) : std::nullopt;
}

std::uint8_t execute(void* context) {
  return static_cast<std::uint8_t>(execute_plan(static_cast<Launch*>(context)->plan));
}

bool hand_out(void* context, const std::vector<int>& listeners) {
  int channel = static_cast<Launch*>(context)->descriptors.channel.get();
  errno = send_report(channel, Report{.kind = Report::Kind::kListening}, listeners);
  return errno == 0;
}

Ward launch_in_cell(Launch launch) {
  int channel = launch.descriptors.channel.get();
  sandbox::Jail jail;
  errno = EINVAL;
  if (!sandbox::unpack(launch.plan.jail, jail)) give_up(channel, LaunchStep::kPlan);
  Ward ward;
  ward.cell.emplace();
  sandbox::Word word = ward.cell->start(jail, {&launch, prepare, execute, hand_out});
  if (word.kind == sandbox::Word::Kind::kStarted) {
    ward.child = ward.cell->init();
    ward.program = ward.cell->program();
    return ward;
  }
  bool ours = word.kind == sandbox::Word::Kind::kProgramFailed;
  Report report{.step = ours ? static_cast<LaunchStep>(word.step) : LaunchStep::kSandbox,
                .value = word.value};
  if (!ours) report.sandbox_step = static_cast<sandbox::Step>(word.step);
  report.item = word.index;
  give_up(channel, report);
}

// Returns once the child runs its program. Does not when it cannot.
Ward launch(const LaunchRequest& request, const LaunchDescriptors& descriptors) {
  int channel = descriptors.channel.get();
  PlanView plan;
  if (!load_plan(descriptors.plan.get(), plan)) give_up(channel, LaunchStep::kPlan);
  if (!plan.jail.empty()) return launch_in_cell({plan, request, descriptors});
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
  if (got == 0) return Ward{child, child, std::nullopt};
  ::waitpid(child, nullptr, 0);
  give_up(channel, report);
}

Report exit_report(const siginfo_t& info) {
  return {.kind = Report::Kind::kExited, .signaled = info.si_code != CLD_EXITED, .value = info.si_status};
}

// Init says how the program ended: it can only mirror an exit, not a signal.
Report exit_report(sandbox::Cell& cell) {
  sandbox::Word word = cell.end();
  Report report{.kind = Report::Kind::kExited, .signaled = word.signaled, .value = word.value};
  report.limit = word.limit;
  return report;
}

// Reaps whoever ended. True when the child itself did, which is reported at once.
bool reap(Ward& ward, int channel) {
  pid_t child = ward.child;
  bool ended = false;
  for (;;) {
    siginfo_t info{};
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return ended;
    if (info.si_pid == child) {
      // Before it is reaped: until then the number of its process group cannot be given to another.
      ::kill(-child, SIGKILL);
      send_report(channel, ward.cell ? exit_report(*ward.cell) : exit_report(info));
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

void watch(Ward& ward, int channel, int signal_fd) {
  for (;;) {
    pollfd ready[] = {{channel, POLLIN, 0}, {signal_fd, POLLIN, 0}};
    if (::poll(ready, 2, -1) < 0 && errno != EINTR) return;
    bool helper_died = drain_signals(signal_fd, keeper_stop_signal());
    if (reap(ward, channel) || helper_died) return;
    if (!serve_signals(ward.child, channel)) return;
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
  Ward ward = launch(request, descriptors);
  // The child alone holds its pipe ends: their end of file means something to the other side.
  descriptors.plan.reset();
  descriptors.standard_input.reset();
  descriptors.standard_output.reset();
  descriptors.standard_error.reset();
  send_report(descriptors.channel.get(), Report{.kind = Report::Kind::kStarted, .value = ward.program});
  watch(ward, descriptors.channel.get(), signal_fd);
  kill_descendants(signal_fd);
  if (ward.cell) ward.cell->remove_groups();
  ::_exit(0);
}

}  // namespace mcp::process
