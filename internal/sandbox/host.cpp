#include "internal/sandbox/host.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "internal/sandbox/cell.h"
#include "internal/sandbox/clone.h"
#include "internal/sandbox/landlock.h"
#include "internal/sandbox/machine.h"
#include "internal/sandbox/plan.h"
#include "internal/sandbox/seccomp.h"

namespace mcp::sandbox {
namespace {

std::optional<std::uint8_t> ready(void*) { return std::nullopt; }
std::uint8_t leave(void*) { ::_exit(0); }
std::uint8_t fork_once(void*) {
  pid_t child = fork_process();
  if (child < 0) return 0;
  if (child > 0) ::waitpid(child, nullptr, 0);
  ::_exit(0);
}

// A jail with next to nothing in it.
Jail trial_jail(bool as_root, bool proc) {
  Jail jail;
  jail.root = as_root;
  jail.uid = as_root ? 1000 : ::geteuid();
  jail.gid = as_root ? 1000 : ::getegid();
  jail.namespaces = namespaces_for(Network::kNone);
  jail.hostname = "trial";
  jail.view.push_back({.kind = Item::Kind::kDirectory, .source = {}, .target = "/empty"});
  if (proc) jail.view.push_back({.kind = Item::Kind::kProc, .source = {}, .target = "/proc"});
  return jail;
}

// In a process of its own: this one may have threads, and a clone copies locks that they hold.
Word try_jail(const Jail& jail, std::uint8_t (*program)(void*) = leave) {
  Word word;
  word.step = static_cast<std::uint8_t>(Step::kClone);
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) {
    word.value = errno;
    return word;
  }
  pid_t child = fork_process();
  if (child == 0) {
    ::signal(SIGPIPE, SIG_IGN);
    Cell cell;
    Word got = cell.start(jail, {nullptr, ready, program});
    [[maybe_unused]] ssize_t ignored = ::write(pipe[1], &got, sizeof got);
    ::_exit(0);
  }
  ::close(pipe[1]);
  ssize_t got = 0;
  while (child > 0 && (got = ::read(pipe[0], &word, sizeof word)) < 0 && errno == EINTR) {
  }
  if (child < 0) word.value = errno;
  ::close(pipe[0]);
  if (child > 0) {
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  return word;
}

bool started(const Word& word) { return word.kind == Word::Kind::kStarted; }
std::string text(const Word& word) {
  return step_error(static_cast<Step>(word.step), word.value, "").message.substr(sizeof "sandbox: " - 1);
}

// Three processes in the jail: its init, the program and its child. Counted together with those outside they
// would be more, whoever we are.
bool counts_by_namespace() {
  auto may_have = [](std::uint64_t processes) {
    Jail jail = trial_jail(false, false);
    jail.rlimits.push_back({RLIMIT_NPROC, processes, processes});
    return started(try_jail(jail, fork_once));
  };
  return may_have(3) && !may_have(2);
}

}  // namespace

Host look_at_host() {
  Host host;
  host.uid = ::geteuid();
  host.gid = ::getegid();
  host.as_root = host.uid == 0;
  Word tried = try_jail(trial_jail(host.as_root, true));
  if (!started(tried) && host.as_root) {
    // Root of a container without the rights that root has elsewhere.
    host.as_root = false;
    tried = try_jail(trial_jail(false, true));
  }
  host.proc = started(tried);
  if (!host.proc && static_cast<Step>(tried.step) == Step::kProc) {
    host.proc_error = text(tried);
    tried = try_jail(trial_jail(host.as_root, false));
  }
  host.namespaces = started(tried);
  if (!host.namespaces) host.namespaces_error = text(tried);
  host.counts_by_user = host.as_root || (host.namespaces && counts_by_namespace());
  host.landlock = landlock_abi();
  host.seccomp = seccomp_available();
  host.cgroups = try_cgroups();
  host.open_files = look_at_machine().open_files;
  return host;
}

}  // namespace mcp::sandbox
