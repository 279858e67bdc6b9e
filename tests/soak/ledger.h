#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "internal/protocol/exchange.h"

namespace mcp::soak {

// Every call has a nonce of its own; the ledger says what became of each. Pure bookkeeping.
class Ledger {
 public:
  struct Totals {
    std::int64_t issued = 0;
    std::int64_t answered = 0;   // with its own nonce
    std::int64_t refused = 0;    // one clean error: from the gateway, naming the server that was called
    std::int64_t abandoned = 0;  // whose client left on purpose
    // None of these may be.
    std::int64_t lost = 0;      // no answer at all, or the connection broke
    std::int64_t doubled = 0;   // a second answer
    std::int64_t foreign = 0;   // somebody else's answer
    std::int64_t nameless = 0;  // an error that does not say which server failed

    bool sound() const { return lost == 0 && doubled == 0 && foreign == 0 && nameless == 0; }
  };

  // A fresh nonce for a call of this server.
  std::string issue(std::string_view server);
  // A response was seen on the wire: every nonce in it counts, whoever it was for.
  void seen(std::string_view response);
  // How the caller's call ended.
  void settle(std::string_view nonce, std::string_view server, const protocol::Outcome& outcome);
  void abandon(std::string_view nonce);

  // Calls that are neither settled nor abandoned count as lost.
  Totals totals() const;
  std::int64_t open() const { return open_; }
  // How often calls were refused or lost with which words (numbers are replaced by #).
  const std::map<std::string, std::int64_t>& words() const { return words_; }

 private:
  struct Entry {
    std::uint8_t seen = 0;
    bool settled = false;
  };

  std::optional<std::size_t> number_of(std::string_view nonce) const;
  bool close(std::string_view nonce);
  void note(std::string text);

  std::vector<Entry> entries_;
  Totals totals_;
  std::int64_t open_ = 0;
  std::map<std::string, std::int64_t> words_;
};

// The text of a tool's result with one text block; empty for anything else.
std::string text_of(std::string_view result);

}  // namespace mcp::soak
