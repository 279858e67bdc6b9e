#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace mcp::fuzz {

// Changes inputs at random: bytes, runs, numbers at their limits, words of the corpus, two inputs joined. The
// same seed makes the same inputs.
class Mutator {
 public:
  Mutator(std::uint64_t seed, std::vector<std::string> corpus);

  std::string next();

 private:
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }
  std::string_view piece_of(std::string_view text);
  void change(std::string& text);

  std::mt19937_64 random_;
  std::vector<std::string> corpus_;
};

}  // namespace mcp::fuzz
