#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <utility>

namespace mcp::transport {

// How many places of a pool are taken, in all and by each client. A client that has none leaves nothing
// behind, so that there may be as many of them as like over time.
class Shares {
 public:
  using Share = std::pair<const std::string, std::size_t>;

  // A place for `who`, owed to give_back(); null: it has as many as it may, which is `most`.
  Share* take(const std::string& who, std::size_t most) {
    auto share = of_.try_emplace(who, 0).first;
    if (share->second >= most) {
      if (share->second == 0) of_.erase(share);
      return nullptr;
    }
    ++share->second;
    ++taken_;
    return &*share;
  }
  void give_back(Share* share) {
    --taken_;
    if (--share->second == 0) of_.erase(of_.find(share->first));
  }
  std::size_t taken() const { return taken_; }
  std::size_t clients() const { return of_.size(); }

 private:
  std::unordered_map<std::string, std::size_t> of_;
  std::size_t taken_ = 0;
};

}  // namespace mcp::transport
