#include "internal/process/exec_child.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace mcp::process {
namespace {

constexpr int kExitNotStarted = 127;

[[noreturn]] void give_up(int report_fd, LaunchStep step) {
  Report report;
  report.step = step;
  report.value = errno;
  // Nobody is left to tell when this fails.
  [[maybe_unused]] ssize_t ignored = ::write(report_fd, &report, sizeof report);
  ::_exit(kExitNotStarted);
}

bool connect_stdio(const LaunchRequest& request, const LaunchDescriptors& descriptors) {
  if (::dup2(descriptors.standard_input.get(), STDIN_FILENO) < 0) return false;
  if (::dup2(descriptors.standard_output.get(), STDOUT_FILENO) < 0) return false;
  if (request.stderr_mode == SpawnSpec::Stderr::kInherit) return true;
  int target = request.stderr_mode == SpawnSpec::Stderr::kPipe ? descriptors.standard_error.get()
                                                               : ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  return target >= 0 && ::dup2(target, STDERR_FILENO) >= 0;
}

// By the system call itself: the C library keeps 32 and 33 for its threads and refuses to touch them, but
// whoever started us may have left them ignored.
void default_signals() {
  struct {
    unsigned long handler, flags, restorer, mask;
  } action{};  // all zero: SIG_DFL
  for (int number = 1; number < NSIG; ++number) {
    ::syscall(SYS_rt_sigaction, number, &action, nullptr, sizeof action.mask);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// As execvp(): a file that may not be executed is remembered, the search goes on.
LaunchStep try_candidates(const PlanView& plan) {
  bool denied = false;
  for (char* file : plan.candidates) {
    if (file == nullptr) break;
    ::execve(file, plan.argv.data(), plan.environment.data());
    if (errno == ENOENT && ::access(file, F_OK) == 0) {
      errno = ENOENT;
      return LaunchStep::kInterpreter;
    }
    if (errno == EACCES) denied = true;
    if (errno != EACCES && errno != ENOENT && errno != ENOTDIR) return LaunchStep::kExec;
  }
  errno = denied ? EACCES : ENOENT;
  return LaunchStep::kExec;
}

}  // namespace

bool load_plan(int memfd, PlanView& view) {
  struct stat about {};
  if (::fstat(memfd, &about) != 0) return false;
  auto size = static_cast<std::size_t>(about.st_size);
  void* data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, memfd, 0);
  if (data == MAP_FAILED) return false;
  if (view_plan(static_cast<char*>(data), size, view)) return true;
  errno = EINVAL;
  return false;
}

std::optional<LaunchStep> prepare_child(const LaunchRequest& request, const LaunchDescriptors& descriptors) {
  if (!connect_stdio(request, descriptors)) return LaunchStep::kDescriptors;
  ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  return std::nullopt;
}

LaunchStep execute_plan(const PlanView& plan) {
  if (plan.directory[0] != '\0' && ::chdir(plan.directory) != 0) return LaunchStep::kDirectory;
  default_signals();
  return try_candidates(plan);
}

void exec_child(const PlanView& plan, const LaunchRequest& request, const LaunchDescriptors& descriptors,
                int report_fd, pid_t leash) {
  ::setsid();
  if (leash != 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != leash) ::_exit(kExitNotStarted);
  }
  if (auto failed = prepare_child(request, descriptors)) give_up(report_fd, *failed);
  LaunchStep failed = execute_plan(plan);
  give_up(report_fd, failed);
}

}  // namespace mcp::process
