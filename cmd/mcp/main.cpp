// mcp: reads the command line by the table in command.cpp and runs one command.
#include <unistd.h>
#include <cctype>
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

constexpr std::size_t kNameColumn = 16;

void print_rows(std::ostream& out, const std::string& prefix) {
  for (const Command& command : commands()) {
    if (!command.name.starts_with(prefix)) continue;
    std::size_t gap = kNameColumn - std::min(kNameColumn - 1, command.name.size());
    out << "  " << command.name << std::string(gap, ' ') << command.summary << "\n";
  }
}

void print_help(std::ostream& out) {
  out << "mcp: the toolchain for Model Context Protocol servers\n\n"
         "Usage: mcp COMMAND [OPTIONS]\n\nCommands:\n";
  print_rows(out, "");
  out << "\nRun `mcp COMMAND --help` for one of them.\n\n"
         "EXIT STATUS\n"
         "  0 ok   1 the answer is no   2 usage   3 partial   4 configuration   5 denied\n"
         "  6 unreachable   7 protocol error of the peer   8 internal or I/O failure   130 interrupted\n\n"
         "EXAMPLE\n  mcp serve -- npx -y @modelcontextprotocol/server-filesystem ~/notes\n";
}

bool asks_for_help(const std::string& word) { return word == "--help" || word == "-h" || word == "help"; }

// "config" and the like: a word before several commands. Alone it lists them.
int run_group(const std::string& group, const std::vector<std::string>& members,
              const std::vector<std::string>& words) {
  if (words.size() > 1 && asks_for_help(words[1])) {
    std::cout << "Usage: mcp " << group << " COMMAND [OPTIONS]\n\nCommands:\n";
    print_rows(std::cout, group + " ");
    std::cout << "\nRun `mcp " << group << " COMMAND --help` for one of them.\n";
    return kOk;
  }
  if (words.size() == 1) {
    std::string list;
    for (const std::string& member : members) list += (list.empty() ? "" : ", ") + member;
    return report(Error{ErrorCode::kUsage, "\"mcp " + group + "\" needs one of: " + list,
                        "try mcp " + group + " " + members[0]});
  }
  auto meant = nearest(words[1], members);
  return report(
      Error{ErrorCode::kUsage, "unknown command \"" + group + " " + words[1] + "\"",
            meant ? "did you mean \"mcp " + group + " " + *meant + "\"?" : "see mcp " + group + " --help"});
}

int unknown_command(const std::vector<std::string>& words) {
  auto members = names_with_prefix(words[0] + " ");
  if (!members.empty()) return run_group(words[0], members, words);
  std::vector<std::string> first_words;
  for (const Command& command : commands()) {
    first_words.push_back(command.name.substr(0, command.name.find(' ')));
  }
  auto meant = nearest(words[0], first_words);
  return report(Error{ErrorCode::kUsage, "unknown command \"" + words[0] + "\"",
                      meant ? "did you mean \"mcp " + *meant + "\"?" : "see mcp --help"});
}

// CLI11's messages in the form of ours: a small first letter, unless the word is a name in capitals.
std::string in_our_form(std::string message) {
  bool name = message.size() > 1 && std::isupper(static_cast<unsigned char>(message[1])) != 0;
  return name ? message : to_lower(message.substr(0, 1)) + message.substr(1);
}

// Shows how the command is used where CLI11 cannot know it: what stands after "--".
class Formatter final : public CLI::Formatter {
 public:
  explicit Formatter(std::string usage) : usage_(std::move(usage)) { column_width(34); }
  std::string make_usage(const CLI::App* app, std::string name) const override {
    if (usage_.empty()) return CLI::Formatter::make_usage(app, std::move(name));
    return "Usage: mcp " + usage_ + "\n";
  }

 private:
  std::string usage_;
};

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
  app.formatter(std::make_shared<Formatter>(command.usage));
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
    return report(Error{ErrorCode::kUsage, in_our_form(error.what()), "see mcp " + command.name + " --help"});
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
  if (asks_for_help(line.words[0])) {
    print_help(std::cout);
    return kOk;
  }
  if (line.words[0] == "--version") line.words[0] = "version";
  const Command* command = find_command(line.words);
  if (command == nullptr) return unknown_command(line.words);
  // The helper must be forked while there is one thread and nothing to inherit (DESIGN §5, "Processes").
  std::unique_ptr<process::Spawner> spawner;
  if (command->starts_children) {
    auto forked = process::Spawner::fork_helpers();
    if (!forked) return report(forked.error());
    spawner = std::move(*forked);
    line.context.spawner = spawner.get();
  }
  return parse_and_run(*command, line);
}

}  // namespace
}  // namespace mcp::cmd

int main(int argc, char** argv) {
  int status = mcp::cmd::run(argc, argv);
  // An answer that could not be written is no answer (a full disk, a closed descriptor).
  std::cout.flush();
  if (std::cout || status != mcp::cmd::kOk) return status;
  return mcp::cmd::report({mcp::ErrorCode::kIo, "standard output cannot be written", {}});
}
