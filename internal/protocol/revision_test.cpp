#include "internal/protocol/revision.h"

#include <gtest/gtest.h>

namespace mcp::protocol {
namespace {

TEST(Revision, ReadsItsOwnNamesOnly) {
  for (Revision revision : {Revision::k2024_11_05, Revision::k2025_03_26, Revision::k2025_06_18,
                            Revision::k2025_11_25, Revision::k2026_07_28}) {
    EXPECT_EQ(parse_revision(to_string(revision)), revision);
  }
  for (std::string_view text : {"", "2024-10-07", "2030-01-01", "2025-11-25 ", "draft", "DRAFT-2026"}) {
    EXPECT_EQ(parse_revision(text), std::nullopt) << text;
  }
}

TEST(Revision, ModernBeginsWith20260728) {
  EXPECT_EQ(era_of(Revision::k2025_11_25), Era::kLegacy);
  EXPECT_EQ(era_of(Revision::k2026_07_28), Era::kModern);
}

// lifecycle, "Version Negotiation": echo a supported version, else answer another.
TEST(Negotiate, EchoesLegacyRevisionsAndOffersTheLatestOtherwise) {
  EXPECT_EQ(negotiate("2024-11-05"), Revision::k2024_11_05);
  EXPECT_EQ(negotiate("2025-11-25"), Revision::k2025_11_25);
  for (std::string_view text : {"2026-07-28", "1999-01-01", "2024-10-07", ""}) {
    EXPECT_EQ(negotiate(text), Revision::k2025_11_25) << text;
  }
}

}  // namespace
}  // namespace mcp::protocol
