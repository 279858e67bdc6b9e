#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "internal/base/error.h"

namespace mcp::sandbox {

enum class Network {
  kNone,             // an empty network namespace
  kPrivateLoopback,  // one with a loopback interface of its own
  kHost,             // the machine's
};

// 0: the default below, or no limit where there is none.
struct Limits {
  std::uint64_t memory = 0;           // bytes, of all its processes together
  std::uint64_t cpu_percent = 0;      // 100: one processor
  std::uint64_t pids = 0;             // processes and threads
  std::uint64_t files = 0;            // open files of one process
  std::chrono::milliseconds wall{0};  // how long it may run at all
  std::uint64_t output = 0;           // bytes a second on its standard output

  friend bool operator==(const Limits&, const Limits&) = default;
};

inline constexpr const char* kDefaultProfile = "runtime";  // of every command that is started
inline constexpr std::uint64_t kDefaultPids = 512;
inline constexpr std::uint64_t kDefaultFiles = 1024;
inline constexpr std::uint64_t kDefaultOutput = 128u << 20;
inline constexpr std::uint64_t kMinOutput = 1024;
inline constexpr std::uint64_t kMaxOutput = 1ull << 40;
inline constexpr std::uint64_t kMinMemory = 8u << 20;  // below, no program starts
inline constexpr std::uint64_t kMaxPids = 4u << 20;    // the kernel's own (PID_MAX_LIMIT)
inline constexpr std::uint64_t kMinFiles = 16;
inline constexpr std::uint64_t kMaxFiles = 1u << 20;
inline constexpr std::uint64_t kMaxCpuPercent = 100'000;
inline constexpr std::size_t kMaxPaths = 128;  // read and write together
inline constexpr std::size_t kMaxAllow = 64;   // hosts that may be reached
inline constexpr std::size_t kMaxRanges = 64;

// How much of the network the hosts of `allow` may be used for, by all instances of a server together.
struct EgressLimits {
  std::size_t connections = 256;                      // open at once
  std::chrono::milliseconds connect_timeout{10'000};  // looking the host up and connecting to it
  std::chrono::milliseconds idle{900'000};            // a connection on which nothing moves; 0: for ever

  friend bool operator==(const EgressLimits&, const EgressLimits&) = default;
};

// What one program may see and use. Plain data; Plan says what of it this machine can give.
struct Policy {
  std::string profile = "none";    // "runtime", "compat"; "none": no sandbox, all else is meaningless
  std::vector<std::string> read;   // absolute paths shown read-only; programs in them may be executed
  std::vector<std::string> write;  // absolute paths shown writable; executable when they stand in read too
  Network network = Network::kNone;
  std::vector<std::string> allow;          // "HOST:PORT" that are reached in spite of `network` (egress.h)
  std::vector<std::string> allow_private;  // ranges in which their addresses may lie although not public
  EgressLimits egress;
  Limits limits;
  std::vector<std::string> require;  // protections without which the program is not started

  bool active() const { return profile != "none"; }
  friend bool operator==(const Policy&, const Policy&) = default;
};

// What `require` may name.
inline constexpr std::string_view kProtections[] = {"namespaces", "proc", "landlock",  "seccomp", "memory",
                                                    "cpu",        "pids", "ownership", "files"};

// Pure: looks at no file. Errors: kInvalid, the message beginning with the key ("read: …").
Result<void> validate(const Policy& policy);
// The same of what the paths lead to, for those that are there. Errors: as above.
Result<void> validate_links(const Policy& policy);

}  // namespace mcp::sandbox
