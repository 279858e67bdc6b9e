#include "internal/sandbox/init.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>

#include "internal/sandbox/clone.h"
#include "internal/sandbox/identity.h"
#include "internal/sandbox/landlock.h"
#include "internal/sandbox/mounts.h"
#include "internal/sandbox/network.h"
#include "internal/sandbox/privileges.h"
#include "internal/sandbox/rlimits.h"
#include "internal/sandbox/seccomp.h"

namespace mcp::sandbox {
namespace {

constexpr int kExitNotStarted = 127;

void send(int status, const Word& word) {
  // Nobody is left to tell when this fails.
  [[maybe_unused]] ssize_t ignored = ::write(status, &word, sizeof word);
}

[[noreturn]] void give_up(int status, Step step, std::int32_t index = -1) {
  Word word;
  word.step = static_cast<std::uint8_t>(step);
  word.value = errno;
  word.index = index;
  send(status, word);
  ::_exit(kExitNotStarted);
}

std::int64_t now_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

class Init {
 public:
  Init(const Jail& jail, const IdmapTable& identities, Wires wires, const Program& program)
      : jail_(jail), identities_(identities), wires_(wires), program_(program) {}

  [[noreturn]] void run() {
    ::setsid();
    wait_for_parent();
    shut_in();
    become_nobody();
    lock();
    start();
    watch();
  }

 private:
  void check(bool done, Step step) {
    if (!done) give_up(wires_.status, step);
  }

  void wait_for_parent() {
    char byte = 0;
    ssize_t got = 0;
    while ((got = ::read(wires_.go, &byte, 1)) < 0 && errno == EINTR) {
    }
    if (got != 1) ::_exit(kExitNotStarted);
  }

  void shut_in() {
    Failure view = enter_view(jail_.view, identities_);
    if (view.failed) give_up(wires_.status, view.step, view.index);
    if (jail_.network == Network::kPrivateLoopback || !jail_.listeners.empty())
      check(raise_loopback(), Step::kLoopback);
    if (!jail_.listeners.empty()) open_ways_out();
    bool named = jail_.hostname.empty() || ::sethostname(jail_.hostname.data(), jail_.hostname.size()) == 0;
    check(named, Step::kHostname);
    check(set_rlimits(jail_.rlimits), Step::kRlimits);
  }

  // Before there is a program: it never holds them.
  void open_ways_out() {
    std::vector<UniqueFd> open = open_listeners(jail_.listeners);
    if (open.size() < jail_.listeners.size())
      give_up(wires_.status, Step::kListeners, static_cast<std::int32_t>(open.size()));
    std::vector<int> numbers;
    for (const UniqueFd& one : open) numbers.push_back(one.get());
    errno = EINVAL;
    check(program_.hand_out != nullptr && program_.hand_out(program_.context, numbers), Step::kListeners);
  }

  // An ordinary user's namespace was made with the clone. Root's comes last: the mounts above stay the
  // machine's, out of reach for every capability inside.
  void become_nobody() {
    if (jail_.root) check(drop_groups(), Step::kIdentity);
    if (jail_.root && wants(CLONE_NEWUSER)) check(::unshare(CLONE_NEWUSER) == 0, Step::kIdentity);
    send(wires_.status, Word{.kind = Word::Kind::kWaits});
    wait_for_parent();
    // Only now: the parent has put us into our control groups, which become the root that we see.
    if (wants(CLONE_NEWCGROUP)) check(::unshare(CLONE_NEWCGROUP) == 0, Step::kClone);
    if (jail_.root) check(become(jail_.uid, jail_.gid), Step::kIdentity);
  }

  bool wants(std::uint64_t space) const { return (jail_.namespaces & space) != 0; }

  void lock() {
    ::prctl(PR_SET_NAME, "mcp-init");
    ::prctl(PR_SET_DUMPABLE, 0);
    check(drop_privileges(), Step::kPrivileges);
    if (jail_.landlock > 0) check(restrict_self(jail_.landlock, jail_), Step::kLandlock);
    // After the last change of credentials, which clears it.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    pollfd parent{wires_.go, 0, 0};
    if (::poll(&parent, 1, 0) > 0) ::_exit(kExitNotStarted);
  }

