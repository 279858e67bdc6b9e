#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "internal/bench/histogram.h"
#include "internal/bench/process_tree.h"
#include "internal/bench/request_bytes.h"
#include "internal/bench/target.h"
#include "internal/bench/verdict.h"

namespace mcp::bench {

// Clients that do the same.
struct GroupPlan {
  std::string name = "load";
  Era era = Era::kLegacy;
  int sessions = 1;
  int lanes = 1;    // connections of each, with one call in flight each
  double rate = 0;  // calls a second of them all, on a schedule (open loop); 0: the next when one is answered
  std::string tool = "echo";
  std::string arguments = R"({"message":"hello, world"})";
  std::uint64_t least_bytes = 0;  // a shorter answer is truncated
  // Closed loop, in rounds: no answer is read until all of them have begun, so that the target holds them all
  // at once; the next round begins when all are read. What the kernel takes off its hands is kept small.
  bool together = false;
  std::string extra_fields{};  // beside Plan::extra_fields
};

// One run against one target.
struct Plan {
  Target target;
  bool verify = true;
  std::string extra_fields;  // "Name: value\r\n" each, sent with every request
  bool raw = false;  // the target speaks HTTP but not MCP (a web server as reference): no sessions, and any
                     // 200 is an answer
  double warm_up_seconds = 1;
  double seconds = 3;
  double grace_seconds = 10;  // for answers that are still out when the time is over
  int idle_streams = 0;       // event streams held open meanwhile, of `idle_era`
  Era idle_era = Era::kLegacy;
  std::string counter_file;  // its first 8 bytes are a number that the target counts up (its allocations)
  pid_t pid = 0;             // of the target, for its processes' usage; 0: not looked at
  std::vector<GroupPlan> groups;
};

struct GroupResult {
  std::string name;
  Outcomes outcomes;
  // Nanoseconds from when a call was meant to be sent (open loop; otherwise: when it was) to its answer. Of
  // every call but those never answered, which count as having taken until they were given up.
  Histogram latency;
  Histogram lag;  // open loop: how late a call was sent although a lane was free: the driver's own fault
};

struct RunResult {
  double seconds = 0;  // of the measured window
  Histogram starts;    // of sessions, one at a time: from connecting to the answer of tools/list
  std::vector<GroupResult> groups;
  double driver_cpu_seconds = 0;  // within the window
  int streams_held = 0;           // idle streams that were open at the end
  std::int64_t counted = 0;       // by Plan::counter_file, within the window
  // Of the target, when its pid is known:
  ProcessTree::Cpu cpu;  // used within the window
  Holding own_before;    // when the sessions were there, before any call
  Holding own_after;     // when the load was over
  Holding servers_after;

  std::int64_t calls() const;  // that succeeded
  std::int64_t errors() const;
  // The driver itself was the bottleneck: the figures say little about the target.
  bool driver_was_late() const;
};

}  // namespace mcp::bench
