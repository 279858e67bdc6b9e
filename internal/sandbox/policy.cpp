#include "internal/sandbox/policy.h"

#include <algorithm>

#include "internal/base/strings.h"
#include "internal/sandbox/address.h"
#include "internal/sandbox/egress.h"
#include "internal/sandbox/paths.h"

namespace mcp::sandbox {
namespace {

// The sandbox brings its own of these; the host's would undo it.
constexpr std::string_view kOwn[] = {"/", "/proc", "/sys", "/dev", "/tmp", "/etc"};

bool is_own(const std::string& path) {
  std::string bare = without_slash(path);
  return std::find(std::begin(kOwn), std::end(kOwn), bare) != std::end(kOwn) || is_of_the_kernel(bare);
}

Result<void> check_path(std::string_view key, const std::string& path) {
  std::string name(key);
  if (path.empty() || path[0] != '/' || path.find('\0') != std::string::npos) {
    return fail(ErrorCode::kInvalid, name + ": " + json_quote(path) + " is not an absolute path");
  }
  for (std::string_view part : split(path, '/')) {
    if (part == ".." || part == ".")
      return fail(ErrorCode::kInvalid, name + ": " + json_quote(path) + " has a . or .. in it",
                  "write the path it means");
  }
  if (is_own(path)) {
    return fail(ErrorCode::kInvalid, name + ": " + json_quote(path) + " is never shown in a sandbox",
                "name the files or folders below it that the server needs");
  }
  return {};
}

Result<void> check_link(std::string_view key, const std::string& path) {
  std::string real = real_path(path);
  if (real.empty() || !is_own(real)) return {};
  return fail(ErrorCode::kInvalid,
              std::string(key) + ": " + json_quote(path) + " leads to " + json_quote(real) +
                  ", which is never shown in a sandbox",
              "name the files or folders below it that the server needs");
}

Result<void> check_range(std::string_view key, std::uint64_t value, std::uint64_t min, std::uint64_t max) {
  if (value == 0 || (value >= min && value <= max)) return {};
  return fail(ErrorCode::kInvalid, std::string(key) + ": " + std::to_string(value) + " is not between " +
                                       std::to_string(min) + " and " + std::to_string(max));
}

Error under(std::string_view key, Error error) {
  error.message = std::string(key) + ": " + error.message;
  return error;
}

// Inside, "localhost" and "127.0.0.1" are one place, at which one socket can listen.
Result<void> check_places(const std::vector<std::string>& allow) {
  std::vector<Listener> places = listeners_for(allow);
  for (std::size_t i = 0; i < places.size(); ++i) {
    auto same = static_cast<std::size_t>(std::find(places.begin(), places.end(), places[i]) - places.begin());
    if (same == i) continue;
    return fail(ErrorCode::kInvalid,
                "allow: " + json_quote(allow[i]) + " is the same place as " + json_quote(allow[same]),
                "keep one of them");
  }
  return {};
}

Result<void> check_allow(const Policy& policy) {
  if (policy.allow.size() > kMaxAllow) {
    return fail(ErrorCode::kInvalid, "allow: more than " + std::to_string(kMaxAllow) + " hosts",
                "a server that needs so many needs network = \"host\"");
  }
  std::vector<Destination> known;
  for (const auto& text : policy.allow) {
    auto to = parse_destination(text);
    if (!to) return fail(under("allow", std::move(to.error())));
    if (std::find(known.begin(), known.end(), *to) != known.end())
      return fail(ErrorCode::kInvalid, "allow: " + json_quote(text) + " stands there twice",
                  "once is enough");
    known.push_back(std::move(*to));
  }
  MCP_TRY(check_places(policy.allow));
  if (!known.empty() && policy.network == Network::kHost) {
    return fail(ErrorCode::kInvalid, "allow: network = \"host\" reaches every host already",
                "remove network, or remove allow");
  }
  return {};
}

Result<void> check_ranges(const Policy& policy) {
  if (policy.allow_private.size() > kMaxRanges)
    return fail(ErrorCode::kInvalid, "allow_private: more than " + std::to_string(kMaxRanges) + " ranges");
  if (!policy.allow_private.empty() && policy.allow.empty()) {
    return fail(ErrorCode::kInvalid, "allow_private: reaches nothing by itself",
                "name the hosts in allow = [\"HOST:PORT\"]");
  }
  for (const auto& text : policy.allow_private) {
    auto range = parse_range(text);
    if (!range) return fail(under("allow_private", std::move(range.error())));
    Place place = place_of(range->base);
    if (range->bits == 128 && place.kind == Place::Kind::kNever)
      return fail(ErrorCode::kInvalid,
                  "allow_private: " + json_quote(text) + " is never reached: " + std::string(place.what));
  }
  return {};
}

}  // namespace

Result<void> validate(const Policy& policy) {
  if (policy.profile != "none" && policy.profile != "runtime" && policy.profile != "compat") {
    return fail(ErrorCode::kInvalid, "profile: " + json_quote(policy.profile) + " is no profile",
                "runtime, compat or none");
  }
  for (const auto& path : policy.read) MCP_TRY(check_path("read", path));
  for (const auto& path : policy.write) MCP_TRY(check_path("write", path));
  if (policy.read.size() + policy.write.size() > kMaxPaths) {
    return fail(ErrorCode::kInvalid, "read: more than " + std::to_string(kMaxPaths) + " paths with write",
                "name a folder above them");
  }
  MCP_TRY(check_allow(policy));
  MCP_TRY(check_ranges(policy));
  const Limits& limits = policy.limits;
  MCP_TRY(check_range("memory", limits.memory, kMinMemory, UINT64_MAX / 2));
  MCP_TRY(check_range("cpu", limits.cpu_percent, 1, kMaxCpuPercent));
  MCP_TRY(check_range("pids", limits.pids, 1, kMaxPids));
  MCP_TRY(check_range("files", limits.files, kMinFiles, kMaxFiles));
  MCP_TRY(check_range("output", limits.output, kMinOutput, kMaxOutput));
  for (const auto& name : policy.require) {
    if (std::find(std::begin(kProtections), std::end(kProtections), name) == std::end(kProtections)) {
      return fail(ErrorCode::kInvalid, "require: " + json_quote(name) + " is no protection",
                  "namespaces, proc, landlock, seccomp, memory, cpu, pids, ownership or files");
    }
  }
  return {};
}

Result<void> validate_links(const Policy& policy) {
  for (const auto& path : policy.read) MCP_TRY(check_link("read", path));
  for (const auto& path : policy.write) MCP_TRY(check_link("write", path));
  return {};
}

}  // namespace mcp::sandbox
