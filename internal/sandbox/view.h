#pragma once

#include <vector>

#include "internal/sandbox/host.h"
#include "internal/sandbox/jail.h"
#include "internal/sandbox/program.h"

namespace mcp::sandbox {

inline constexpr std::uint64_t kTemporaryBytes = 256u << 20;

// Programs and libraries of the machine, a handful of its /etc, five device nodes, and what is private: /tmp,
// /dev/shm, /proc, user names.
std::vector<Item> common_view(const Policy& policy, const Host& host, std::uint32_t uid, std::uint32_t gid);

// The paths of a policy, parents before children; a path that stands in read and write is both.
std::vector<Item> policy_view(const Policy& policy, bool own);

// The paths that a program is shown for other reasons (program.h), read-only.
std::vector<Item> grant_view(const std::vector<Grant>& grants, bool own);

}  // namespace mcp::sandbox
