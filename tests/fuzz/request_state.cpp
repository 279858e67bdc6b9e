// A requestState comes from outside: only what was sealed here, for this request, and unchanged, opens.
#include "internal/server/request_state.h"
#include "internal/base/fake_env.h"
#include "internal/crypto/aead.h"
#include "tests/fuzz/fuzz.h"

namespace {

constexpr std::string_view kBinding = "principal tools/call ask {}";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = mcp::fuzz::text_of(data, size);
  mcp::FakeEnv env;
  mcp::server::StateSeal seal(env, std::string(32, 'k'), 1000);
  // As it comes, and as changes to a sealed text.
  FUZZ_EXPECT(!seal.open(text, kBinding));
  std::string sealed = seal.seal("round 1", kBinding);
  std::string changed = sealed;
  for (std::size_t i = 0; i < changed.size() && i < size; ++i)
    changed[i] = static_cast<char>(changed[i] ^ data[i]);
  auto opened = seal.open(changed, kBinding);
  FUZZ_EXPECT(opened.has_value() == (changed == sealed));
  FUZZ_EXPECT(!seal.open(sealed, text));
  std::string own = seal.seal(text, text);
  auto back = seal.open(own, text);
  FUZZ_EXPECT(back && *back == text);

  mcp::crypto::Aead aead(std::string(mcp::crypto::Aead::kKeySize, 'k'));
  FUZZ_EXPECT(!aead.open(text, kBinding));
  std::string box = aead.seal(text, kBinding);
  FUZZ_EXPECT(aead.open(box, kBinding) == std::string(text));
  std::string other = box;
  bool same = true;
  for (std::size_t i = 0; i < other.size() && i < size; ++i) {
    other[i] = static_cast<char>(other[i] ^ data[i]);
    same = same && data[i] == 0;
  }
  FUZZ_EXPECT(aead.open(other, kBinding).has_value() == same);
  return 0;
}
