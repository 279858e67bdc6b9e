#include "internal/crypto/aead.h"

#include <gtest/gtest.h>

namespace mcp::crypto {
namespace {

std::string hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

// The GCM specification (McGrew, Viega), test cases 13 and 14: key and nonce of zeros.
TEST(Aead, SealsAsTheSpecificationsTestCases) {
  Aead empty(std::string(32, '\0'));
  EXPECT_EQ(hex(empty.seal("", "")), std::string(24, '0') + "530f8afbc74536b9a963b4f1c4cb738b");
  Aead block(std::string(32, '\0'));
  EXPECT_EQ(hex(block.seal(std::string(16, '\0'), "")),
            std::string(24, '0') + "cea7403d4d606b6e074ec5d3baf39d18" + "d0d1c8a799996bf0265b98b5d48ab919");
}

TEST(Aead, OpensWhatItSealedWithTheSameAssociatedText) {
  Aead aead(std::string(32, 'k'));
  for (const char* text : {"", "x", "a longer text than one block of sixteen bytes"}) {
    std::string sealed = aead.seal(text, "whose");
    EXPECT_EQ(aead.open(sealed, "whose"), text);
    EXPECT_EQ(aead.open(sealed, "another's"), std::nullopt);
    EXPECT_EQ(aead.open(sealed, ""), std::nullopt);
  }
}

TEST(Aead, RefusesEveryChangedBit) {
  Aead aead(std::string(32, 'k'));
  std::string sealed = aead.seal("state", "whose");
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string changed = sealed;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(aead.open(changed, "whose"), std::nullopt) << bit;
  }
}

TEST(Aead, RefusesEveryShorterText) {
  Aead aead(std::string(32, 'k'));
  std::string sealed = aead.seal("state", "whose");
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_EQ(aead.open(sealed.substr(0, size), "whose"), std::nullopt) << size;
  }
}

TEST(Aead, AnotherKeyOpensNothing) {
  Aead ours(std::string(32, 'a'));
  Aead theirs(std::string(32, 'b'));
  EXPECT_EQ(theirs.open(ours.seal("state", ""), ""), std::nullopt);
}

TEST(Aead, TheSameTextIsNeverSealedTheSameWayTwice) {
  Aead aead(std::string(32, 'k'));
  EXPECT_NE(aead.seal("state", "whose"), aead.seal("state", "whose"));
}

}  // namespace
}  // namespace mcp::crypto
