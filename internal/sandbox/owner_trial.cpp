#include "internal/sandbox/owner_trial.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "internal/sandbox/clone.h"
#include "internal/sandbox/identity.h"
#include "internal/sandbox/idmap.h"
#include "internal/sandbox/mount_api.h"

namespace mcp::sandbox {
namespace {

// In a process of its own, as the look at the machine (host.cpp): this one may have threads.
bool try_path(const std::string& path) {
  pid_t child = fork_process();
  if (child == 0) {
    std::vector<Item> view = {{.source = path, .target = path, .own = true}};
    IdmapTable identities = IdmapTable::make(view, outside_user(::getpid()));
    UniqueFd tree(copy_tree(path.c_str()));
    bool done = tree && identities.of(0) >= 0 && set_attributes(tree.get(), kReadOnly, identities.of(0)) == 0;
    ::_exit(done ? 0 : 1);
  }
  if (child < 0) return false;
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

bool OwnerTrials::work(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return false;
  auto known = known_.find(about.st_dev);
  if (known == known_.end()) known = known_.emplace(about.st_dev, try_path(path)).first;
  return known->second;
}

}  // namespace mcp::sandbox
