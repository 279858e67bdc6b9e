#include "internal/server/log_level.h"

#include <algorithm>
#include <array>

namespace mcp::server {
namespace {

constexpr std::array<std::string_view, 8> kLevels = {"debug", "info",     "notice", "warning",
                                                     "error", "critical", "alert",  "emergency"};

std::size_t rank(std::string_view level) {
  return static_cast<std::size_t>(std::find(kLevels.begin(), kLevels.end(), level) - kLevels.begin());
}

}  // namespace

bool wants_log(const protocol::ClientView& client, std::string_view level) {
  if (client.log_level.empty()) {
    return client.era() == protocol::Era::kLegacy && rank(level) >= rank("info");
  }
  return rank(level) >= rank(client.log_level);
}

}  // namespace mcp::server
