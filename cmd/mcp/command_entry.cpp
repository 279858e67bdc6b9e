#include "cmd/mcp/command_entry.h"

#include <algorithm>
#include <set>

#include <CLI/CLI.hpp>

#include "internal/base/strings.h"
#include "internal/config/paths.h"
#include "internal/config/schema.h"
#include "internal/config/secret.h"

namespace mcp::cmd {
namespace {

std::string name_of(const std::vector<std::string>& command) {
  static const std::set<std::string, std::less<>> kRunners{"npx", "bunx", "uvx", "node", "python", "python3"};
  auto base = [](const std::string& path) { return path.substr(path.rfind('/') + 1); };
  std::string name = base(command.front());
  if (kRunners.contains(name)) {
    auto first = std::find_if(command.begin() + 1, command.end(),
                              [](const std::string& arg) { return !arg.starts_with('-'); });
    if (first != command.end()) name = base(*first);
  }
  name = config::normalise_name(name);
  return name.empty() ? "server" : name;
}

Result<std::vector<std::string>> anchored(Env& env, const char* option,
                                          const std::vector<std::string>& paths) {
  std::vector<std::string> out;
  for (const std::string& path : paths) {
    out.push_back(config::anchor_folder(env, env.current_directory(), path));
    if (env.exists(out.back())) continue;
    return fail(ErrorCode::kNotFound, std::string(option) + ": " + json_quote(path) + " is not there");
  }
  return out;
}

sandbox::Network network_of(const std::string& text) {
  if (text == "host") return sandbox::Network::kHost;
  return text == "private-loopback" ? sandbox::Network::kPrivateLoopback : sandbox::Network::kNone;
}

}  // namespace

void declare_sandbox_options(CLI::App& app, CommandSandbox& options) {
  app.add_option("--profile", options.profile,
                 "the sandbox of commands that name none: runtime (default), compat or none")
      ->check(CLI::IsMember({"runtime", "compat", "none"}));
  app.add_option("--read", options.read, "show CMD this file or folder, read-only; may be repeated")
      ->allow_extra_args(false);
  app.add_option("--write", options.write, "show CMD this file or folder, writable; may be repeated")
      ->allow_extra_args(false);
  app.add_option("--network", options.network, "CMD's network: none (default), private-loopback or host")
      ->check(CLI::IsMember({"none", "private-loopback", "host"}));
}

Result<config::ServerEntry> command_entry(Env& env, const std::vector<std::string>& command,
                                          const CommandSandbox& options) {
  if (command.empty()) return fail(ErrorCode::kUsage, "no command stands after --");
  config::ServerEntry entry;
  entry.prefix = "";
  entry.kind = config::ServerEntry::Kind::kCommand;
  entry.command = command.front();
  entry.args.assign(command.begin() + 1, command.end());
  entry.name = name_of(command);
  sandbox::Policy& policy = entry.policy;
  policy.profile = options.profile.empty() ? sandbox::kDefaultProfile : options.profile;
  if (!policy.active() && options.has_paths()) {
    return fail(ErrorCode::kUsage, "--read, --write and --network mean nothing with --profile none",
                "leave --profile out");
  }
  policy.network = network_of(options.network);
  MCP_ASSIGN(policy.read, anchored(env, "--read", options.read));
  MCP_ASSIGN(policy.write, anchored(env, "--write", options.write));
  if (auto right = sandbox::validate(policy); !right)
    return fail(std::move(right.error()).wrap("the sandbox"));
  if (auto right = sandbox::validate_links(policy); !right)
    return fail(std::move(right.error()).wrap("the sandbox"));
  return entry;
}

}  // namespace mcp::cmd
