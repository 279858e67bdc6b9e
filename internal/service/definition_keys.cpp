#include "internal/service/definition_keys.h"

#include "internal/base/strings.h"
#include "internal/service/image.h"
#include "internal/service/mapping.h"
#include "internal/service/spec.h"

namespace mcp::service {
namespace {

using config::Type;
using config::Value;
using Check = Result<void> (*)(std::string_view);

// Checks of texts as checks of values.
template <Check kCheck>
Result<void> text(const Value& value) {
  return kCheck(value.text);
}

template <Check kCheck, std::size_t kMost>
Result<void> list(const Value& value) {
  if (value.list.size() > kMost) {
    return fail(
        ErrorCode::kInvalid,
        std::to_string(value.list.size()) + " entries, at most " + std::to_string(kMost) + " are allowed",
        "split the component");
  }
  for (const auto& item : value.list) MCP_TRY(kCheck(item));
  return {};
}

Result<void> anything(std::string_view) { return {}; }

Result<void> cpu(const Value& value) {
  auto percent = parse_cpu(value.text);
  return percent ? Result<void>{} : fail(std::move(percent.error()));
}

constexpr std::int64_t kDay = 86'400'000;

std::vector<config::Key> health_keys() {
  return {
      {.name = "health.cmd",
       .type = Type::kStringList,
       .help = "what is run in the container to ask whether it is well; status 0 is yes",
       .check = list<anything, kMaxArguments>},
      {.name = "health.interval",
       .type = Type::kDuration,
       .fallback = "30s",
       .help = "how often it is asked",
       .min = 100,
       .max = kDay},
      {.name = "health.timeout",
       .type = Type::kDuration,
       .fallback = "5s",
       .help = "how long an answer may take",
       .min = 100,
       .max = kDay},
      {.name = "health.retries",
       .type = Type::kInteger,
       .fallback = "3",
       .help = "how many failures in a row make it unhealthy",
       .min = 1,
       .max = 1000},
      {.name = "health.start_period",
       .type = Type::kDuration,
       .fallback = "0",
       .help = "how long after the start failures do not count",
       .max = kDay},
  };
}

std::vector<config::Key> limit_keys() {
  return {
      {.name = "memory",
       .type = Type::kSize,
       .help = "how much memory it may use; without it as much as there is",
       .min = kMinMemory,
       .max = std::int64_t{1} << 50},
      {.name = "cpu", .help = "how much of a processor it may use: `\"50%\"`, `\"200%\"`", .check = cpu},
      {.name = "pids",
       .type = Type::kInteger,
       .help = "how many processes and threads it may have",
       .min = 1,
       .max = 4'194'304},
      {.name = "stop_timeout",
       .type = Type::kDuration,
       .help = "how long it may take to end before it is killed",
       .min = 1,
       .max = kDay},
  };
}

}  // namespace

const config::Section& service_keys() {
  static const config::Section section{
      .name = "service",
      .help = "What the service is called, and where it runs.",
      .keys = {
          {.name = "name", .help = "the service's name", .check = text<check_name>},
          {.name = "node", .help = "the node that it runs on", .check = text<check_node>},
          {.name = "active",
           .type = Type::kBoolean,
           .fallback = "true",
           .help = "shall it run? `mcp stop` and `mcp start` change this"},
          // Read apart; here for suggestions.
          {.name = "components", .type = Type::kStringList, .help = "one table [[components]] a container"}}};
  return section;
}

const config::Section& component_keys() {
  static const config::Section section = [] {
    config::Section made{
        .name = "components",
        .help = "One container.",
        .keys = {
            {.name = "name",
             .help = "its name in the service; the container is SERVICE-NAME",
             .check = text<check_name>},
            {.name = "image",
             .help = "what it is made from, with a tag or a digest",
             .check = text<check_image>},
            {.name = "network", .help = "the network that it joins", .check = text<check_network>},
            {.name = "user", .help = "whom it runs as: `\"1000:1000\"`", .check = text<check_user>},
            {.name = "restart",
             .help = "when it is started again: no, always, unless-stopped, on-failure, on-failure:N",
             .check = text<check_restart>},
            {.name = "ports",
             .type = Type::kStringList,
             .help = "ports of the node that lead into it: `\"127.0.0.1:8443:443\"`",
             .check = list<check_port, kMaxPorts>},
            {.name = "volumes",
             .type = Type::kStringList,
             .help = "what of the node it sees: `\"/srv/x:/data:ro\"`",
             .check = list<check_volume, kMaxVolumes>},
            {.name = "cmd",
             .type = Type::kStringList,
             .help = "its arguments, in place of the image's",
             .check = list<anything, kMaxArguments>},
            {.name = "env",
             .type = Type::kSecretMap,
             .help = "its variables; a value may be file:PATH or env:NAME of the node",
             .check_name = check_variable},
        }};
    for (auto& key : limit_keys()) made.keys.push_back(std::move(key));
    for (auto& key : health_keys()) made.keys.push_back(std::move(key));
    return made;
  }();
  return section;
}

}  // namespace mcp::service
