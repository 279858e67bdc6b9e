#pragma once

#include <array>
#include <string>
#include <vector>

#include "internal/base/env.h"

namespace mcp::config {

// Where configuration and state live (XDG base directories). Empty when there is neither the variable nor
// HOME.
std::string user_config_file(Env& env);  // $XDG_CONFIG_HOME/mcp/mcp.toml, else under $HOME/.config
std::string state_directory(Env& env);   // $XDG_STATE_HOME/mcp, else $HOME/.local/state/mcp
// What there is to say when that is empty.
Error no_state_directory();

struct File {
  std::string path;
  bool local =
      false;  // found in the current directory, named by nobody: needs approval before it starts anything
  bool required = false;  // named: must be there
};

// Those of the current directory, existing or not: the first that exists is read.
std::array<std::string, 2> local_config_files(Env& env);

// The files that make up the configuration, lowest first, existing or not: /etc/mcp/mcp.toml, the user's,
// then `named` or, when that is empty and `with_local`, ./mcp.toml, else ./mcp.json.
std::vector<File> configuration_files(Env& env, const std::string& named, bool with_local);

// "/x/y" of "/x/y/mcp.toml"; empty for a bare name.
// A path that a sandbox is to show, as it is meant in a file of `directory`: "~/x", "x", "../x" (from where
// the folder really lies). What else has a .. in it is left as it is.
std::string anchor_folder(Env& env, const std::string& directory, const std::string& path);
std::string directory_of(const std::string& path);

// A whole file that is a regular one: to read a pipe or a device could take for ever. Errors: kConfig (it is
// none), those of Env::read_file.
Result<std::string> read_regular_file(Env& env, const std::string& path, std::size_t max_bytes);

}  // namespace mcp::config
