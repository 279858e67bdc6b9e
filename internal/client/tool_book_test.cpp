#include "internal/client/tool_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mcp::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<Bytes> declarations(std::initializer_list<const char*> texts) {
  std::vector<Bytes> all;
  for (const char* text : texts) all.push_back(Bytes::copy(text));
  return all;
}

std::vector<std::string> names(const ToolBook& book) {
  std::vector<std::string> all;
  for (const Tool& tool : book.tools()) all.push_back(tool.name);
  return all;
}

constexpr const char* kGood =
    R"({"name":"good","inputSchema":{"type":"object","properties":{"r":{"type":"string","x-mcp-header":"Region"}}}})";
constexpr const char* kBad =
    R"({"name":"bad","inputSchema":{"type":"object","properties":{"r":{"type":"number","x-mcp-header":"Region"}}}})";

TEST(ToolBook, KeepsTheServersOrderAndTheSchemasBytes) {
  auto book = ToolBook::build(
      declarations({R"({"name":"b","inputSchema":{ "$defs":{} }})", R"({"name":"a"})"}), true);
  EXPECT_THAT(names(book), ElementsAre("b", "a"));
  EXPECT_EQ(book.tools()[0].input_schema.view(), R"({ "$defs":{} })");
  EXPECT_TRUE(book.tools()[1].input_schema.empty());
}

TEST(ToolBook, FindsWhatTravelsInHeaders) {
  auto book = ToolBook::build(declarations({kGood}), true);
  auto tool = book.find("good");
  ASSERT_TRUE(tool);
  ASSERT_EQ(tool->param_headers.size(), 1u);
  EXPECT_EQ(tool->param_headers[0].header, "Region");
}

TEST(ToolBook, LeavesOutAToolWithABrokenHeaderAndNoOther) {
  auto book = ToolBook::build(declarations({kBad, kGood}), true);
  EXPECT_THAT(names(book), ElementsAre("good"));
  auto tool = book.find("bad");
  ASSERT_FALSE(tool);
  EXPECT_EQ(tool.error().code, ErrorCode::kProtocol);
  EXPECT_THAT(tool.error().message, HasSubstr("\"bad\" cannot be used"));
}

TEST(ToolBook, KeepsThatToolWhereNoHeadersAreSent) {
  auto book = ToolBook::build(declarations({kBad}), false);
  auto tool = book.find("bad");
  ASSERT_TRUE(tool);
  EXPECT_TRUE(tool->param_headers.empty());
}

TEST(ToolBook, TakesTheFirstOfTwoWithOneName) {
  auto book =
      ToolBook::build(declarations({R"({"name":"a","title":"1"})", R"({"name":"a","title":"2"})"}), true);
  ASSERT_EQ(book.tools().size(), 1u);
  EXPECT_THAT(std::string(book.find("a")->raw.view()), HasSubstr("\"1\""));
}

TEST(ToolBook, LeavesOutWhatHasNoName) {
  auto book = ToolBook::build(
      declarations({R"({"title":"x"})", R"({"name":7})", R"({"name":""})", "[]", kGood}), true);
  EXPECT_THAT(names(book), ElementsAre("good"));
}

TEST(ToolBook, SuggestsTheNameThatMayBeMeant) {
  auto book = ToolBook::build(declarations({kGood}), true);
  auto tool = book.find("godo");
  ASSERT_FALSE(tool);
  EXPECT_EQ(tool.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(tool.error().hint, HasSubstr("good"));
}

}  // namespace
}  // namespace mcp::client
