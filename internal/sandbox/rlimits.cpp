#include "internal/sandbox/rlimits.h"

#include <sys/resource.h>

#include <algorithm>

namespace mcp::sandbox {
namespace {

constexpr std::uint64_t kMegabyte = 1u << 20;
constexpr std::uint64_t kLargestFile = 4096 * kMegabyte;

}  // namespace

std::vector<Rlimit> rlimits_for(const Limits& limits, bool counted_by_user) {
  std::uint64_t files = limits.files == 0 ? kDefaultFiles : limits.files;
  std::vector<Rlimit> out = {
      {RLIMIT_CORE, 0, 0},  // a core file holds secrets
      {RLIMIT_NOFILE, files, files},
      {RLIMIT_FSIZE, kLargestFile, kLargestFile},
      {RLIMIT_STACK, 8 * kMegabyte, 64 * kMegabyte},
      {RLIMIT_MEMLOCK, 8 * kMegabyte, 8 * kMegabyte},
      {RLIMIT_MSGQUEUE, 0, 0},  // Landlock refuses POSIX queues anyway: no path leads to them
  };
  if (counted_by_user) {
    std::uint64_t pids = limits.pids == 0 ? kDefaultPids : limits.pids;
    out.push_back({RLIMIT_NPROC, pids, pids});
  }
  return out;
}

bool set_rlimits(const std::vector<Rlimit>& limits) {
  for (const Rlimit& limit : limits) {
    auto resource = static_cast<__rlimit_resource>(limit.resource);
    rlimit now{};
    if (::getrlimit(resource, &now) != 0) return false;
    now.rlim_max = std::min<rlim_t>(now.rlim_max, limit.hard);
    now.rlim_cur = std::min<rlim_t>(now.rlim_max, limit.soft);
    if (::setrlimit(resource, &now) != 0) return false;
  }
  return true;
}

}  // namespace mcp::sandbox
