#pragma once

#include <cstdint>

// The mount calls of Linux 5.12, which glibc 2.36 has no or other names for. -1 with errno.
namespace mcp::sandbox {

inline constexpr std::uint64_t kReadOnly = 0x1;
inline constexpr std::uint64_t kNoSetuid = 0x2;
inline constexpr std::uint64_t kNoDevices = 0x4;
inline constexpr std::uint64_t kNoExec = 0x8;
inline constexpr std::uint64_t kIdmap = 0x00100000;

// A detached copy of the tree at `path` without following a symbolic link on the way.
int copy_tree(const char* path);
// To the whole tree behind the descriptor, or at `path` for at = AT_FDCWD. identity: a user namespace, for
// kIdmap.
int set_attributes(int tree, std::uint64_t attributes, int identity = -1);
int make_root_read_only();
// A new file system, detached; options end with a null pair.
struct MountOption {
  const char* name;
  const char* value;  // null: a flag
};
int new_mount(const char* type, const MountOption* options, std::uint64_t attributes);
// Puts what is detached at the place that `target` (O_PATH) stands for.
int attach(int tree, int target);
// `name` in the folder `at`, unless it is a link. flags: those of open().
int open_plain(int at, const char* name, int flags);
// Below `root` as if it were "/": no link leads out. flags: those of open().
int open_inside(int root, const char* path, int flags);

}  // namespace mcp::sandbox
