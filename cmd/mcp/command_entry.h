#pragma once

#include <string>
#include <vector>

#include "internal/base/env.h"
#include "internal/config/server_entry.h"

namespace CLI {
class App;
}

namespace mcp::cmd {

// What the command line says of the sandbox of the command behind "--".
struct CommandSandbox {
  std::string profile;  // empty: the default
  std::string network;  // empty: none
  std::vector<std::string> read, write;

  // Something that only a command can be given.
  bool has_paths() const { return !network.empty() || !read.empty() || !write.empty(); }
};

// --profile, --read, --write, --network.
void declare_sandbox_options(CLI::App& app, CommandSandbox& options);

// -- CMD ARGS… as a server: shut in as every server is, and shown the paths among its arguments. Known by its
// package or program: "npx -y @scope/server-files" is server-files. Paths are relative to where we are, and
// must be there. Errors: kUsage (no command), kInvalid, kNotFound.
Result<config::ServerEntry> command_entry(Env& env, const std::vector<std::string>& command,
                                          const CommandSandbox& sandbox);

}  // namespace mcp::cmd
