#include "cmd/mcp/start_table.h"

#include <algorithm>
#include <iomanip>

#include "internal/base/printable.h"

namespace mcp::cmd {
namespace {

std::string_view color_of(const std::string& state) {
  if (state == "ready") return "\033[32m";
  if (state == "starting" || state == "idle" || state == "incomplete") return "\033[33m";
  return "\033[31m";
}

std::string counts(const gateway::ServerStatus& server) {
  std::string text = std::to_string(server.tools) + (server.tools == 1 ? " tool" : " tools");
  if (server.prompts > 0)
    text += ", " + std::to_string(server.prompts) + (server.prompts == 1 ? " prompt" : " prompts");
  if (server.resources > 0) {
    text += ", " + std::to_string(server.resources) + (server.resources == 1 ? " resource" : " resources");
  }
  return text;
}

std::string missing_protections(const gateway::ServerStatus& server) {
  std::string text;
  for (const auto& gap : server.sandbox.degraded) text += (text.empty() ? "" : ", ") + gap.protection;
  return text;
}

}  // namespace

void print_start_table(std::ostream& out, const std::vector<gateway::ServerStatus>& servers, bool color) {
  std::size_t width = 6;
  for (const auto& server : servers) width = std::max(width, server.name.size());
  for (const auto& server : servers) {
    out << "  " << std::left << std::setw(static_cast<int>(width)) << server.name << "  ";
    if (color) out << color_of(server.state);
    out << std::setw(10) << server.state;
    if (color) out << "\033[0m";
    bool incomplete = server.state == "incomplete";
    if (server.state == "ready" || incomplete) {
      out << "  " << std::setw(34) << counts(server) << std::right << std::setw(6) << server.start_ms
          << " ms";
    } else if (server.state == "idle") {
      out << "  started when it is needed";
    } else if (!server.error.empty()) {
      out << "  " << printable(server.error);
    }
    out << std::left << "\n";
    if (incomplete) out << std::string(width + 4, ' ') << printable(server.error) << "\n";
    if (std::string missing = missing_protections(server); !missing.empty())
      out << std::string(width + 4, ' ') << "its sandbox lacks: " << missing << "\n";
    if (!server.hint.empty())
      out << std::string(width + 4, ' ') << "hint: " << printable(server.hint) << "\n";
  }
  out.flush();
}

}  // namespace mcp::cmd
