#pragma once

#include <cstddef>
#include <cstdint>

namespace mcp::runtime {

// What happened to the instances of one server since this program started. On the loop.
struct ServerCounts {
  // Instances that a limit ended.
  struct Ended {
    std::uint64_t memory = 0, pids = 0, wall = 0, output = 0;
  } ended;
  double output_held_seconds = 0;  // its output was read no faster than allowed
  double stderr_held_seconds = 0;  // the same of its standard error (stderr_log.h)

  // Connections to the hosts of `allow`.
  struct Egress {
    std::uint64_t carried = 0;     // reached their host
    std::uint64_t over_limit = 0;  // refused: too many were open
    std::uint64_t unreached = 0;   // refused: the host was not to be found, or did not answer
    std::uint64_t idle = 0;        // cut: nothing moved
    std::uint64_t bytes_out = 0;   // to the hosts
    std::uint64_t bytes_in = 0;
    std::size_t open = 0;  // at this moment, those on their way included
  } egress;
};

}  // namespace mcp::runtime
