#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "internal/base/env.h"
#include "internal/runtime/package_command.h"

namespace mcp::runtime {

// One run of a package manager in the wide sandbox of an installation: the network, the new folder writable,
// nothing else of the user's but what is named here.
struct ToolRun {
  std::vector<std::string> argv;
  std::map<std::string, std::string> environment;
  std::vector<std::string> read;  // settings of the user's
  std::string says;               // what is being done, for messages: "npm install"
};

// The manager's program: beside the runner that was written with its folder, else by its name.
std::string manager_of(const PackageCommand& wanted);

// Puts the packages into `folder`. Runs no code of theirs (npm), so it may see the user's settings, and the
// tokens for private registries that stand there.
ToolRun fetch_run(Env& env, const PackageCommand& wanted, const std::string& folder);

// npm's second step: lets packages that want to build themselves do so, with the network and without the
// user's settings. nullopt: none wants to, or the user's settings say ignore-scripts.
std::optional<ToolRun> build_run(Env& env, const PackageCommand& wanted, const std::string& folder);

// What the user's environment says to the package managers: npm_config_…, UV_…, PIP_…, proxies, certificates.
std::map<std::string, std::string> manager_variables(const std::map<std::string, std::string>& all,
                                                     PackageCommand::Tool tool);

}  // namespace mcp::runtime
