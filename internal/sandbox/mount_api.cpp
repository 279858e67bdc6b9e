#include "internal/sandbox/mount_api.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal/base/unique_fd.h"

namespace mcp::sandbox {
namespace {

// linux/mount.h and sys/mount.h cannot be included together.
constexpr unsigned kTreeClone = 1;
constexpr unsigned kTreeCloseOnExec = O_CLOEXEC;
constexpr unsigned kConfigFlag = 0;
constexpr unsigned kConfigString = 1;
constexpr unsigned kConfigCreate = 6;
constexpr unsigned kMoveFromEmpty = 0x4;
constexpr unsigned kMoveToEmpty = 0x40;

struct Attributes {
  std::uint64_t set = 0;
  std::uint64_t clear = 0;
  std::uint64_t propagation = 0;
  std::uint64_t user_namespace = 0;
};

int set_at(int at, const char* path, unsigned flags, Attributes attributes) {
  return static_cast<int>(::syscall(SYS_mount_setattr, at, path, flags, &attributes, sizeof attributes));
}

int configure(int context, unsigned command, const char* name, const char* value) {
  return static_cast<int>(::syscall(SYS_fsconfig, context, command, name, value, 0));
}

int open_with(int at, const char* path, std::uint64_t flags, std::uint64_t resolve) {
  ::open_how how{};
  how.flags = flags;
  how.resolve = resolve;
  return static_cast<int>(::syscall(SYS_openat2, at, path, &how, sizeof how));
}

}  // namespace

int copy_tree(const char* path) {
  UniqueFd source(open_with(AT_FDCWD, path, O_PATH | O_CLOEXEC, RESOLVE_NO_SYMLINKS));
  if (!source) return -1;
  unsigned flags = kTreeClone | kTreeCloseOnExec | AT_RECURSIVE | AT_EMPTY_PATH;
  return static_cast<int>(::syscall(SYS_open_tree, source.get(), "", flags));
}

int set_attributes(int tree, std::uint64_t attributes, int identity) {
  Attributes wanted;
  wanted.set = attributes;
  if (identity >= 0) {
    wanted.set |= kIdmap;
    wanted.user_namespace = static_cast<std::uint64_t>(identity);
  }
  return set_at(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, wanted);
}

int make_root_read_only() {
  Attributes wanted;
  wanted.set = kReadOnly | kNoSetuid | kNoDevices;
  return set_at(AT_FDCWD, "/", 0, wanted);
}

int new_mount(const char* type, const MountOption* options, std::uint64_t attributes) {
  UniqueFd context(static_cast<int>(::syscall(SYS_fsopen, type, 1 /* close on exec */)));
  if (!context) return -1;
  for (; options->name != nullptr; ++options) {
    unsigned command = options->value == nullptr ? kConfigFlag : kConfigString;
    if (configure(context.get(), command, options->name, options->value) != 0) return -1;
  }
  if (configure(context.get(), kConfigCreate, nullptr, nullptr) != 0) return -1;
  return static_cast<int>(::syscall(SYS_fsmount, context.get(), 1 /* close on exec */, attributes));
}

int attach(int tree, int target) {
  return static_cast<int>(::syscall(SYS_move_mount, tree, "", target, "", kMoveFromEmpty | kMoveToEmpty));
}

int open_plain(int at, const char* name, int flags) {
  return open_with(at, name, static_cast<std::uint64_t>(flags | O_CLOEXEC),
                   RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

int open_inside(int root, const char* path, int flags) {
  while (*path == '/') ++path;
  if (*path == '\0') path = ".";
  return open_with(root, path, static_cast<std::uint64_t>(flags | O_CLOEXEC),
                   RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

}  // namespace mcp::sandbox
