#include "internal/protocol/pagination.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/base/base64.h"

namespace mcp::protocol {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ReadPage, GivesTheItemsInTheirBytes) {
  Bytes result =
      Bytes::copy(R"({"tools":[ {"name": "a","n":12345678901234567890123} ,{}],"nextCursor":"c\"1"})");
  auto page = read_page(result, "tools");
  ASSERT_TRUE(page);
  EXPECT_THAT(page->items, ElementsAre(R"({"name": "a","n":12345678901234567890123})", "{}"));
  EXPECT_EQ(page->next_cursor, "c\"1");
}

// pagination, 2026-07-28: an empty cursor is valid and is not the end.
TEST(ReadPage, TakesAnEmptyCursorForACursor) {
  EXPECT_EQ(read_page(Bytes::copy(R"({"tools":[],"nextCursor":""})"), "tools")->next_cursor, "");
}

TEST(ReadPage, EndsWithoutACursor) {
  EXPECT_EQ(read_page(Bytes::copy(R"({"tools":[]})"), "tools")->next_cursor, std::nullopt);
  EXPECT_EQ(read_page(Bytes::copy(R"({"tools":[],"nextCursor":null})"), "tools")->next_cursor, std::nullopt);
}

TEST(ReadPage, RefusesWhatIsNoPage) {
  for (std::string_view result : {"[]", "{}", R"({"tools":{}})", R"({"prompts":[]})",
                                  R"({"tools":[],"nextCursor":5})", R"({"tools":[],"tools":[]})"}) {
    auto page = read_page(Bytes::copy(result), "tools");
    ASSERT_FALSE(page) << result;
    EXPECT_EQ(page.error().code, ErrorCode::kProtocol);
  }
}

TEST(WritePage, IsReadAsItIsWritten) {
  EXPECT_EQ(write_page("tools", {}), R"({"tools":[]})");
  std::string raw = write_page("prompts", {R"({"name":"a"})", "{}"}, "next\n");
  EXPECT_EQ(raw, R"({"prompts":[{"name":"a"},{}],"nextCursor":"next\n"})");
  Bytes bytes = Bytes::copy(raw);
  EXPECT_EQ(read_page(bytes, "prompts")->items.size(), 2u);
}

TEST(Cursor, ComesBack) {
  for (Cursor cursor : {Cursor{0, 0}, Cursor{7, 500}, Cursor{UINT64_MAX, UINT64_MAX}}) {
    auto back = decode_cursor(encode_cursor(cursor));
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, cursor);
  }
}

TEST(Cursor, OfOthersIsInvalidParams) {
  for (const std::string& text :
       {std::string(), std::string("abc"), std::string("next-page"), base64_encode("x:1:2"),
        base64_encode("mcp1:1"), base64_encode("mcp1:1:-2"), base64_encode("mcp1:1:2:3"),
        base64_encode("mcp1:1:99999999999999999999"), base64_encode("mcp1::2")}) {
    auto cursor = decode_cursor(text);
    ASSERT_FALSE(cursor) << text;
    EXPECT_EQ(cursor.error().code, jsonrpc::kInvalidParams);
  }
}

}  // namespace
}  // namespace mcp::protocol
