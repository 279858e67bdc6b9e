#include "cmd/mcp/state_lock.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal/base/log.h"
#include "internal/base/strings.h"

namespace mcp::cmd {
namespace {

// Whatever the system says of it: the place was configured.
Error unusable(Error why) {
  why.code = ErrorCode::kConfig;
  return std::move(why).wrap("state directory").with_hint("choose another place with --state-dir");
}

}  // namespace

std::string strangers_who_write(const std::string& directory) {
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0) return {};
  if ((status.st_mode & S_IWOTH) != 0) return "everyone";
  return (status.st_mode & S_IWGRP) != 0 ? "its group" : "";
}

Result<StateLock> StateLock::acquire(Env& env, const std::string& directory) {
  if (directory.empty()) return StateLock(-1);
  auto made = env.make_directories(directory);
  if (!made) return fail(unusable(std::move(made.error())));
  // Not made private here: it may be /tmp.
  if (auto who = strangers_who_write(directory); !who.empty()) {
    log::warn("the state directory can be written by " + who,
              {{"directory", directory}, {"hint", "chmod 700 it, or choose another --state-dir"}});
  }
  std::string path = directory + "/gateway.lock";
  int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return fail(unusable(os_error("open " + path, errno)));
  StateLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) return fail(os_error("lock " + path, errno));
  auto holder = env.read_file(path, 4096);
  std::string who = holder ? std::string(trim(*holder)) : std::string();
  return fail(ErrorCode::kExists,
              "another gateway" + (who.empty() ? std::string() : " (" + who + ")") +
                  " uses the state directory " + directory,
              "stop it, or give this one its own --state-dir");
}

StateLock::~StateLock() {
  if (fd_ >= 0) ::close(fd_);
}

void StateLock::describe(const std::string& text) const {
  if (::ftruncate(fd_, 0) != 0) return;
  ssize_t ignored = ::pwrite(fd_, text.data(), text.size(), 0);
  (void)ignored;
}

}  // namespace mcp::cmd
