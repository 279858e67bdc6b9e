#include "internal/sandbox/profile.h"

#include <cerrno>
#include <charconv>

#include "internal/base/strings.h"
#include "internal/crypto/hash.h"

namespace mcp::sandbox {
namespace {

using Words = std::vector<std::string_view>;

constexpr std::uint64_t kLower32 = 0xffff'ffff;

Words words_of(std::string_view line) {
  Words words;
  for (std::string_view word : split(line.substr(0, line.find('#')), ' ')) {
    if (!trim(word).empty()) words.push_back(trim(word));
  }
  return words;
}

bool number(std::string_view text, std::uint64_t& out) {
  int base = text.starts_with("0x") ? 16 : 10;
  if (base == 16) text.remove_prefix(2);
  auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return bad == std::errc() && end == text.data() + text.size() && !text.empty();
}

// "N VALUE" or "N & MASK VALUE", separated by "and".
bool read_conditions(const Words& words, std::size_t at, std::vector<Condition>& out) {
  while (at < words.size()) {
    std::uint64_t argument = 0;
    Condition condition;
    condition.mask = kLower32;
    if (!number(words[at++], argument) || argument > 5) return false;
    condition.argument = static_cast<unsigned>(argument);
    if (at < words.size() && words[at] == "&") {
      if (at + 1 >= words.size() || !number(words[at + 1], condition.mask)) return false;
      at += 2;
    }
    if (at >= words.size() || !number(words[at++], condition.value)) return false;
    out.push_back(condition);
    if (at == words.size()) return true;
    if (words[at++] != "and" || at == words.size()) return false;
  }
  return !out.empty();
}

bool read_action(const Words& words, Rule& rule, std::size_t& first) {
  first = 1;
  if (words[0] == "allow") return true;
  if (words[0] == "kill") {
    rule.action = Rule::Action::kKill;
    return true;
  }
  if (words[0] != "refuse" || words.size() < 2) return false;
  rule.action = Rule::Action::kRefuse;
  rule.error = words[1] == "EPERM" ? EPERM : words[1] == "ENOSYS" ? ENOSYS : 0;
  first = 2;
  return rule.error != 0;
}

bool is_name(std::string_view word) {
  return word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

bool read_line(const Words& words, std::vector<Rule>& rules) {
  Rule rule;
  std::size_t first = 0;
  if (!read_action(words, rule, first) || first >= words.size()) return false;
  if (first + 1 < words.size() && words[first + 1] == "if") {
    rule.call = words[first];
    if (!is_name(rule.call) || !read_conditions(words, first + 2, rule.conditions)) return false;
    rules.push_back(std::move(rule));
    return true;
  }
  for (std::size_t i = first; i < words.size(); ++i) {
    if (!is_name(words[i])) return false;
    rule.call = words[i];
    rules.push_back(rule);
  }
  return true;
}

}  // namespace

Result<Profile> parse_profile(std::string name, std::string_view text) {
  Profile profile;
  profile.name = std::move(name);
  profile.hash = crypto::sha256_hex(text);
  unsigned line_number = 0;
  for (std::string_view line : split(text, '\n')) {
    ++line_number;
    Words words = words_of(line);
    if (words.empty() || read_line(words, profile.rules)) continue;
    return fail(ErrorCode::kMalformed, "profile " + profile.name + ", line " + std::to_string(line_number) +
                                           " is no rule: " + std::string(trim(line)));
  }
  return profile;
}

Result<Profile> load_profile(const std::string& name) {
  const char* text = profile_text(name);
  if (text == nullptr) return fail(ErrorCode::kNotFound, "no profile " + json_quote(name));
  auto profile = parse_profile(name, text);
  if (!profile) return fail(ErrorCode::kInternal, profile.error().message);
  return profile;
}

}  // namespace mcp::sandbox
