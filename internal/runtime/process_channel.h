#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "internal/async/loop.h"
#include "internal/process/spawner.h"
#include "internal/runtime/egress.h"
#include "internal/runtime/server_counts.h"
#include "internal/sandbox/plan.h"
#include "internal/transport/channel.h"
#include "internal/transport/stdio_channel.h"

namespace mcp::runtime {

// How long a child may take to leave after its stdin was closed, and again after SIGTERM
// (2026-07-28 stdio, "Shutdown": close stdin, wait, SIGTERM, SIGKILL).
inline constexpr async::Millis kExitGrace{2'000};
inline constexpr async::Millis kTermGrace{2'000};

// A started server: the process, what it may reach, and what is counted of it.
struct ServerProcess {
  std::shared_ptr<process::Child> child;
  std::shared_ptr<Egress> egress;  // null: none
  std::shared_ptr<ServerCounts> counts;
  std::shared_ptr<const sandbox::Evidence> evidence;  // null: no sandbox
};

// A server process as a channel: its stdio carries the messages, its stderr goes to the log, its exit closes
// the channel with the exit status and its last words as the reason, and a hint when it left without having
// said anything. close() walks the shutdown ladder in the
// background.
transport::ChannelPtr make_process_channel(async::Loop& loop, std::string server, ServerProcess process,
                                           transport::StdioLimits limits = {});

// The process behind such a channel; 0 for any other channel, and when the process is gone.
pid_t pid_of(const transport::Channel* channel);
// What that process is shut in, also when it is gone; null for any other channel, and without a sandbox.
std::shared_ptr<const sandbox::Evidence> evidence_of(const transport::Channel* channel);

}  // namespace mcp::runtime
