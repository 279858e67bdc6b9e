// Which files and variables secrets come from, and whether what they say has changed.
#include "internal/config/secret.h"
#include "internal/config/text_template.h"
#include "internal/crypto/hash.h"

namespace mcp::config {
namespace {

constexpr std::string_view kFile = "file:";
constexpr std::string_view kEnv = "env:";

// Unambiguous, whatever the values contain.
void append(std::string& text, std::string_view value) {
  text += std::to_string(value.size()) + ":";
  text += value;
}

}  // namespace

std::vector<std::string> files_of_secret(std::string_view text) {
  if (text.starts_with(kFile)) return {std::string(text.substr(kFile.size()))};
  std::vector<std::string> files;
  auto segments = parse_template(text);
  if (!segments) return files;
  for (const Segment& segment : *segments) {
    if (segment.kind == Segment::Kind::kFile) files.push_back(segment.text);
  }
  return files;
}

std::vector<std::string> variables_of_secret(std::string_view text) {
  if (text.starts_with(kEnv)) return {std::string(text.substr(kEnv.size()))};
  std::vector<std::string> names;
  auto segments = text.starts_with(kFile) ? Result<std::vector<Segment>>() : parse_template(text);
  if (!segments) return names;
  for (const Segment& segment : *segments) {
    if (segment.kind == Segment::Kind::kVariable && !segment.fallback) names.push_back(segment.text);
  }
  return names;
}

std::vector<std::string> secret_files(const ServerEntry& entry) {
  std::vector<std::string> files;
  if (!entry.env_file.empty()) files.push_back(entry.env_file);
  auto add = [&files](const std::string& text) {
    for (std::string& file : files_of_secret(text)) files.push_back(std::move(file));
  };
  for (const auto& [name, text] : entry.env) add(text);
  for (const auto& [name, text] : entry.headers) add(text);
  return files;
}

std::string secrets_digest(Env& env, const ServerEntry& entry) {
  std::string all;
  auto environment = resolve_environment(env, entry);
  // What cannot be read now is another secret than what can be read later.
  if (!environment) append(all, environment.error().message);
  if (environment) {
    for (const auto& [name, value] : *environment) append(all, name), append(all, value);
  }
  auto headers = resolve_headers(env, entry);
  if (!headers) append(all, headers.error().message);
  if (headers) {
    for (const auto& [name, value] : *headers) append(all, name), append(all, value);
  }
  return crypto::sha256_hex(all);
}

}  // namespace mcp::config
