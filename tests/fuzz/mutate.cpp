#include "tests/fuzz/mutate.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mcp::fuzz {
namespace {

constexpr std::size_t kMost = 1 << 14;
// Where decoders tend to be wrong.
constexpr std::array<std::string_view, 26> kWords{"\r\n",
                                                  "\n",
                                                  "\r",
                                                  "\r\n\r\n",
                                                  "\n\n",
                                                  "\0",
                                                  "\"",
                                                  "\\",
                                                  "{",
                                                  "}",
                                                  "[",
                                                  "]",
                                                  ",",
                                                  ":",
                                                  "\\u0000",
                                                  "\\ud800",
                                                  "\xff",
                                                  "\xef\xbb\xbf",
                                                  "=?base64?",
                                                  "?=",
                                                  "-1",
                                                  "18446744073709551616",
                                                  "9223372036854775807",
                                                  "1e999",
                                                  "${x:-",
                                                  "ffffffffffffffff"};

}  // namespace

Mutator::Mutator(std::uint64_t seed, std::vector<std::string> corpus)
    : random_(seed), corpus_(std::move(corpus)) {
  corpus_.emplace_back();
}

std::string_view Mutator::piece_of(std::string_view text) {
  std::size_t from = below(text.size() + 1);
  return text.substr(from, below(std::min<std::size_t>(text.size() - from, 64) + 1));
}

void Mutator::change(std::string& text) {
  std::size_t at = below(text.size() + 1);
  switch (below(9)) {
    case 0:
      if (!text.empty()) text[at % text.size()] = static_cast<char>(below(256));
      break;
    case 1:
      if (!text.empty()) text[at % text.size()] ^= static_cast<char>(1 << below(8));
      break;
    case 2: text.erase(at, below(16)); break;
    case 3: text.insert(at, below(8), static_cast<char>(below(256))); break;
    case 4: {
      std::string_view word = kWords[below(kWords.size())];
      text.insert(at, word.empty() ? std::string_view("\0", 1) : word);
      break;
    }
    case 5: text.insert(at, std::string(piece_of(text))); break;
    case 6: text.insert(at, std::string(piece_of(corpus_[below(corpus_.size())]))); break;
    case 7: text.resize(at); break;
    default: {
      std::string piece(piece_of(text));
      std::size_t times = below(200);
      for (std::size_t i = 0; i < times && text.size() < kMost; ++i) text.insert(at, piece);
    }
  }
}

std::string Mutator::next() {
  std::string text = corpus_[below(corpus_.size())];
  std::size_t changes = 1 + below(6);
  for (std::size_t i = 0; i < changes; ++i) change(text);
  if (text.size() > kMost) text.resize(kMost);
  return text;
}

}  // namespace mcp::fuzz
