#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <vector>

#include "internal/base/unique_fd.h"
#include "internal/process/spawner.h"

// What passes between us, the helper and the keepers: fixed structures of one binary, descriptors by
// SCM_RIGHTS.
namespace mcp::process {

// To the helper, with the descriptors in the order of LaunchDescriptors.
struct LaunchRequest {
  // kHelper: a brother of the helper itself; only `channel` comes along, and is the socket that it serves.
  enum class Kind : std::uint8_t { kLeashed, kDetached, kHelper };
  Kind kind = Kind::kLeashed;
  SpawnSpec::Stderr stderr_mode = SpawnSpec::Stderr::kPipe;
};

// The child's ends. `channel` carries Reports to us and SignalRequests to the keeper.
struct LaunchDescriptors {
  UniqueFd channel;
  UniqueFd plan;  // a memfd with the packed plan: arguments may be larger than a packet
  UniqueFd standard_input;
  UniqueFd standard_output;
  UniqueFd standard_error;  // only for Stderr::kPipe
};

// Where a launch failed.
enum class LaunchStep : std::uint8_t {
  kFork,
  kPlan,
  kDescriptors,
  kDirectory,
  kInterpreter,
  kExec,
  kSandbox
};

struct Report {
  enum class Kind : std::uint8_t {
    kListening,  // comes with the jail's listeners, before kStarted
    kStarted,
    kFailed,
    kExited
  };
  Kind kind = Kind::kFailed;
  LaunchStep step = LaunchStep::kFork;
  bool signaled = false;
  std::int32_t value = 0;  // pid, errno, or exit code / signal
  // kSandbox: which step, and which item of the view, or listener.
  sandbox::Step sandbox_step = sandbox::Step::kClone;
  std::int32_t item = -1;
  sandbox::Word::Limit limit = sandbox::Word::Limit::kNone;  // kExited
};

struct SignalRequest {
  std::int32_t number = 0;
};

// 0 or errno.
int send_launch(int socket, const LaunchRequest& request, const LaunchDescriptors& descriptors);
int send_report(int channel, const Report& report, const std::vector<int>& descriptors = {});

enum class Received { kMessage, kNothing, kEnd };
// kNothing: the socket is non-blocking and empty, or the message was not one of ours.
Received receive_launch(int socket, LaunchRequest& request, LaunchDescriptors& descriptors);
Received receive_report(int channel, Report& report);
// With what came along; at most sandbox::kMaxAllow descriptors.
Received receive_report(int channel, Report& report, std::vector<UniqueFd>& descriptors);
Received receive_signal(int channel, SignalRequest& request);

}  // namespace mcp::process
