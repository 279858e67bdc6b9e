// mcp completion: what a shell and man(1) are given of the command table.
#include <iostream>

#include <CLI/CLI.hpp>

#include "cmd/mcp/command.h"
#include "cmd/mcp/completion_script.h"
#include "cmd/mcp/manual_page.h"
#include "internal/base/strings.h"

namespace mcp::cmd {
namespace {

constexpr const char* kDetails =
    "bash, zsh and fish print a script that teaches the shell to complete mcp; make install puts it where "
    "the\n"
    "shell looks. man prints the manual page mcp(1); with --into all pages are written into a directory.\n\n"
    "EXIT STATUS\n"
    "  0  printed\n"
    "  2  usage\n"
    "  8  a page could not be written\n\n"
    "EXAMPLE\n"
    "  source <(mcp completion bash)\n"
    "  mcp completion zsh > ~/.zfunc/_mcp\n"
    "  mcp completion man --into ~/.local/share/man/man1\n";

constexpr int kPublic = 0644;

struct Options {
  std::string what;
  std::string into;
};

Result<void> write_pages(Env& env, const std::vector<CommandWords>& words, const std::string& directory) {
  MCP_TRY(env.make_directories(directory, 0755));
  MCP_TRY(env.write_file(directory + "/mcp.1", manual_of_all(words, MCP_VERSION), kPublic));
  for (const CommandWords& one : words) {
    std::string path = directory + "/" + manual_name(*one.command) + ".1";
    MCP_TRY(env.write_file(path, manual_of(one, MCP_VERSION), kPublic));
  }
  return {};
}

int run(const Options& options, Env& env) {
  auto words = words_of(commands());
  if (!options.into.empty()) {
    if (options.what != "man")
      return report(Error{ErrorCode::kUsage, "--into is for manual pages", "mcp completion man --into DIR"});
    auto written = write_pages(env, words, options.into);
    return written ? kOk : report(written.error());
  }
  if (options.what == "man") {
    std::cout << manual_of_all(words, MCP_VERSION);
  } else if (options.what == "bash") {
    std::cout << bash_completion(words);
  } else if (options.what == "zsh") {
    std::cout << zsh_completion(words);
  } else if (options.what == "fish") {
    std::cout << fish_completion(words);
  } else {
    auto meant = nearest(options.what, {"bash", "zsh", "fish", "man"});
    return report(Error{ErrorCode::kUsage, "no completion for " + json_quote(options.what),
                        meant ? "did you mean \"" + *meant + "\"?" : "bash, zsh, fish or man"});
  }
  return kOk;
}

}  // namespace

Command completion_command() {
  Command command;
  command.name = "completion";
  command.summary = "Print completions for a shell, or the manual pages";
  command.usage = "completion bash|zsh|fish|man [OPTIONS]";
  command.details = kDetails;
  command.declare = [](CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("SHELL", options->what, "what it is for")->required()->type_name("bash|zsh|fish|man");
    app.add_option("--into", options->into, "write all manual pages into this directory")->type_name("DIR");
    return [options](Context& context) { return run(*options, context.env); };
  };
  return command;
}

}  // namespace mcp::cmd
