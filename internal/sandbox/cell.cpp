#include "internal/sandbox/cell.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <string>

#include "internal/sandbox/clone.h"
#include "internal/sandbox/identity.h"

namespace mcp::sandbox {
namespace {

Word failed(Step step) {
  Word word;
  word.step = static_cast<std::uint8_t>(step);
  word.value = errno;
  return word;
}

bool make_pipe(UniqueFd& read_end, UniqueFd& write_end) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return false;
  read_end.reset(ends[0]);
  write_end.reset(ends[1]);
  return true;
}

ssize_t receive(int status, Word& word) {
  ssize_t got = 0;
  while ((got = ::read(status, &word, sizeof word)) < 0 && errno == EINTR) {
  }
  return got;
}

// Init enters these itself (become_nobody).
std::uint64_t later_namespaces(const Jail& jail) { return CLONE_NEWCGROUP | (jail.root ? CLONE_NEWUSER : 0); }

}  // namespace

Word Cell::start(const Jail& jail, const Program& program) {
  UniqueFd their_status, their_go;
  if (!make_pipe(status_, their_status) || !make_pipe(their_go, go_)) return failed(Step::kClone);
  IdmapTable identities;
  if (jail.root) identities = IdmapTable::make(jail.view, outside_user(::getpid()));
  init_ = clone_process(jail.namespaces & ~later_namespaces(jail));
  if (init_ < 0) return failed(Step::kClone);
  if (init_ == 0) {
    status_.reset();
    go_.reset();
    run_init(jail, identities, {their_status.get(), their_go.get()}, program);
  }
  their_status.reset();
  their_go.reset();
  if (!jail.root && !write_own_maps(jail)) return abandon(failed(Step::kMaps));
  if (!release()) return abandon(failed(Step::kClone));
  // It builds its view meanwhile: to be moved into a group takes the kernel a while.
  if (!groups_.join(jail.groups, init_)) return abandon(failed(Step::kGroups));
  return listen(jail);
}

bool Cell::release() { return ::write(go_.get(), "", 1) == 1; }

bool Cell::write_own_maps(const Jail& jail) {
  if (jail.root) {
    uid_t outside = outside_user(::getpid());
    return write_maps(init_, {jail.uid, outside}, {jail.gid, outside});
  }
  return write_maps(init_, {jail.uid, ::geteuid()}, {jail.gid, ::getegid()});
}

Word Cell::listen(const Jail& jail) {
  for (;;) {
    Word word;
    if (receive(status_.get(), word) != static_cast<ssize_t>(sizeof word)) {
      errno = ECHILD;  // killed in the middle: by its control group, or by whoever may
      return abandon(failed(Step::kClone));
    }
    if (word.kind == Word::Kind::kStarted) {
      word.value = init_;
      ::fcntl(status_.get(), F_SETFL, O_NONBLOCK);
      return word;
    }
    if (word.kind != Word::Kind::kWaits) return abandon(word);
    bool maps = jail.root && (jail.namespaces & CLONE_NEWUSER) != 0;
    if (maps && !write_own_maps(jail)) return abandon(failed(Step::kMaps));
    if (!release()) return abandon(failed(Step::kMaps));
  }
}

Word Cell::abandon(Word why) {
  ::kill(init_, SIGKILL);
  ::waitpid(init_, nullptr, 0);
  groups_.remove();
  return why;
}

pid_t Cell::program() const {
  std::string pid = std::to_string(init_);
  UniqueFd file(::open(("/proc/" + pid + "/task/" + pid + "/children").c_str(), O_RDONLY | O_CLOEXEC));
  char text[32] = {};
  pid_t found = 0;
  if (file && ::read(file.get(), text, sizeof text - 1) > 0)
    std::from_chars(text, text + sizeof text - 1, found);
  return found > 0 ? found : init_;
}

Word Cell::end() {
  Word word;
  bool told = receive(status_.get(), word) == static_cast<ssize_t>(sizeof word);
  if (!told || word.kind != Word::Kind::kEnded) {
    word = Word{.kind = Word::Kind::kEnded};
    word.signaled = true;
    word.value = SIGKILL;
  }
  bool badly = word.signaled || word.value != 0;
  if (badly && word.limit == Word::Limit::kNone) word.limit = groups_.met();
  return word;
}

}  // namespace mcp::sandbox
