#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "internal/async/loop.h"
#include "internal/base/error.h"
#include "internal/base/unique_fd.h"
#include "internal/sandbox/jail.h"
#include "internal/sandbox/status.h"

namespace mcp::process {

// What to start. The environment is complete: nothing is inherited.
struct SpawnSpec {
  std::vector<std::string> argv;  // argv[0] is looked up in the PATH of `environment` when it has no slash
  std::map<std::string, std::string> environment;
  std::string directory;  // empty: ours when the helper was forked
  enum class Stderr { kPipe, kInherit, kNull } stderr_mode = Stderr::kPipe;
  // leashed: dies with all its descendants when this process ends, however it ends.
  // detached: outlives it (podman's service, containers).
  bool leashed = true;
  // What it is shut in (sandbox/plan.h); null: nothing. Only for leashed children.
  std::shared_ptr<const sandbox::Jail> jail;
};

// How a child ended.
struct ExitStatus {
  bool signaled = false;
  int code = 0;                                              // exit code, or the signal's number
  sandbox::Word::Limit limit = sandbox::Word::Limit::kNone;  // which of its jail ended it
  // "exit status 3", "killed by SIGKILL", "killed by SIGKILL: it used up its memory"
  std::string text() const;
};

// A running child. Destruction of a leashed one kills it with its process group and its descendants; it
// closes the descriptors that were not taken, and on_exit is not called any more. Destroy it before the loop
// ends.
class Child {
 public:
  virtual ~Child() = default;
  virtual pid_t pid() const = 0;
  // Descriptors of our ends, non-blocking, close-on-exec; each may be taken once (then the taker closes it).
  virtual int take_stdin() = 0;
  virtual int take_stdout() = 0;
  virtual int take_stderr() = 0;
  // The sockets that listen at its jail's listeners, in their order; once.
  virtual std::vector<UniqueFd> take_listeners() = 0;
  // Called once on the loop, also when the child had already ended.
  virtual void on_exit(std::function<void(ExitStatus)> fn) = 0;
  virtual bool running() const = 0;
  // To the child's whole process group.
  virtual void signal(int number) = 0;
};

// Every child of the product is made here (a test greps for other forks). A helper process, forked before any
// thread exists, does the forking; a second one stands by. A helper that dies takes its leashed children
// along (they end as if killed), and a launch that it was about to do fails and may be tried again. The other
// helper takes over at once and makes a new one to stand by. Only when both die before that is done (some
// milliseconds) nobody is left who could fork: every spawn() fails from then on, and lost() says why. Each
// leashed child gets a keeper of its own between the helper and itself, its subreaper: whoever descends from
// the child stays below its keeper, setsid() or not, and lives no longer than the child. The keeper kills
// them all when the child ends, when its Child is destroyed, when we die, however, and when the helper does;
// what a killed keeper leaves, the helper, a subreaper too, kills. A detached child is made by the helper as
// our own child: nobody above it is a subreaper, so it outlives us.
class Spawner {
 public:
  // Forks both. Called first thing in main by the commands that start children; single-threaded then.
  static Result<std::unique_ptr<Spawner>> fork_helpers();
  // Kills the leashed children that are left; they are gone when it returns (or after five seconds).
  ~Spawner();

  // Joins the loop that will own the children. Once, before spawn().
  void attach(async::Loop& loop);

  // Errors: kNotFound (command not in PATH, no such directory), kDenied (not executable), kInvalid (no
  // command, NUL byte, a jail for a detached child), kLimit, kUnavailable (the helper died meanwhile: may be
  // tried again; or both are lost()), kTimeout (30 s: the directory does not answer), kUnsupported (no
  // namespaces here), kIo.
  Task<Result<std::unique_ptr<Child>>> spawn(SpawnSpec spec);
  std::size_t running() const;
  // Why nothing can be started any more, for good; unset: it can.
  const std::optional<Error>& lost() const;
  // The pids of the helpers; first the one that takes launches.
  std::vector<pid_t> helpers() const;

 private:
  Spawner();
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

// HOME, LOGNAME, PATH, SHELL, TERM, USER of `from`, with `extra` laid over: all that a child gets by default.
std::map<std::string, std::string> child_environment(const std::map<std::string, std::string>& from,
                                                     const std::map<std::string, std::string>& extra);

}  // namespace mcp::process
