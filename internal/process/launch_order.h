#pragma once

#include <array>

#include "internal/base/error.h"
#include "internal/process/launch_plan.h"
#include "internal/process/wire.h"

namespace mcp::process {

// Both sides of a launch before it is sent: what the child gets, and what stays with us.
struct LaunchOrder {
  LaunchRequest request;
  LaunchDescriptors theirs;
  UniqueFd channel;              // non-blocking
  std::array<UniqueFd, 3> ends;  // non-blocking; the third only for Stderr::kPipe
};

// Errors: those of make_plan(), kLimit (no descriptors left), kIo.
Result<LaunchOrder> make_order(const SpawnSpec& spec);

}  // namespace mcp::process
