#pragma once

#include <functional>
#include <string>
#include <vector>

#include "internal/base/env.h"
#include "internal/base/error.h"
#include "internal/process/spawner.h"

namespace CLI {
class App;
}

namespace mcp::cmd {

// Exit statuses (DESIGN §6): the one table from error codes to what the shell sees.
enum ExitCode {
  kOk = 0,
  kAnswerIsNo = 1,
  kUsage = 2,
  kPartial = 3,
  kConfiguration = 4,
  kDenied = 5,
  kUnreachable = 6,
  kProtocolError = 7,
  kInternalError = 8,
  kInterrupted = 130,
};
int exit_code(ErrorCode code);

// What a command is run with.
struct Context {
  Env& env;
  process::Spawner* spawner = nullptr;    // set for commands that start children
  std::vector<std::string> after_dashes;  // argv after "--"
  bool has_dashes = false;
  std::string own_executable;
};

// One row of the table. `declare` adds options to the parser and returns what runs once they are parsed.
struct Command {
  std::string name;     // "serve", "config check"
  std::string summary;  // one line
  bool starts_children = false;
  std::string details;  // further help: EXIT STATUS and an example
  std::string usage;    // "serve [OPTIONS] [URL | -- CMD ARGS…]" where the options alone do not tell it
  std::function<std::function<int(Context&)>(CLI::App&)> declare;
  std::vector<std::string> words;  // what may stand behind it beside options: for completion
};

// Every command there is, in the order of `mcp --help`.
const std::vector<Command>& commands();

Command serve_command();
Command call_command();
Command top_command();
Command install_command();
Command config_check_command();
Command config_show_command();
Command config_import_command();
Command sandbox_explain_command();
Command completion_command();
Command version_command();

// "mcp: error: …" and "mcp: hint: …" on stderr; returns the exit status.
int report(const Error& error);

}  // namespace mcp::cmd
