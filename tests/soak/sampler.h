#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mcp::soak {

// The processes that carry a HOME of their own, as a gateway hands it down: the gateway, what it made of
// itself (helper, keepers), and its servers. A look at /proc.
struct Household {
  struct Member {
    pid_t pid = 0;
    std::string command;      // its words, separated by blanks
    std::string environment;  // NAME=VALUE, separated by NUL
  };
  std::vector<Member> members;

  static Household of(const std::string& home);
  // Those whose command has this word.
  std::vector<Member> with(std::string_view word) const;
};

// What the gateway's own processes hold.
struct Holdings {
  std::size_t processes = 0;    // all of the household, servers too
  std::size_t descriptors = 0;  // of gateway, helper and keepers, connections to `upstream_port` not counted
  std::size_t upstream = 0;     // those: kept alive for a while by the pool

  bool same_as(const Holdings& other) const {
    return processes == other.processes && descriptors == other.descriptors;
  }
  std::string text() const;
};
Holdings holdings_of(const std::string& home, std::string_view own_word, int upstream_port);

// Proportional set size in bytes; nullopt when the process is gone.
std::optional<std::int64_t> memory_of(pid_t pid);

// Memory over calls.
class MemoryCurve {
 public:
  void add(std::int64_t calls, std::int64_t bytes) { points_.push_back({calls, bytes}); }
  std::size_t size() const { return points_.size(); }
  std::int64_t first() const { return points_.empty() ? 0 : points_.front().bytes; }
  std::int64_t last() const { return points_.empty() ? 0 : points_.back().bytes; }
  std::int64_t most() const;
  // Bytes that 100 k calls cost, by least squares over the points from `warm_up` (0 to 1) of the calls on.
  double slope(double warm_up) const;

 private:
  struct Point {
    std::int64_t calls;
    std::int64_t bytes;
  };
  std::vector<Point> points_;
};

}  // namespace mcp::soak
