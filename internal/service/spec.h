#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "internal/base/error.h"

namespace mcp::service {

// How a container is asked whether it is well. Times are milliseconds.
struct Health {
  std::vector<std::string> cmd;  // run in the container; status 0: well
  std::int64_t interval_ms = 30'000;
  std::int64_t timeout_ms = 5'000;
  std::int64_t retries = 3;          // failures in a row that make it unhealthy
  std::int64_t start_period_ms = 0;  // failures meanwhile do not count

  friend bool operator==(const Health&, const Health&) = default;
};

// One container of a service, as an operator wants it. Empty and 0: as the runtime does without.
struct ComponentSpec {
  std::string name;
  std::string image;                 // image.h
  std::string network;               // "host", "none", "bridge", or a network's name
  std::string user;                  // "1000:1000", "nobody"
  std::string restart;               // "no", "always", "unless-stopped", "on-failure", "on-failure:3"
  std::vector<std::string> ports;    // mapping.h; the order means nothing
  std::vector<std::string> volumes;  // mapping.h; the order means nothing
  std::vector<std::string> cmd;
  std::map<std::string, std::string> env;  // values may be file:PATH and env:NAME, resolved on the node
  std::int64_t memory = 0;                 // bytes
  std::int64_t cpu_percent = 0;            // 200: two processors
  std::int64_t pids = 0;
  std::int64_t stop_timeout_ms = 0;  // between SIGTERM and SIGKILL
  std::optional<Health> health;

  friend bool operator==(const ComponentSpec&, const ComponentSpec&) = default;
};

// One service on one node.
struct ServiceSpec {
  std::string name;
  std::string node;
  bool active = true;
  std::vector<ComponentSpec> components;

  const ComponentSpec* find(std::string_view component) const;

  friend bool operator==(const ServiceSpec&, const ServiceSpec&) = default;
};

// What one service may have.
inline constexpr std::size_t kMaxComponents = 64;
inline constexpr std::size_t kMaxPorts = 64;  // of one component, as the following
inline constexpr std::size_t kMaxVolumes = 64;
inline constexpr std::size_t kMaxArguments = 256;  // of cmd
inline constexpr std::size_t kMaxVariables = 256;
inline constexpr std::size_t kMaxNameLength = 63;
inline constexpr std::size_t kMaxTextLength = 65'536;  // of an argument, a value
inline constexpr std::int64_t kMinMemory = 6 << 20;    // podman and runc start nothing in less
inline constexpr std::int64_t kMaxCpuPercent = 102'400;

// Is the text of this kind? Pure. Errors: kInvalid; the message begins with the quoted text and the hint says
// how it would be right. An empty text is wrong too.
Result<void> check_name(std::string_view text);  // of a service or a component: [a-z0-9][a-z0-9_-]{0,62}
Result<void> check_node(std::string_view text);
Result<void> check_network(std::string_view text);
Result<void> check_user(std::string_view text);
Result<void> check_restart(std::string_view text);
Result<void> check_variable(std::string_view name);

// "50%" -> 50. Errors: kInvalid.
Result<std::int64_t> parse_cpu(std::string_view text);

// Is it a service that can be kept and run, wherever it comes from? Definition files are held against the
// same checks, there with the place of each mistake. Pure. Errors: kInvalid, naming component and field;
// kLimit.
Result<void> validate(const ServiceSpec& spec);
Result<void> validate(const ComponentSpec& component);

}  // namespace mcp::service
