#include "internal/config/approval.h"

#include <algorithm>
#include <iterator>

#include "internal/base/printable.h"
#include "internal/base/strings.h"
#include "internal/config/paths.h"
#include "internal/config/report.h"
#include "internal/config/secret.h"
#include "internal/config/server_entry.h"
#include "internal/crypto/hash.h"

namespace mcp::config {
namespace {

std::string line_of(const std::string& path, std::string_view content) {
  return crypto::sha256_hex(content) + " " + path;
}

std::string_view verb(ServerEntry::Kind kind) {
  if (kind == ServerEntry::Kind::kCommand) return "runs ";
  return kind == ServerEntry::Kind::kUrl ? "connects to " : "is ";
}

// The command as written, with its variables unreplaced, so that nothing of the environment shows.
ServerEntry as_written(const Table& table) {
  ServerEntry entry;
  entry.kind = table.find("url") != nullptr       ? ServerEntry::Kind::kUrl
               : table.find("builtin") != nullptr ? ServerEntry::Kind::kBuiltin
                                                  : ServerEntry::Kind::kCommand;
  entry.command = table.text("command");
  entry.args = table.list("args");
  entry.url = table.text("url");
  entry.builtin = table.text("builtin");
  return entry;
}

// Variables that decide which code a program loads: their values are shown, secret or not.
bool chooses_code(std::string_view name) {
  static constexpr std::string_view kNames[] = {
      "LD_*",     "DYLD_*", "PATH",    "NODE_*",  "PYTHON*",
      "BASH_ENV", "ENV",    "PERL5*",  "RUBY*",   "JAVA_TOOL_OPTIONS",
      "GIT_*",    "npm_*",  "*_PROXY", "*_proxy", "SSL_CERT_*"};
  return std::any_of(std::begin(kNames), std::end(kNames),
                     [name](std::string_view pattern) { return glob_match(pattern, name); });
}

// "NAME=env:OTHER", "LD_PRELOAD=/x.so", "TOKEN=(hidden)": where a value comes from is shown, what a secret is
// is not.
std::string shown_entries(const Table& table, const char* key) {
  std::string shown;
  for (const auto& [name, value] : table.entries(key)) {
    std::string text = chooses_code(name) ? value.text : shown_secret(value.text);
    shown += (shown.empty() ? "" : ", ") + printable(name) + "=" + printable(text);
  }
  return shown;
}

std::string server_line(const Table& table) {
  bool amends =
      table.find("command") == nullptr && table.find("url") == nullptr && table.find("builtin") == nullptr;
  if (amends) return printable(table.name) + ": changes a server declared elsewhere";
  ServerEntry entry = as_written(table);
  std::string line = table.name + ": " + std::string(verb(entry.kind)) + describe(entry);
  struct Detail {
    const char* before;
    std::string text;
  };
  const Detail details[] = {{" in the directory ", printable(table.text("directory"))},
                            {" with the variables ", shown_entries(table, "env")},
                            {" with the variables of the file ", printable(table.text("env_file"))},
                            {" with the fields ", shown_entries(table, "headers")}};
  for (const auto& [before, text] : details) {
    if (!text.empty()) line += before + text;
  }
  return line;
}

std::string setting_line(const std::string& key, const Value& value) {
  std::string shown = key.starts_with("tokens.") ? "(hidden)" : printable(json_quote(value.text));
  if (value.text.empty()) shown = std::to_string(value.number);
  if (!value.list.empty()) {
    shown.clear();
    for (const auto& item : value.list) shown += (shown.empty() ? "" : ", ") + printable(json_quote(item));
  }
  return "sets " + key + " to " + shown;
}

}  // namespace

Result<std::vector<std::string>> Approvals::lines() {
  if (directory_.empty()) return std::vector<std::string>{};
  auto content = env_.read_file(file(), 1 << 20);
  if (!content && content.error().code == ErrorCode::kNotFound) return std::vector<std::string>{};
  if (!content) return fail(std::move(content.error()).wrap("list of approved files"));
  std::vector<std::string> all;
  for (std::string_view line : split(*content, '\n')) {
    if (!line.empty()) all.emplace_back(line);
  }
  return all;
}

Result<bool> Approvals::is_approved(const std::string& path, std::string_view content) {
  MCP_ASSIGN(auto all, lines());
  return std::find(all.begin(), all.end(), line_of(path, content)) != all.end();
}

Result<void> Approvals::approve(const std::string& path, std::string_view content) {
  if (path.find('\n') != std::string::npos)
    return fail(ErrorCode::kInvalid, "a path with a line end in it cannot be approved");
  if (directory_.empty()) return fail(no_state_directory());
  MCP_ASSIGN(auto all, lines());
  std::string line = line_of(path, content);
  std::erase(all, line);
  all.push_back(std::move(line));
  std::string text;
  for (auto it = all.size() > kMax ? all.end() - kMax : all.begin(); it != all.end(); ++it)
    text += *it + "\n";
  MCP_TRY(env_.make_directories(directory_));
  return env_.write_file(file(), text, 0600);
}

std::vector<std::string> summarise(const Document& parsed) {
  std::vector<std::string> out;
  for (const auto& table : parsed.tables) {
    if (table.section == "servers") {
      out.push_back(server_line(table));
      continue;
    }
    for (const auto& [key, value] : table.values) out.push_back(setting_line(key, value));
  }
  return out;
}

Error not_approved(const std::string& path) {
  return {ErrorCode::kDenied, path + " was found in the current directory and is not approved",
          "answer yes on a terminal when asked, or name the file with --config"};
}

}  // namespace mcp::config
