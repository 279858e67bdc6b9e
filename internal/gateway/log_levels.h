#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>

namespace mcp::gateway {

// What the users of one link want to hear of its server's log: sessions that set a level, running calls that
// name one. The server is told the most talkative of them; each user hears only its own.
class LogLevels {
 public:
  // Replaces what this user wanted before.
  void want(const std::string& user, std::string_view level);
  // True: it had wanted something.
  bool forget(const std::string& user);
  bool empty() const { return wanted_.empty(); }

  // The level that serves them all. `unset`: there are users who set none, which means "info" (server::
  // wants_log). Without any user "emergency": nobody listens.
  std::string_view loudest(bool unset) const;

 private:
  std::map<std::string, std::size_t> wanted_;  // rank by user
  std::array<std::size_t, 8> counts_{};        // users by rank
};

}  // namespace mcp::gateway
