// The rows of `mcp config …`: options in, config_*.cpp does the work.
#include <iostream>

#include <CLI/CLI.hpp>

#include "cmd/mcp/command.h"
#include "cmd/mcp/config_check.h"
#include "cmd/mcp/config_import.h"
#include "cmd/mcp/config_show.h"

namespace mcp::cmd {

Command config_check_command() {
  Command command;
  command.name = "config check";
  command.summary = "Say whether the configuration is right";
  command.details =
      "EXIT STATUS\n  0 right   2 usage   4 wrong; every mistake is named with file, line and remedy\n\n"
      "A file of the current directory that is not approved yet is said to be that; it is no mistake.\n\n"
      "EXAMPLE\n  mcp config check ./mcp.toml\n  mcp config check --json\n";
  command.declare = [](CLI::App& app) {
    auto options = std::make_shared<ConfigCheckOptions>();
    app.add_option("FILE", options->file, "the file to check in place of ./mcp.toml or ./mcp.json");
    app.add_flag("--json", options->json,
                 "print a JSON object: ok, files, unapproved, servers, errors, warnings");
    return [options](Context& context) { return run(*options, context.env, std::cout, std::cerr); };
  };
  return command;
}

Command config_show_command() {
  Command command;
  command.name = "config show";
  command.summary = "Print the values in effect; secrets stay hidden";
  command.details =
      "EXIT STATUS\n  0 shown   2 usage   4 the configuration is wrong\n\nEXAMPLE\n  mcp config show "
      "--origin\n";
  command.declare = [](CLI::App& app) {
    auto options = std::make_shared<ConfigShowOptions>();
    app.add_option("--config", options->file, "the file to read in place of ./mcp.toml or ./mcp.json")
        ->type_name("FILE");
    app.add_flag("--origin", options->origin, "say where each value came from");
    app.add_flag("--json", options->json, "print a JSON object");
    return [options](Context& context) { return run(*options, context.env, std::cout, std::cerr); };
  };
  return command;
}

Command config_import_command() {
  Command command;
  command.name = "config import";
  command.summary = "Turn mcp.json, claude_desktop_config.json or VS Code's mcp.json into our TOML";
  command.details =
      "EXIT STATUS\n  0 done   2 usage   4 the file cannot be used, or ./mcp.toml exists   8 writing "
      "failed\n\n"
      "EXAMPLE\n  mcp config import ~/.config/Claude/claude_desktop_config.json --write\n";
  command.declare = [](CLI::App& app) {
    auto options = std::make_shared<ConfigImportOptions>();
    app.add_option("FILE", options->file, "the file to read")->required();
    app.add_flag("--write", options->write, "write ./mcp.toml instead of printing");
    return [options](Context& context) { return run(*options, context.env, std::cout, std::cerr); };
  };
  return command;
}

}  // namespace mcp::cmd
