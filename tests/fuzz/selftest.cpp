// A target with a mistake, for selftest.sh: it dies of every input with an "!".
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FUZZ_EXPECT(mcp::fuzz::text_of(data, size).find('!') == std::string_view::npos);
  return 0;
}
