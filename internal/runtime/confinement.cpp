#include "internal/runtime/confinement.h"

#include "internal/base/strings.h"
#include "internal/sandbox/paths.h"

namespace mcp::runtime {

std::string search_path(Env& env) { return env.variable("PATH").value_or("/usr/local/bin:/usr/bin:/bin"); }

std::string directory_for(Env& env, const config::ServerEntry& entry) {
  if (!entry.directory.empty()) return entry.directory;
  std::string needed = sandbox::needed_directory(entry.command, entry.args, env.current_directory());
  return needed.empty() ? "/tmp" : needed;
}

Result<sandbox::Plan> plan_for(sandbox::Workshop& workshop, Env& env, const config::ServerEntry& entry,
                               const std::map<std::string, std::string>& environment,
                               const std::string& package) {
  if (sandbox::asks_a_container_engine(entry.command)) {
    return fail(ErrorCode::kUnsupported, sandbox::container_engine_error(entry.command),
                sandbox::kContainerEngineHint);
  }
  auto path = environment.find("PATH");
  sandbox::Command command{entry.command,
                           path == environment.end() ? search_path(env) : path->second,
                           directory_for(env, entry),
                           env.variable("HOME").value_or(""),
                           entry.args,
                           entry.show_arguments,
                           package,
                           entry.written};
  if (command.directory == "/tmp") command.directory.clear();
  return workshop.plan(entry.policy, command);
}

}  // namespace mcp::runtime
