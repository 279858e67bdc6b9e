#pragma once

#include <optional>
#include <string>
#include <vector>

#include "internal/base/error.h"

namespace mcp::runtime {

// What "npx some-server ~/notes" and the like ask for: a package out of a registry, and a program in it.
// Plain data, made without looking at anything.
struct PackageCommand {
  enum class Tool { kNpm, kUv, kPipx };

  Tool tool = Tool::kNpm;
  std::string runner;              // as written: "npx", "/home/me/.nvm/versions/node/v22/bin/npx"
  std::vector<std::string> specs;  // what is installed, as the tool writes it: "@scope/server@1.2", "name==1"
  std::string program;             // which of the package's programs; empty: the package's only one
  std::vector<std::string> options;  // of the install: "--registry=…", "--python", "3.12"
  std::vector<std::string> args;     // the program's own

  friend bool operator==(const PackageCommand&, const PackageCommand&) = default;
};

// npx, npm exec, uvx, uv tool run, pipx run. nullopt: none of them. Errors: kUnsupported (one whose package
// cannot be told from the program: bunx and the like, npx -c, a folder, an option that is not known).
Result<std::optional<PackageCommand>> parse_package_command(const std::string& command,
                                                            const std::vector<std::string>& args);

// Is exactly one version meant, for good?
bool is_pinned(const PackageCommand& wanted);

// "@scope/server@1.2, other": for people.
std::string describe(const PackageCommand& wanted);

// The name of a folder that holds this package and no other: readable, with a digest of all that matters.
std::string key_of(const PackageCommand& wanted);

}  // namespace mcp::runtime
