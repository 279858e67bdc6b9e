#include "tests/soak/ledger.h"

#include <cctype>
#include <charconv>

#include "internal/json/members.h"

namespace mcp::soak {
namespace {

constexpr std::string_view kPrefix = "nonce-";
constexpr std::size_t kMostWords = 40;

}  // namespace

std::string Ledger::issue(std::string_view server) {
  std::string nonce = std::string(kPrefix) + std::to_string(entries_.size()) + "-for-" + std::string(server);
  entries_.emplace_back();
  ++totals_.issued;
  ++open_;
  return nonce;
}

std::optional<std::size_t> Ledger::number_of(std::string_view nonce) const {
  std::size_t number = 0;
  std::string_view digits = nonce.substr(std::min(kPrefix.size(), nonce.size()));
  auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (!nonce.starts_with(kPrefix) || failed != std::errc() || number >= entries_.size()) return std::nullopt;
  return number;
}

void Ledger::seen(std::string_view response) {
  for (auto at = response.find(kPrefix); at != response.npos; at = response.find(kPrefix, at + 1)) {
    auto number = number_of(response.substr(at));
    if (!number) {
      ++totals_.foreign;
    } else if (entries_[*number].seen < 2 && ++entries_[*number].seen == 2) {
      ++totals_.doubled;
    }
  }
}

bool Ledger::close(std::string_view nonce) {
  auto number = number_of(nonce);
  if (!number || std::exchange(entries_[*number].settled, true)) {
    ++totals_.doubled;
    return false;
  }
  --open_;
  return true;
}

void Ledger::settle(std::string_view nonce, std::string_view server, const protocol::Outcome& outcome) {
  if (!close(nonce)) return;
  if (outcome.ok()) {
    ++(text_of(outcome.raw().view()) == nonce ? totals_.answered : totals_.foreign);
    return;
  }
  if (outcome.cause()) {
    ++totals_.lost;
    return note("lost: " + outcome.cause()->message);
  }
  bool named = outcome.error().message.find(server) != std::string::npos;
  ++(named ? totals_.refused : totals_.nameless);
  note((named ? "refused: " : "nameless: ") + outcome.error().message);
}

void Ledger::abandon(std::string_view nonce) {
  if (close(nonce)) ++totals_.abandoned;
}

Ledger::Totals Ledger::totals() const {
  Totals totals = totals_;
  totals.lost += open_;
  return totals;
}

void Ledger::note(std::string text) {
  for (char& c : text) {
    if (std::isdigit(static_cast<unsigned char>(c))) c = '#';
  }
  if (words_.size() >= kMostWords && words_.count(text) == 0) text = "others";
  ++words_[text];
}

std::string text_of(std::string_view result) {
  auto blocks = json::elements_of(json::member_of(result, "content"));
  if (blocks.size() != 1) return {};
  auto text = json::decode_string(json::member_of(blocks[0], "text"));
  return text ? *text : std::string();
}

}  // namespace mcp::soak
