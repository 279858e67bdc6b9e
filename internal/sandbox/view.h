#pragma once

#include <vector>

#include "internal/sandbox/host.h"
#include "internal/sandbox/jail.h"
#include "internal/sandbox/program.h"
#include "internal/sandbox/written.h"

namespace mcp::sandbox {

inline constexpr std::uint64_t kTemporaryBytes = 256u << 20;

// Programs and libraries of the machine, a handful of its /etc, five device nodes, and what is private: /tmp,
// /dev/shm, /proc, user names.
std::vector<Item> common_view(const Policy& policy, const Host& host, std::uint32_t uid, std::uint32_t gid);

// The paths of a policy, parents before children; a path that stands in read and write is both. Errors:
// kNotFound (one is not there), kDenied (a link leads to one, and a server may have put it there), kInvalid
// (validate_links()).
Result<std::vector<Item>> policy_view(const Policy& policy, const Written& written, bool own);

// The paths that a program is shown for other reasons (program.h), read-only.
std::vector<Item> grant_view(const std::vector<Grant>& grants, bool own);

// Parents before children. What is named by way of a link that is shown too comes to lie where that leads.
void put_in_order(std::vector<Item>& view);

}  // namespace mcp::sandbox
