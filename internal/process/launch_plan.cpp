#include "internal/process/launch_plan.h"

#include <array>
#include <cstdint>
#include <cstring>

#include "internal/base/strings.h"

namespace mcp::process {
namespace {

// What execvp() uses without PATH, plus the place of locally installed commands.
constexpr std::string_view kDefaultPath = "/usr/local/bin:/usr/bin:/bin";

struct PlanHeader {
  std::uint32_t argv = 0;
  std::uint32_t environment = 0;
  std::uint32_t candidates = 0;
  std::uint32_t jail = 0;  // bytes
};

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

void append_all(std::string& out, const std::vector<std::string>& parts) {
  for (const auto& part : parts) out.append(part).push_back('\0');
}

// Takes `count` NUL-terminated strings from the front of [at, end).
bool take_strings(char*& at, char* end, std::uint32_t count, std::vector<char*>& out) {
  for (std::uint32_t i = 0; i < count; ++i) {
    auto* stop = static_cast<char*>(std::memchr(at, '\0', static_cast<std::size_t>(end - at)));
    if (stop == nullptr) return false;
    out.push_back(at);
    at = stop + 1;
  }
  out.push_back(nullptr);
  return true;
}

}  // namespace

Result<LaunchPlan> make_plan(const SpawnSpec& spec) {
  if (spec.argv.empty() || spec.argv[0].empty()) return fail(ErrorCode::kInvalid, "no command to start");
  LaunchPlan plan;
  std::size_t bytes = 0;
  for (const auto& argument : spec.argv) {
    if (has_nul(argument)) return fail(ErrorCode::kInvalid, "an argument holds a NUL byte");
    bytes += argument.size() + 1;
  }
  for (const auto& [name, value] : spec.environment) {
    if (name.empty() || name.find('=') != std::string::npos || has_nul(name) || has_nul(value)) {
      return fail(ErrorCode::kInvalid, "environment variable " + json_quote(name) + " cannot be set",
                  "names hold no \"=\", names and values no NUL byte");
    }
    bytes += name.size() + value.size() + 2;
    plan.environment.push_back(name + "=" + value);
  }
  if (spec.jail && !spec.leashed) return fail(ErrorCode::kInvalid, "a detached child cannot have a jail");
  if (has_nul(spec.directory)) return fail(ErrorCode::kInvalid, "the directory's name holds a NUL byte");
  if (bytes > kMaxPlanBytes) {
    return fail(ErrorCode::kLimit, "arguments and environment of " + json_quote(spec.argv[0]) +
                                       " are longer than " + std::to_string(kMaxPlanBytes) + " bytes");
  }
  plan.argv = spec.argv;
  auto path = spec.environment.find("PATH");
  plan.candidates =
      exec_candidates(spec.argv[0], path == spec.environment.end() ? kDefaultPath : path->second);
  plan.directory = spec.directory;
  if (spec.jail) plan.jail = sandbox::pack(*spec.jail);
  return plan;
}

std::vector<std::string> exec_candidates(std::string_view command, std::string_view path) {
  if (command.find('/') != std::string_view::npos) return {std::string(command)};
  std::vector<std::string> out;
  for (std::string_view directory : split(path, ':')) {
    std::string file(directory.empty() ? "." : directory);
    out.push_back(file.append("/").append(command));
  }
  return out;
}

std::string pack_plan(const LaunchPlan& plan) {
  PlanHeader header{
      static_cast<std::uint32_t>(plan.argv.size()), static_cast<std::uint32_t>(plan.environment.size()),
      static_cast<std::uint32_t>(plan.candidates.size()), static_cast<std::uint32_t>(plan.jail.size())};
  std::string out(reinterpret_cast<const char*>(&header), sizeof header);
  append_all(out, plan.argv);
  append_all(out, plan.environment);
  append_all(out, plan.candidates);
  append_all(out, {plan.directory});
  return out.append(plan.jail);
}

bool view_plan(char* data, std::size_t size, PlanView& view) {
  PlanHeader header;
  if (size < sizeof header) return false;
  std::memcpy(&header, data, sizeof header);
  char* at = data + sizeof header;
  char* end = data + size;
  std::vector<char*> directory;
  bool whole = take_strings(at, end, header.argv, view.argv) &&
               take_strings(at, end, header.environment, view.environment) &&
               take_strings(at, end, header.candidates, view.candidates) &&
               take_strings(at, end, 1, directory);
  if (!whole || static_cast<std::size_t>(end - at) != header.jail) return false;
  view.jail = std::string_view(at, header.jail);
  view.directory = directory[0];
  return true;
}

}  // namespace mcp::process
