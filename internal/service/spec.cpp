#include "internal/service/spec.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "internal/base/strings.h"
#include "internal/config/secret.h"
#include "internal/config/text_template.h"
#include "internal/config/value.h"
#include "internal/service/image.h"
#include "internal/service/mapping.h"

namespace mcp::service {
namespace {

constexpr std::size_t kMaxVariableLength = 256;
constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kWord = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

// Begins with one of `first`, goes on with those and `also`.
bool is_made_of(std::string_view text, std::string_view first, std::string_view also, std::size_t longest) {
  if (text.empty() || text.size() > longest || first.find(text[0]) == std::string_view::npos) return false;
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return first.find(c) != std::string_view::npos || also.find(c) != std::string_view::npos;
  });
}

Result<void> judge(bool right, std::string_view text, std::string_view what, std::string_view hint) {
  if (right) return {};
  return fail(ErrorCode::kInvalid, json_quote(text) + " is no " + std::string(what), std::string(hint));
}

Result<void> too_many(std::string_view field, std::size_t count, std::size_t most) {
  if (count <= most) return {};
  return fail(ErrorCode::kLimit,
              std::string(field) + ": " + std::to_string(count) + " entries, at most " +
                  std::to_string(most) + " are allowed",
              "split it into several components");
}

// The error's message with the field in front.
Result<void> of(std::string_view field, Result<void> result) {
  if (result) return result;
  return fail(std::move(result.error()).wrap(field));
}

template <class Check>
Result<void> each(std::string_view field, const std::vector<std::string>& list, std::size_t most,
                  Check check) {
  MCP_TRY(too_many(field, list.size(), most));
  for (const auto& item : list) MCP_TRY(of(field, check(item)));
  return {};
}

template <class Check>
Result<void> unless_empty(std::string_view field, const std::string& text, Check check) {
  return text.empty() ? Result<void>{} : of(field, check(text));
}

// What a definition file could not hold is refused wherever it comes from.
Result<void> check_argument(const std::string& text) {
  if (text.size() > kMaxTextLength)
    return fail(ErrorCode::kLimit, "longer than 65536 bytes", "put it into a file");
  if (text.find('\0') != std::string::npos)
    return fail(ErrorCode::kInvalid, "must not contain a NUL character", "put it into a file");
  if (!is_valid_utf8(text)) return fail(ErrorCode::kInvalid, "is not valid UTF-8", "put it into a file");
  return {};
}

Result<void> check_number(std::string_view field, std::int64_t number, std::int64_t least,
                          std::int64_t most) {
  if (number == 0 || (number >= least && number <= most)) return {};
  return fail(ErrorCode::kInvalid,
              std::string(field) + ": " + std::to_string(number) + " is not between " +
                  std::to_string(least) + " and " + std::to_string(most),
              "leave it out for no limit");
}

constexpr std::int64_t kDay = 86'400'000;

Result<void> check_health(const Health& health) {
  if (health.cmd.empty())
    return fail(ErrorCode::kInvalid, "health: cmd is empty", "say what to run: [\"/bin/check\"]");
  MCP_TRY(each("health.cmd", health.cmd, kMaxArguments, check_argument));
  MCP_TRY(check_number("health.interval", health.interval_ms == 0 ? -1 : health.interval_ms, 100, kDay));
  MCP_TRY(check_number("health.timeout", health.timeout_ms == 0 ? -1 : health.timeout_ms, 100, kDay));
  MCP_TRY(check_number("health.retries", health.retries == 0 ? -1 : health.retries, 1, 1000));
  return check_number("health.start_period", health.start_period_ms, 1, kDay);
}

Result<void> check_variables(const std::map<std::string, std::string>& env) {
  MCP_TRY(too_many("env", env.size(), kMaxVariables));
  for (const auto& [name, value] : env) {
    MCP_TRY(of("env", check_variable(name)));
    MCP_TRY(of("env." + name, check_argument(value)));
    MCP_TRY(of("env." + name, config::check_secret(value)));
  }
  return {};
}

}  // namespace

