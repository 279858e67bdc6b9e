#include "internal/sandbox/idmap.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <utility>

#include "internal/sandbox/clone.h"
#include "internal/sandbox/identity.h"

namespace mcp::sandbox {
namespace {

// A namespace lives in a process until somebody holds a descriptor of it.
UniqueFd namespace_for(uid_t owner, gid_t group, uid_t outside) {
  pid_t holder = clone_process(CLONE_NEWUSER);
  if (holder == 0) {
    for (;;) ::pause();
  }
  if (holder < 0) return {};
  UniqueFd found;
  if (write_maps(holder, {owner, outside}, {group, outside})) {
    std::string path = "/proc/" + std::to_string(holder) + "/ns/user";
    found.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  }
  ::kill(holder, SIGKILL);
  ::waitpid(holder, nullptr, 0);
  return found;
}

}  // namespace

IdmapTable IdmapTable::make(const std::vector<Item>& view, uid_t outside) {
  IdmapTable table;
  std::map<std::pair<uid_t, gid_t>, int> known;
  for (std::size_t i = 0; i < view.size(); ++i) {
    struct stat about {};
    if (!view[i].own || ::stat(view[i].source.c_str(), &about) != 0) continue;
    auto [entry, fresh] = known.try_emplace({about.st_uid, about.st_gid}, -1);
    if (fresh) {
      UniqueFd made = namespace_for(about.st_uid, about.st_gid, outside);
      entry->second = made.get();
      table.owned_.push_back(std::move(made));
    }
    table.items_[i] = entry->second;
  }
  return table;
}

int IdmapTable::of(std::size_t index) const {
  auto found = items_.find(index);
  return found == items_.end() ? -1 : found->second;
}

}  // namespace mcp::sandbox
