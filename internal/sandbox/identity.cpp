#include "internal/sandbox/identity.h"

#include <fcntl.h>
#include <grp.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "internal/base/unique_fd.h"

namespace mcp::sandbox {
namespace {

constexpr uid_t kFirstOutside = 0x7000'0000;

bool put(const std::string& path, const std::string& text) {
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

std::string line(IdPair pair) {
  return std::to_string(pair.inside) + " " + std::to_string(pair.outside) + " 1\n";
}

}  // namespace

uid_t outside_user(pid_t keeper) { return kFirstOutside + static_cast<uid_t>(keeper); }

bool write_maps(pid_t pid, IdPair user, IdPair group) {
  std::string folder = "/proc/" + std::to_string(pid) + "/";
  // Without privileges a group may be mapped only when setgroups() is given up (user_namespaces(7)).
  if (!put(folder + "setgroups", "deny")) return false;
  return put(folder + "uid_map", line(user)) && put(folder + "gid_map", line(group));
}

bool drop_groups() { return ::setgroups(0, nullptr) == 0; }

bool become(std::uint32_t uid, std::uint32_t gid) {
  return ::setresgid(gid, gid, gid) == 0 && ::setresuid(uid, uid, uid) == 0;
}

}  // namespace mcp::sandbox
