#include "internal/sandbox/profile.h"

#include <cerrno>
#include <charconv>

#include "internal/base/strings.h"
#include "internal/crypto/hash.h"

namespace mcp::sandbox {
namespace {

using Words = std::vector<std::string_view>;

constexpr std::uint64_t kLower32 = 0xffff'ffff;
constexpr std::size_t kMaxExceptions = 8;

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

bool is_name(std::string_view word) {
  return word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

// libseccomp has no "not equal" under a mask, and without one the upper 32 bits, which the kernel ignores,
// would make a value another one. So: bit by bit, allowed is what no longer agrees with any of the values.
void add_all_but(const std::string& call, unsigned argument, const std::vector<std::uint64_t>& values,
                 int bit, std::uint64_t mask, std::uint64_t prefix, std::vector<Rule>& rules) {
  if (bit < 0) return;
  mask |= 1ULL << bit;
  for (std::uint64_t digit : {0ULL, 1ULL}) {
    std::uint64_t begin = prefix | digit << bit;
    std::vector<std::uint64_t> agreeing;
    for (std::uint64_t value : values) {
      if ((value & mask) == begin) agreeing.push_back(value);
    }
    if (agreeing.empty()) {
      rules.push_back({Rule::Action::kAllow, call, 0, {{argument, mask, begin}}});
    } else {
      add_all_but(call, argument, agreeing, bit - 1, mask, begin, rules);
    }
  }
}

// "allow CALL unless N VALUE…"
bool read_exceptions(const Words& words, std::vector<Rule>& rules) {
  std::uint64_t argument = 0;
  if (words[0] != "allow" || words.size() < 5 || words.size() > 4 + kMaxExceptions) return false;
  if (!is_name(words[1]) || !number(words[3], argument) || argument > 5) return false;
  std::vector<std::uint64_t> values;
  for (std::size_t i = 4; i < words.size(); ++i) {
    std::uint64_t value = 0;
    if (!number(words[i], value) || value > kLower32) return false;
    values.push_back(value);
  }
  add_all_but(std::string(words[1]), static_cast<unsigned>(argument), values, 31, 0, 0, rules);
  return true;
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

bool read_line(const Words& words, std::vector<Rule>& rules) {
  Rule rule;
  std::size_t first = 0;
  if (words.size() > 2 && words[2] == "unless") return read_exceptions(words, rules);
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
