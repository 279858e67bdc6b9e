#include "cmd/mcp/command_words.h"

#include <algorithm>

#include <CLI/CLI.hpp>

#include "internal/base/strings.h"

namespace mcp::cmd {
namespace {

// "auto|legacy" as it is declared, "TEXT:{runtime,compat}" as CLI11 writes a check.
std::vector<std::string> choices_of(const std::string& value) {
  std::vector<std::string> choices;
  auto open = value.find('{');
  bool braced = open != std::string::npos && value.ends_with('}');
  if (!braced && value.find('|') == std::string::npos) return choices;
  std::string_view list = value;
  if (braced) list = list.substr(open + 1, list.size() - open - 2);
  for (std::string_view choice : split(list, braced ? ',' : '|')) choices.emplace_back(choice);
  return choices;
}

OptionWord word_of(const CLI::Option& option) {
  OptionWord word;
  for (const std::string& name : option.get_snames()) word.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) word.names.push_back("--" + name);
  if (option.get_positional()) word.names.push_back(option.get_name());
  if (option.get_items_expected_max() > 0) word.value = option.get_type_name();
  word.choices = choices_of(word.value);
  if (option.get_positional() && word.choices.empty()) word.value.clear();
  word.help = option.get_description();
  std::replace(word.help.begin(), word.help.end(), '\n', ' ');
  return word;
}

void add_once(std::vector<std::string>& words, std::string word) {
  if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(std::move(word));
}

}  // namespace

std::vector<CommandWords> words_of(const std::vector<Command>& table) {
  std::vector<CommandWords> all;
  for (const Command& command : table) {
    CLI::App app(command.summary, "mcp " + command.name);
    auto run = command.declare(app);
    CommandWords words{&command, {}, {}};
    for (const CLI::Option* option : app.get_options())
      (option->get_positional() ? words.arguments : words.options).push_back(word_of(*option));
    all.push_back(std::move(words));
  }
  return all;
}

std::vector<std::string> first_words(const std::vector<CommandWords>& commands) {
  std::vector<std::string> words;
  for (const CommandWords& one : commands)
    add_once(words, one.command->name.substr(0, one.command->name.find(' ')));
  return words;
}

std::vector<std::string> second_words(const std::vector<CommandWords>& commands, const std::string& first) {
  std::vector<std::string> words;
  for (const CommandWords& one : commands) {
    if (one.command->name.starts_with(first + " "))
      add_once(words, one.command->name.substr(first.size() + 1));
  }
  return words;
}

}  // namespace mcp::cmd
