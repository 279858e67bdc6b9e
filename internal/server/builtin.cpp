#include "internal/server/builtin.h"

#include "internal/server/echo_server.h"
#include "internal/server/time_server.h"

namespace mcp::server {
namespace {

struct Builtin {
  std::string_view name;
  std::shared_ptr<Backend> (*make)(async::Loop& loop, Env& env);
};

constexpr Builtin kBuiltins[] = {{"echo", make_echo_server}, {"time", make_time_server}};

}  // namespace

std::vector<std::string> builtin_names() {
  std::vector<std::string> names;
  for (const auto& builtin : kBuiltins) names.emplace_back(builtin.name);
  return names;
}

std::shared_ptr<Backend> make_builtin(std::string_view name, async::Loop& loop, Env& env) {
  for (const auto& builtin : kBuiltins) {
    if (builtin.name == name) return builtin.make(loop, env);
  }
  return nullptr;
}

}  // namespace mcp::server