const ComponentSpec* ServiceSpec::find(std::string_view component) const {
  for (const auto& candidate : components) {
    if (candidate.name == component) return &candidate;
  }
  return nullptr;
}

Result<void> check_name(std::string_view text) {
  return judge(is_made_of(text, kLower, "_-", kMaxNameLength), text, "name for a service or component",
               "1 to 63 of a-z, 0-9, - and _, the first a letter or digit");
}

Result<void> check_node(std::string_view text) {
  return judge(is_made_of(text, kWord, "_-.", 253), text, "name of a node",
               "the name that it has in mcp.toml: `mcp node list` shows them");
}

Result<void> check_network(std::string_view text) {
  return judge(is_made_of(text, kWord, "_-.:", 128), text, "network",
               "\"host\", \"none\", \"bridge\", or the name of a network of the runtime");
}

Result<void> check_user(std::string_view text) {
  auto colon = text.find(':');
  bool right = is_made_of(text.substr(0, colon), kWord, "_-.", 64) &&
               (colon == std::string_view::npos || is_made_of(text.substr(colon + 1), kWord, "_-.", 64));
  return judge(right, text, "user", "a name or number, and a group behind a colon: \"1000:1000\"");
}

Result<void> check_restart(std::string_view text) {
  constexpr std::string_view kCounted = "on-failure:";
  bool right = text == "no" || text == "always" || text == "unless-stopped" || text == "on-failure";
  if (text.starts_with(kCounted)) {
    int count = 0;
    std::string_view digits = text.substr(kCounted.size());
    auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    right = bad == std::errc() && end == digits.data() + digits.size() && count >= 1 && count <= 1000;
  }
  return judge(right, text, "restart policy",
               "\"no\", \"always\", \"unless-stopped\", \"on-failure\" or \"on-failure:3\"");
}

Result<void> check_variable(std::string_view name) {
  return judge(config::is_variable_name(name) && name.size() <= kMaxVariableLength, name,
               "name of a variable", "at most 256 letters, digits and _ as in API_TOKEN, no digit first");
}

Result<std::int64_t> parse_cpu(std::string_view text) {
  return config::parse_cpu_percent(text, kMaxCpuPercent);
}

Result<void> validate(const ComponentSpec& component) {
  MCP_TRY(of("name", check_name(component.name)));
  MCP_TRY(of("image", check_image(component.image)));
  MCP_TRY(unless_empty("network", component.network, check_network));
  MCP_TRY(unless_empty("user", component.user, check_user));
  MCP_TRY(unless_empty("restart", component.restart, check_restart));
  MCP_TRY(each("ports", component.ports, kMaxPorts, check_port));
  MCP_TRY(each("volumes", component.volumes, kMaxVolumes, check_volume));
  MCP_TRY(each("cmd", component.cmd, kMaxArguments, check_argument));
  MCP_TRY(check_variables(component.env));
  MCP_TRY(check_number("memory", component.memory, kMinMemory, std::int64_t{1} << 50));
  MCP_TRY(check_number("cpu", component.cpu_percent, 1, kMaxCpuPercent));
  MCP_TRY(check_number("pids", component.pids, 1, 4'194'304));
  MCP_TRY(check_number("stop_timeout", component.stop_timeout_ms, 1, kDay));
  return component.health ? check_health(*component.health) : Result<void>{};
}

Result<void> validate(const ServiceSpec& spec) {
  MCP_TRY(of("name", check_name(spec.name)));
  MCP_TRY(of("node", check_node(spec.node)));
  if (spec.components.empty())
    return fail(ErrorCode::kInvalid, "service \"" + spec.name + "\" has no components",
                "give it at least one");
  MCP_TRY(too_many("components", spec.components.size(), kMaxComponents));
  std::set<std::string_view> names;
  for (const auto& component : spec.components) {
    std::string label = "component " + json_quote(component.name);
    MCP_TRY(of(label, validate(component)));
    if (!names.insert(component.name).second)
      return fail(ErrorCode::kInvalid, label + " is there twice", "give each component a name of its own");
  }
  return {};
}

}  // namespace mcp::service
