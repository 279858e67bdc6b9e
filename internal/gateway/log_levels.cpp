#include "internal/gateway/log_levels.h"

#include <algorithm>

namespace mcp::gateway {
namespace {

constexpr std::array<std::string_view, 8> kLevels = {"debug", "info",     "notice", "warning",
                                                     "error", "critical", "alert",  "emergency"};
constexpr std::size_t kInfo = 1;

}  // namespace

void LogLevels::want(const std::string& user, std::string_view level) {
  auto rank = static_cast<std::size_t>(std::find(kLevels.begin(), kLevels.end(), level) - kLevels.begin());
  forget(user);
  if (rank == kLevels.size()) return;
  wanted_[user] = rank;
  ++counts_[rank];
}

bool LogLevels::forget(const std::string& user) {
  auto found = wanted_.find(user);
  if (found == wanted_.end()) return false;
  --counts_[found->second];
  wanted_.erase(found);
  return true;
}

std::string_view LogLevels::loudest(bool unset) const {
  std::size_t rank = 0;
  while (rank + 1 < kLevels.size() && counts_[rank] == 0) ++rank;
  return kLevels[unset ? std::min(rank, kInfo) : rank];
}

}  // namespace mcp::gateway
