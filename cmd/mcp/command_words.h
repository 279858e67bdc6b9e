#pragma once

#include <string>
#include <vector>

#include "cmd/mcp/command.h"

namespace mcp::cmd {

// An option, or what stands without one, as its command declared it.
struct OptionWord {
  std::vector<std::string> names;    // "-h", "--help"; one name of what stands without: "FILE"
  std::string value;                 // how --help names its value: "FILE", "auto|legacy"; empty for a flag
  std::vector<std::string> choices;  // the values it may have; empty: any
  std::string help;

  bool wants_file() const { return value == "FILE" || (value.empty() && names.front() == "FILE"); }
  bool wants_directory() const { return value == "DIR"; }
};

// What may be typed behind one command: for completions and manual pages.
struct CommandWords {
  const Command* command;
  std::vector<OptionWord> options;
  std::vector<OptionWord> arguments;
};

// Every row of the table, in its order; the table must live as long.
std::vector<CommandWords> words_of(const std::vector<Command>& table);

// The words that may stand first, and those that may stand behind a word of several commands ("config").
std::vector<std::string> first_words(const std::vector<CommandWords>& commands);
std::vector<std::string> second_words(const std::vector<CommandWords>& commands, const std::string& first);

}  // namespace mcp::cmd
