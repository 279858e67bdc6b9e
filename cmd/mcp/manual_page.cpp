#include "cmd/mcp/manual_page.h"

#include <algorithm>

#include "internal/base/strings.h"

namespace mcp::cmd {
namespace {

// Text as roff takes it: a hyphen is a hyphen, and no line begins a request.
std::string roff(std::string_view text) {
  std::string out;
  if (text.starts_with('.') || text.starts_with('\'')) out += "\\&";
  for (char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '\n') {
      out += ' ';
    } else {
      out += c;
    }
  }
  return out;
}

std::string bold(std::string_view text) { return "\\fB" + roff(text) + "\\fR"; }

std::string heading(std::string_view words) {
  bool several = words.find(' ') != std::string_view::npos;
  return ".SH " + (several ? "\"" + roff(words) + "\"" : roff(words)) + "\n";
}

std::string head(const std::string& name, const std::string& about, const std::string& version) {
  return ".TH \"" + roff(name) + "\" 1 \"\" \"mcp " + roff(version) + "\" \"User Commands\"\n.SH NAME\n" +
         roff(name) + " \\- " + roff(about) + "\n";
}

// A heading of the further help: capitals at the beginning of a line.
bool is_heading(std::string_view line) {
  auto capital = [](char c) { return (c >= 'A' && c <= 'Z') || c == ' '; };
  return line.size() > 2 && line.front() != ' ' && std::all_of(line.begin(), line.end(), capital);
}

// The further help: its headings become sections, its indented lines stay as they are.
std::string sections(const std::string& details) {
  std::string out = ".SH DESCRIPTION\n";
  bool indented = false;
  auto indent = [&](bool on) {
    if (indented != on) out += on ? ".nf\n" : ".fi\n";
    indented = on;
  };
  for (std::string_view line : split(trim(details), '\n')) {
    if (is_heading(line)) {
      indent(false);
      out += heading(line);
    } else if (trim(line).empty()) {
      indent(false);
      out += ".PP\n";
    } else {
      indent(line.front() == ' ');
      out += roff(indented ? line.substr(std::min<std::size_t>(2, line.size())) : line) + "\n";
    }
  }
  indent(false);
  // A paragraph before a section is none.
  for (auto at = out.find(".PP\n.SH"); at != std::string::npos; at = out.find(".PP\n.SH")) out.erase(at, 4);
  return out;
}

std::string options(const CommandWords& words) {
  std::string out = ".SH OPTIONS\n";
  for (const auto* list : {&words.arguments, &words.options}) {
    for (const OptionWord& option : *list) {
      std::string names;
      for (const std::string& name : option.names) names += (names.empty() ? "" : ", ") + bold(name);
      if (!option.value.empty()) names += " \\fI" + roff(option.value) + "\\fR";
      out += ".TP\n" + names + "\n" + roff(option.help) + "\n";
    }
  }
  return out;
}

std::string synopsis(const Command& command) {
  if (command.usage.empty()) return bold("mcp " + command.name) + " [OPTIONS]\n";
  std::string out;
  for (std::string_view line : split(command.usage, '\n')) {
    line = trim(line);
    if (line.starts_with("mcp ")) line.remove_prefix(4);
    out += (out.empty() ? "" : ".br\n") + bold("mcp " + std::string(line.substr(0, command.name.size()))) +
           roff(line.substr(std::min(command.name.size(), line.size()))) + "\n";
  }
  return out;
}

}  // namespace

std::string manual_name(const Command& command) {
  std::string name = "mcp-" + command.name;
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::string manual_of(const CommandWords& words, const std::string& version) {
  const Command& command = *words.command;
  // First what it does, then its options, then the other sections of the further help.
  std::string rest = sections(command.details);
  auto second = rest.find(".SH", 1);
  std::string described = rest.substr(0, second);
  rest = second == std::string::npos ? "" : rest.substr(second);
  if (described == ".SH DESCRIPTION\n") described += roff(command.summary) + ".\n";
  return head(manual_name(command), command.summary, version) + ".SH SYNOPSIS\n" + synopsis(command) +
         described + options(words) + rest + ".SH \"SEE ALSO\"\n\\fBmcp\\fR(1)\n";
}

std::string manual_of_all(const std::vector<CommandWords>& commands, const std::string& version) {
  std::string out = head("mcp", "the toolchain for Model Context Protocol servers", version) +
                    ".SH SYNOPSIS\n\\fBmcp\\fR COMMAND [OPTIONS]\n.SH COMMANDS\n";
  std::string also;
  for (const CommandWords& words : commands) {
    const Command& command = *words.command;
    out += ".TP\n" + bold("mcp " + command.name) + "\n" + roff(command.summary) + "\n";
    also += (also.empty() ? "" : ",\n") + bold(manual_name(command)) + "(1)";
  }
  return out + ".SH \"SEE ALSO\"\n" + also + "\n";
}

}  // namespace mcp::cmd
