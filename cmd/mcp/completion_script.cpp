#include "cmd/mcp/completion_script.h"

namespace mcp::cmd {
namespace {

std::string joined(const std::vector<std::string>& words, const char* between = " ") {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

std::vector<std::string> option_names(const CommandWords& words) {
  std::vector<std::string> names;
  for (const OptionWord& option : words.options)
    names.insert(names.end(), option.names.begin(), option.names.end());
  return names;
}

// What may stand without an option.
std::vector<std::string> plain_words(const CommandWords& words) {
  std::vector<std::string> all = words.command->words;
  for (const OptionWord& argument : words.arguments)
    all.insert(all.end(), argument.choices.begin(), argument.choices.end());
  return all;
}

bool takes_a_file(const CommandWords& words) {
  for (const OptionWord& argument : words.arguments) {
    if (argument.wants_file()) return true;
  }
  return false;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

// ---- bash ----

constexpr const char* kBashHead = R"(# bash completion of mcp, made by `mcp completion bash`.
_mcp_offer() {
  mapfile -t COMPREPLY < <(compgen "$@" -- "$cur")
}
_mcp_offer_files() {
  compopt -o filenames 2>/dev/null
  _mcp_offer "$@"
}
_mcp() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]} i
  COMPREPLY=()
  # Behind -- stands another command.
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ ${COMP_WORDS[i]} == -- ]] || continue
    if ((i + 1 == COMP_CWORD)); then _mcp_offer -c; else _mcp_offer_files -f; fi
    return
  done
)";

std::string bash_value(const CommandWords& words, const OptionWord& option) {
  std::vector<std::string> patterns;
  for (const std::string& name : option.names)
    patterns.push_back("'" + words.command->name + ":" + name + "'");
  std::string offer;
  if (!option.choices.empty()) offer = "_mcp_offer -W '" + joined(option.choices) + "'; ";
  if (option.wants_file()) offer = "_mcp_offer_files -f; ";
  if (option.wants_directory()) offer = "_mcp_offer_files -d; ";
  return "    " + joined(patterns, " | ") + ") " + offer + "return ;;\n";
}

// ---- zsh ----

std::string zsh_text(const std::string& text) {
  std::string safe = replaced(text, "\\", "\\\\");
  for (const char* special : {"[", "]", ":"}) safe = replaced(safe, special, std::string("\\") + special);
  return replaced(safe, "'", "'\\''");
}

std::string zsh_action(const OptionWord& option) {
  if (!option.choices.empty()) return "(" + joined(option.choices) + ")";
  if (option.wants_file()) return "_files";
  return option.wants_directory() ? "_files -/" : "";
}

std::string zsh_option(const OptionWord& option, const std::string& name) {
  std::string spec = "*" + name + "[" + zsh_text(option.help) + "]";
  if (!option.value.empty()) spec += ":" + zsh_text(option.value) + ":" + zsh_action(option);
  return " '" + spec + "'";
}

std::string zsh_arguments(const CommandWords& words) {
  std::string line = "_arguments";
  for (const OptionWord& option : words.options) {
    for (const std::string& name : option.names) line += " \\\n       " + zsh_option(option, name);
  }
  std::string action = takes_a_file(words) ? "_files" : "(" + joined(plain_words(words)) + ")";
  return line + " \\\n        '*:word:" + action + "'";
}

std::string zsh_rows(const std::vector<CommandWords>& commands, const std::string& first) {
  std::string rows;
  bool grouped = !first.empty();
  for (const std::string& word : grouped ? second_words(commands, first) : first_words(commands)) {
    std::string name = grouped ? first + " " + word : word;
    std::string about = second_words(commands, word).empty() ? "" : "several commands";
    for (const CommandWords& one : commands) {
      if (one.command->name == name) about = one.command->summary;
    }
    rows += " '" + word + ":" + zsh_text(about) + "'";
  }
  return rows;
}

// ---- fish ----

std::string fish_text(const std::string& text) {
  return "'" + replaced(replaced(text, "\\", "\\\\"), "'", "\\'") + "'";
}

std::string fish_condition(const std::string& name) {
  auto space = name.find(' ');
  std::string condition = "__fish_seen_subcommand_from " + name.substr(0, space);
  if (space != std::string::npos) condition += "; and __fish_seen_subcommand_from " + name.substr(space + 1);
  return " -n '" + condition + "'";
}

