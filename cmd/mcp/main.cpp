// mcp: reads the command line by the table in command.cpp and runs one command.
#include <unistd.h>
#include <csignal>
#include <iostream>
#include <map>

#include <CLI/CLI.hpp>

#include "cmd/mcp/command.h"
#include "internal/base/strings.h"

namespace mcp::cmd {
namespace {

struct CommandLine {
  std::vector<std::string> words;  // before "--"
  Context context;
};

std::string executable_path() {
  char path[4096];
  ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
  return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : std::string();
}

CommandLine split_command_line(int argc, char** argv) {
  CommandLine line{{}, Context{real_env(), nullptr, {}, false, executable_path()}};
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    if (line.context.has_dashes) {
      line.context.after_dashes.push_back(std::move(word));
    } else if (word == "--") {
      line.context.has_dashes = true;
    } else {
      line.words.push_back(std::move(word));
    }
  }
  return line;
}

// The row that the words name, by its first word or its first two.
const Command* find_command(const std::vector<std::string>& words) {
  std::string name;
  for (std::size_t i = 0; i < words.size() && i < 2; ++i) {
    name += (i == 0 ? "" : " ") + words[i];
    for (const Command& command : commands()) {
      if (command.name == name) return &command;
    }
  }
  return nullptr;
}

std::vector<std::string> names_with_prefix(const std::string& prefix) {
  std::vector<std::string> names;
  for (const Command& command : commands()) {
    if (command.name.compare(0, prefix.size(), prefix) == 0)
      names.push_back(command.name.substr(prefix.size()));
  }
  return names;
}

void print_help(std::ostream& out) {
  out << "mcp: the toolchain for Model Context Protocol servers\n\n"
         "Usage: mcp COMMAND [OPTIONS]\n\nCommands:\n";
  for (const Command& command : commands()) {
    out << "  " << command.name << std::string(16 - std::min<std::size_t>(15, command.name.size()), ' ')
        << command.summary << "\n";
  }
  out << "\nRun `mcp COMMAND --help` for one of them.\n\n"
         "EXIT STATUS\n"
         "  0 ok   1 the answer is no   2 usage   3 partial   4 configuration   5 denied\n"
         "  6 unreachable   7 protocol error of the peer   8 internal or I/O failure   130 interrupted\n\n"
         "EXAMPLE\n  mcp serve -- npx -y @modelcontextprotocol/server-filesystem ~/notes\n";
}

int unknown_command(const std::vector<std::string>& words) {
  std::string group = words[0] + " ";
  auto members = names_with_prefix(group);
  bool in_group = !members.empty();
  if (in_group && words.size() == 1) {
    std::string list;
    for (const std::string& member : members) list += (list.empty() ? "" : ", ") + member;
    return report(Error{ErrorCode::kUsage, "\"mcp " + words[0] + "\" needs one of: " + list,
                        "try mcp " + group + members[0]});
  }
  std::string word = in_group ? words[1] : words[0];
  auto meant = nearest(word, in_group ? members : names_with_prefix(""));
  std::string hint =
      meant ? "did you mean \"mcp " + (in_group ? group : "") + *meant + "\"?" : "see mcp --help";
  return report(Error{ErrorCode::kUsage,
                      "unknown command \"" + (in_group ? group : std::string()) + word + "\"", hint});
}

int unknown_option(const Command& command, const CLI::App& app) {
  const std::string word = app.remaining().front();
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) names.push_back(option->get_name());
  auto meant = nearest(word, names);
  bool option = word.compare(0, 1, "-") == 0;
  return report(
      Error{ErrorCode::kUsage, (option ? "unknown option \"" : "unexpected argument \"") + word + "\"",
            meant && option ? "did you mean \"" + *meant + "\"?" : "see mcp " + command.name + " --help"});
}

int parse_and_run(const Command& command, CommandLine& line) {
  CLI::App app(command.summary, "mcp " + command.name);
  app.footer(command.details);
  app.get_formatter()->column_width(34);
  auto run = command.declare(app);
  std::size_t name_words = split(command.name, ' ').size();
  std::vector<std::string> reversed(line.words.rbegin(),
                                    line.words.rend() - static_cast<std::ptrdiff_t>(name_words));
  try {
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    return kOk;
  } catch (const CLI::ExtrasError&) {
    return unknown_option(command, app);
  } catch (const CLI::ParseError& error) {
    std::string message =
        to_lower(std::string(error.what()).substr(0, 1)) + std::string(error.what()).substr(1);
    return report(Error{ErrorCode::kUsage, message, "see mcp " + command.name + " --help"});
  }
  return run(line.context);
}

int run(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);
  CommandLine line = split_command_line(argc, argv);
  if (line.words.empty()) {
    print_help(std::cerr);
    return kUsage;
  }
  if (line.words[0] == "--help" || line.words[0] == "-h" || line.words[0] == "help") {
    print_help(std::cout);
    return kOk;
  }
  if (line.words[0] == "--version") line.words[0] = "version";
  const Command* command = find_command(line.words);
  if (command == nullptr) return unknown_command(line.words);
  // The helper must be forked while there is one thread and nothing to inherit (DESIGN §5, "Processes").
  std::unique_ptr<process::Spawner> spawner;
  if (command->starts_children) {
    auto forked = process::Spawner::fork_helper();
    if (!forked) return report(forked.error());
    spawner = std::move(*forked);
    line.context.spawner = spawner.get();
  }
  return parse_and_run(*command, line);
}

}  // namespace
}  // namespace mcp::cmd

int main(int argc, char** argv) { return mcp::cmd::run(argc, argv); }