  void start() {
    int pipe[2];
    check(::pipe2(pipe, O_CLOEXEC) == 0, Step::kFork);
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
    child_ = fork_process();
    check(child_ >= 0, Step::kFork);
    if (child_ == 0) run_program(pipe[1]);
    keep_only(pipe[0]);
    if (!jail_.filter.empty()) check(install_filter(jail_.filter), Step::kSeccomp);
    await_program();
  }

  [[noreturn]] void run_program(int status) {
    ::setsid();
    Word word{.kind = Word::Kind::kProgramFailed};
    auto failed = program_.prepare(program_.context);
    if (!failed && !jail_.filter.empty() && !install_filter(jail_.filter)) give_up(status, Step::kSeccomp);
    word.step = failed ? *failed : program_.execute(program_.context);
    word.value = errno;
    send(status, word);
    ::_exit(kExitNotStarted);
  }

  // The program alone holds its pipe ends: their end of file means something to the other side.
  void keep_only(int program) {
    constexpr int kFirst = 3;
    int status = ::fcntl(wires_.status, F_DUPFD_CLOEXEC, 100);
    int go = ::fcntl(wires_.go, F_DUPFD_CLOEXEC, 100);
    int other = ::fcntl(program, F_DUPFD_CLOEXEC, 100);
    check(status >= 0 && go >= 0 && other >= 0, Step::kFork);
    ::dup2(status, kFirst);
    ::dup2(go, kFirst + 1);
    ::dup2(other, kFirst + 2);
    ::close_range(0, kFirst - 1, 0);
    ::close_range(kFirst + 3, ~0U, 0);
    wires_ = {kFirst, kFirst + 1};
    program_status_ = kFirst + 2;
  }

  void await_program() {
    Word word;
    ssize_t got = 0;
    while ((got = ::read(program_status_, &word, sizeof word)) < 0 && errno == EINTR) {
    }
    ::close(program_status_);
    if (got != 0) {
      send(wires_.status, word);
      ::_exit(kExitNotStarted);
    }
    send(wires_.status, Word{.kind = Word::Kind::kStarted});
  }

  [[noreturn]] void watch() {
    sigset_t all;
    ::sigfillset(&all);
    std::int64_t until = jail_.wall_ms > 0 ? now_ms() + jail_.wall_ms : 0;
    for (;;) {
      int number = next_signal(all, until);
      if (number == SIGCHLD) {
        reap();
      } else if (number > 0) {
        // Not reaped yet, so the number still names its group.
        ::kill(-child_, number);
      } else if (until != 0 && now_ms() >= until) {
        limit_ = Word::Limit::kWall;
        until = 0;
        ::kill(-1, SIGKILL);
      }
    }
  }

  int next_signal(const sigset_t& all, std::int64_t until) {
    if (until == 0) return ::sigwaitinfo(&all, nullptr);
    std::int64_t left = std::max<std::int64_t>(0, until - now_ms());
    timespec patience{left / 1000, (left % 1000) * 1'000'000};
    return ::sigtimedwait(&all, nullptr, &patience);
  }

  void reap() {
    for (;;) {
      siginfo_t info{};
      if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0) return;
      if (info.si_pid == child_) end(info);
    }
  }

  // Our end takes everybody in the namespace along.
  [[noreturn]] void end(const siginfo_t& info) {
    Word word{.kind = Word::Kind::kEnded};
    word.signaled = info.si_code != CLD_EXITED;
    word.value = info.si_status;
    word.limit = limit_;
    send(wires_.status, word);
    ::_exit(word.signaled ? 128 + word.value : word.value);
  }

  const Jail& jail_;
  const IdmapTable& identities_;
  Wires wires_;
  const Program& program_;
  pid_t child_ = 0;
  int program_status_ = -1;
  Word::Limit limit_ = Word::Limit::kNone;
};

}  // namespace

void run_init(const Jail& jail, const IdmapTable& identities, Wires wires, const Program& program) {
  Init init(jail, identities, wires, program);
  init.run();
}

}  // namespace mcp::sandbox
