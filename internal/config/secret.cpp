#include "internal/config/secret.h"

#include "internal/base/strings.h"
#include "internal/config/paths.h"
#include "internal/config/text_template.h"

namespace mcp::config {
namespace {

constexpr std::size_t kMaxSecretFile = 64 * 1024;
constexpr std::size_t kMaxEnvFile = 256 * 1024;
constexpr std::string_view kFile = "file:";
constexpr std::string_view kEnv = "env:";
constexpr std::string_view kText = "text:";
constexpr std::string_view kHidden = "(hidden)";

Result<std::string> from_variable(Env& env, const std::string& name) {
  if (auto value = env.variable(name)) return *value;
  return fail(ErrorCode::kConfig, "environment variable \"" + name + "\" is not set",
              "set it before starting mcp, or use a file: file:/PATH");
}

Result<std::string> from_file(Env& env, const std::string& path) {
  auto content = read_regular_file(env, path, kMaxSecretFile);
  if (!content) {
    return fail(ErrorCode::kConfig, "secret file: " + content.error().message,
                "file:PATH must be a readable, regular file of at most 64 KiB");
  }
  if (content->ends_with('\n')) content->pop_back();
  if (content->ends_with('\r')) content->pop_back();
  if (content->find('\0') != std::string::npos)
    return fail(ErrorCode::kConfig, "secret file " + path + " has a NUL character in it");
  return std::move(*content);
}

Result<std::string> resolve_segment(Env& env, const Segment& segment) {
  switch (segment.kind) {
    case Segment::Kind::kLiteral: return segment.text;
    case Segment::Kind::kFile: return from_file(env, segment.text);
    case Segment::Kind::kVariable: break;
  }
  if (!segment.fallback) return from_variable(env, segment.text);
  // As in a shell, ":-" also replaces an empty value.
  auto value = env.variable(segment.text);
  return value && !value->empty() ? *value : *segment.fallback;
}

// "Bearer " says nothing about the secret that follows it.
bool is_harmless(const std::string& literal) {
  return literal == "Bearer " || literal == "Basic " || literal == "token ";
}

std::string shown_segment(const Segment& segment) {
  switch (segment.kind) {
    case Segment::Kind::kLiteral: return is_harmless(segment.text) ? segment.text : std::string(kHidden);
    case Segment::Kind::kFile: return "${file:" + segment.text + "}";
    case Segment::Kind::kVariable: break;
  }
  return "${" + segment.text + (segment.fallback ? ":-" + std::string(kHidden) : "") + "}";
}

std::string_view without_marker(std::string_view text) {
  if (text.starts_with(kText)) text.remove_prefix(kText.size());
  return text;
}

std::string_view unquoted(std::string_view value) {
  bool quoted =
      value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front();
  return quoted ? value.substr(1, value.size() - 2) : value;
}

}  // namespace

Result<void> check_secret(std::string_view text) {
  if (text == kFile)
    return fail(ErrorCode::kInvalid, "\"file:\" names no file", "write \"file:/run/secrets/name\"");
  if (text == kEnv) return fail(ErrorCode::kInvalid, "\"env:\" names no variable", "write \"env:NAME\"");
  if (text.starts_with(kFile) || text.starts_with(kEnv)) return {};
  MCP_TRY(parse_template(without_marker(text)));
  return {};
}

Result<std::string> resolve_secret(Env& env, std::string_view text) {
  if (text.starts_with(kFile)) return from_file(env, std::string(text.substr(kFile.size())));
  if (text.starts_with(kEnv)) return from_variable(env, std::string(text.substr(kEnv.size())));
  MCP_ASSIGN(auto segments, parse_template(without_marker(text)));
  std::string out;
  for (const auto& segment : segments) {
    MCP_ASSIGN(std::string piece, resolve_segment(env, segment));
    out += piece;
  }
  return out;
}

std::string shown_secret(std::string_view text) {
  if (text.starts_with(kFile) || text.starts_with(kEnv)) return std::string(text);
  if (text.empty()) return "";
  auto segments = parse_template(without_marker(text));
  if (!segments) return std::string(kHidden);
  std::string out;
  for (const auto& segment : *segments) out += shown_segment(segment);
  return out;
}

std::string anchor_path(Env& env, const std::string& directory, std::string_view path) {
  if (path.starts_with("~/")) return env.variable("HOME").value_or("") + std::string(path.substr(1));
  if (path.empty() || path.starts_with('/') || directory.empty()) return std::string(path);
  return directory + "/" + std::string(path);
}

std::string anchor_secret(Env& env, const std::string& directory, std::string_view text) {
  if (!text.starts_with(kFile)) return std::string(text);
  return std::string(kFile) + anchor_path(env, directory, text.substr(kFile.size()));
}

Result<std::map<std::string, std::string>> parse_env_file(const std::string& path, std::string_view content) {
  std::map<std::string, std::string> variables;
  unsigned number = 0;
  for (std::string_view line : split(content, '\n')) {
    ++number;
    line = trim(line);
    if (line.empty() || line.starts_with('#')) continue;
    if (line.starts_with("export ")) line = trim(line.substr(7));
    auto equals = line.find('=');
    auto name = trim(line.substr(0, equals));
    if (equals == std::string_view::npos || name.empty()) {
      return fail(ErrorCode::kConfig, path + ":" + std::to_string(number) + ": not a NAME=VALUE line",
                  "comments start with #");
    }
    variables[std::string(name)] = unquoted(trim(line.substr(equals + 1)));
  }
  return variables;
}

Result<std::map<std::string, std::string>> resolve_environment(Env& env, const ServerEntry& entry) {
  std::map<std::string, std::string> variables;
  std::string where = "server \"" + entry.name + "\"";
  if (!entry.env_file.empty()) {
    auto content = read_regular_file(env, entry.env_file, kMaxEnvFile);
    if (!content)
      return fail(ErrorCode::kConfig, where + ": env_file: " + content.error().message, content.error().hint);
    auto parsed = parse_env_file(entry.env_file, *content);
    if (!parsed) return fail(std::move(parsed.error()).wrap(where));
    variables = std::move(*parsed);
  }
  for (const auto& [name, text] : entry.env) {
    auto value = resolve_secret(env, text);
    if (!value) return fail(std::move(value.error()).wrap(where + ": env " + name));
    variables[name] = std::move(*value);
  }
  return variables;
}

Result<std::vector<std::pair<std::string, std::string>>> resolve_headers(Env& env, const ServerEntry& entry) {
  std::vector<std::pair<std::string, std::string>> headers;
  for (const auto& [name, text] : entry.headers) {
    auto value = resolve_secret(env, text);
    if (!value) return fail(std::move(value.error()).wrap("server \"" + entry.name + "\": header " + name));
    // RFC 9110 §5.5: a line end in a field value would begin another field.
    if (value->find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return fail(ErrorCode::kConfig,
                  "server \"" + entry.name + "\": header " + name + ": the value has a line end in it");
    }
    headers.emplace_back(name, std::move(*value));
  }
  return headers;
}

}  // namespace mcp::config
