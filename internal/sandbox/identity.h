#pragma once

#include <sys/types.h>

#include <cstdint>

namespace mcp::sandbox {

// Whom a root gateway's programs are outside: one user for each, which nobody else is (the range that
// systemd's UIDS-GIDS leaves free) and which owns nothing. `keeper`: a pid, unique while it lives (at most
// 2^22).
uid_t outside_user(pid_t keeper);

struct IdPair {
  std::uint32_t inside = 0;
  std::uint32_t outside = 0;
};
// One user and one group, in the new user namespace of `pid`. False with errno.
bool write_maps(pid_t pid, IdPair user, IdPair group);

// As root, before its user namespace: no groups beside the primary one. False with errno, also below.
bool drop_groups();
// In it: becomes that user and group.
bool become(std::uint32_t uid, std::uint32_t gid);

}  // namespace mcp::sandbox
