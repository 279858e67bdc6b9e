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

constexpr std::size_t kShownPaths = 6;  // the rest: mcp sandbox explain

std::string shown_paths(const gateway::ServerStatus& server) {
  std::string text;
  const auto& grants = server.sandbox.grants;
  for (std::size_t i = 0; i < grants.size() && i < kShownPaths; ++i) {
    text += (i == 0 ? "" : ", ") + grants[i].path;
    text += grants[i].write ? " (writable)" : grants[i].why == "read" ? "" : " (" + grants[i].why + ")";
  }
  if (grants.size() > kShownPaths) text += ", and " + std::to_string(grants.size() - kShownPaths) + " more";
  return text;
}

// What its sandbox is, line by line; nothing for servers that are not started here.
std::vector<std::string> sandbox_lines(const gateway::ServerStatus& server) {
  std::vector<std::string> lines;
  const sandbox::Evidence& sandbox = server.sandbox;
  if (sandbox.profile == "none")
    return {"NO SANDBOX: profile = \"none\", it runs with all rights of its user"};
  if (sandbox.profile.empty() || sandbox.profile_hash.empty()) return {};
  std::string shown = shown_paths(server);
  lines.push_back("sandbox " + sandbox.profile + (shown.empty() ? "" : ", shows " + shown));
  for (const std::string& path : sandbox.hidden)
    lines.push_back("not shown: " + path +
                    ", an argument; name it, or what it needs of it, in read or write");
  for (const auto& one : sandbox.refused) lines.push_back("not shown: " + one.path + ": " + one.why);
  for (const std::string& path : sandbox.sockets)
    lines.push_back("a socket is shown: " + path +
                    ": it can ask whoever listens there for whatever that does");
  if (std::string missing = missing_protections(server); !missing.empty())
    lines.push_back("its sandbox lacks: " + missing);
  return lines;
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
    } else if (server.state == "starting") {
      out << "  not up yet; a line follows";
    } else if (!server.error.empty()) {
      out << "  " << printable(server.error);
    }
    out << std::left << "\n";
    if (incomplete) out << std::string(width + 4, ' ') << printable(server.error) << "\n";
    for (const std::string& line : sandbox_lines(server))
      out << std::string(width + 4, ' ') << printable(line) << "\n";
    if (!server.hint.empty())
      out << std::string(width + 4, ' ') << "hint: " << printable(server.hint) << "\n";
  }
  out.flush();
}

}  // namespace mcp::cmd
