#include "cmd/mcp/terminal.h"

#include <iostream>

#include <unistd.h>

#include "internal/base/strings.h"

namespace mcp::cmd {

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

bool wants_color(Env& env, int fd) {
  auto no_color = env.variable("NO_COLOR");
  if (no_color && !no_color->empty()) return false;
  return is_terminal(fd) && env.variable("TERM").value_or("dumb") != "dumb";
}

void tell_progress(const std::string& text) {
  if (is_terminal(STDERR_FILENO)) std::cerr << "mcp: " << text << "\n" << std::flush;
}

bool confirm(const std::string& question) {
  if (!is_terminal(STDIN_FILENO) || !is_terminal(STDERR_FILENO)) return false;
  std::cerr << question << " [y/N] " << std::flush;
  std::string answer;
  if (!std::getline(std::cin, answer)) return false;
  answer = to_lower(trim(answer));
  return answer == "y" || answer == "yes";
}

}  // namespace mcp::cmd
