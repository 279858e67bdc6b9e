#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "internal/sandbox/host.h"
#include "internal/sandbox/jail.h"

namespace mcp::sandbox {

// What is started, as far as the view depends on it.
struct Command {
  std::string file;       // argv[0]
  std::string path;       // PATH, where it is looked for
  std::string directory;  // where it is started; empty: /tmp
  std::string home;       // of the gateway's user: never shown as a whole on behalf of a command
};

inline constexpr std::uint64_t kTemporaryBytes = 256u << 20;

// Programs and libraries of the machine, a handful of its /etc, five device nodes, and what is private: /tmp,
// /dev/shm, /proc, user names.
std::vector<Item> common_view(const Policy& policy, const Host& host, std::uint32_t uid, std::uint32_t gid);

// The paths of a policy, parents before children; a path that stands in read and write is both.
std::vector<Item> policy_view(const Policy& policy, bool own);

// Where the command and its interpreter's libraries lie, when common_view() does not show it: the directories
// of the file and of what it links to, for PREFIX/bin the lib, share and pyvenv.cfg beside it, for
// PREFIX/shims all of PREFIX. And `directory`.
std::vector<Item> command_view(const Command& command, bool own);

// The first executable file that the command means; empty: none.
std::string find_command(const Command& command);

}  // namespace mcp::sandbox
