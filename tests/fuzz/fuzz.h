#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

// A fuzz target: takes any bytes, and returns when all that must hold for them held. libFuzzer's interface,
// so that the same file runs under it and under plain.cpp.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace mcp::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// A stream as it comes: `step` bytes at a time.
class Pieces {
 public:
  Pieces(std::string_view stream, std::size_t step) : rest_(stream), step_(step) {}

  bool empty() const { return rest_.empty(); }
  std::string_view next() {
    std::string_view piece = rest_.substr(0, step_);
    rest_.remove_prefix(piece.size());
    return piece;
  }

 private:
  std::string_view rest_;
  std::size_t step_;
};

}  // namespace mcp::fuzz

// What a decoder must never break, whatever it is fed. A fuzzer takes the abort for a finding.
#define FUZZ_EXPECT(condition)                                                            \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                       \
    }                                                                                     \
  } while (false)

namespace mcp::fuzz {

// What a stream means must not depend on how it is cut. read(Pieces): what it means.
template <class Read>
void expect_same_however_cut(std::string_view stream, Read read) {
  auto whole = read(Pieces(stream, stream.size() + 1));
  for (std::size_t step : {1, 7, 13}) FUZZ_EXPECT(read(Pieces(stream, step)) == whole);
}

}  // namespace mcp::fuzz