std::string fish_option(const CommandWords& words, const OptionWord& option) {
  std::string line = "complete -c mcp" + fish_condition(words.command->name);
  for (const std::string& name : option.names)
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (!option.value.empty()) {
    line += option.wants_file() || option.wants_directory() ? " -r -F" : " -x";
    if (!option.choices.empty()) line += " -a " + fish_text(joined(option.choices));
  }
  return line + " -d " + fish_text(option.help) + "\n";
}

std::string fish_command(const std::vector<CommandWords>& commands, const Command& command) {
  auto space = command.name.find(' ');
  std::string about = " -d " + fish_text(command.summary) + "\n";
  if (space == std::string::npos)
    return "complete -c mcp -n __fish_use_subcommand -a " + command.name + about;
  std::string first = command.name.substr(0, space);
  std::string others = joined(second_words(commands, first));
  return "complete -c mcp -n '__fish_seen_subcommand_from " + first +
         "; and not __fish_seen_subcommand_from " + others + "' -a " + command.name.substr(space + 1) + about;
}

}  // namespace

std::string bash_completion(const std::vector<CommandWords>& commands) {
  std::string out = kBashHead;
  out += "  if ((COMP_CWORD == 1)); then\n    _mcp_offer -W '" + joined(first_words(commands)) +
         " help --help --version'\n    return\n  fi\n";
  for (const std::string& first : first_words(commands)) {
    auto seconds = second_words(commands, first);
    if (seconds.empty()) continue;
    out += "  if [[ $command == " + first +
           " ]]; then\n    if ((COMP_CWORD == 2)); then\n      _mcp_offer -W '" + joined(seconds) +
           " --help'\n      return\n    fi\n    command=\"" + first + " ${COMP_WORDS[2]}\"\n  fi\n";
  }
  out += "  case $command:$prev in\n";
  for (const CommandWords& words : commands) {
    for (const OptionWord& option : words.options) {
      if (!option.value.empty()) out += bash_value(words, option);
    }
  }
  out += "  esac\n  case $command in\n";
  for (const CommandWords& words : commands) {
    out += "    '" + words.command->name + "')\n      if [[ $cur == -* ]]; then _mcp_offer -W '" +
           joined(option_names(words)) + "'";
    if (takes_a_file(words)) {
      out += "; else _mcp_offer_files -f";
    } else if (auto plain = plain_words(words); !plain.empty()) {
      out += "; else _mcp_offer -W '" + joined(plain) + "'";
    } else {
      out += "; else _mcp_offer -W '" + joined(option_names(words)) + "'";
    }
    out += "; fi ;;\n";
  }
  return out + "  esac\n}\ncomplete -F _mcp mcp\n";
}

std::string zsh_completion(const std::vector<CommandWords>& commands) {
  std::string out =
      "#compdef mcp\n# zsh completion of mcp, made by `mcp completion zsh`.\n_mcp() {\n  local -a rows\n"
      "  local command=$words[2]\n  if (( CURRENT == 2 )); then\n    rows=(" +
      zsh_rows(commands, "") + " )\n    _describe -t commands command rows\n    return\n  fi\n";
  for (const std::string& first : first_words(commands)) {
    if (second_words(commands, first).empty()) continue;
    out += "  if [[ $command == " + first + " ]]; then\n    if (( CURRENT == 3 )); then\n      rows=(" +
           zsh_rows(commands, first) +
           " )\n      _describe -t commands command rows\n      return\n    fi\n    command=\"" + first +
           " $words[3]\"\n    shift words\n    (( CURRENT-- ))\n  fi\n";
  }
  out += "  shift words\n  (( CURRENT-- ))\n  case $command in\n";
  for (const CommandWords& words : commands)
    out += "    '" + words.command->name + "')\n      " + zsh_arguments(words) + " ;;\n";
  return out + "  esac\n}\n_mcp \"$@\"\n";
}

std::string fish_completion(const std::vector<CommandWords>& commands) {
  std::string out = "# fish completion of mcp, made by `mcp completion fish`.\ncomplete -c mcp -f\n";
  for (const std::string& first : first_words(commands)) {
    if (!second_words(commands, first).empty())
      out += "complete -c mcp -n __fish_use_subcommand -a " + first + "\n";
  }
  for (const CommandWords& words : commands) out += fish_command(commands, *words.command);
  for (const CommandWords& words : commands) {
    for (const OptionWord& option : words.options) out += fish_option(words, option);
    std::string condition = fish_condition(words.command->name);
    if (auto plain = plain_words(words); !plain.empty())
      out += "complete -c mcp" + condition + " -a " + fish_text(joined(plain)) + "\n";
    if (takes_a_file(words)) out += "complete -c mcp" + condition + " -F\n";
  }
  return out;
}

}  // namespace mcp::cmd
