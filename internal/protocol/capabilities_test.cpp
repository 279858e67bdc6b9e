#include "internal/protocol/capabilities.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mcp::protocol {
namespace {

using testing::HasSubstr;

ClientCapabilities client(std::string_view raw) {
  auto said = parse_client_capabilities(raw);
  EXPECT_TRUE(said) << raw;
  return said.value_or(ClientCapabilities{});
}
ServerCapabilities server(std::string_view raw) {
  auto said = parse_server_capabilities(raw);
  EXPECT_TRUE(said) << raw;
  return said.value_or(ServerCapabilities{});
}

TEST(ClientCapabilities, OfAnEmptyObjectAreNone) {
  ClientCapabilities none = client("{}");
  EXPECT_FALSE(none.answers_questions() || none.roots_list_changed || none.sampling_tools || none.tasks ||
               none.tasks_extension);
  EXPECT_EQ(to_json(none), "{}");
}

TEST(ClientCapabilities, KeepTheirRawForm) {
  constexpr std::string_view kRaw = R"({ "experimental":{"x":{"n":12345678901234567890123}} })";
  EXPECT_EQ(client(kRaw).raw, kRaw);
}

// 2025-11-25 elicitation: an empty object means form only.
TEST(ClientCapabilities, TellElicitationModesApart) {
  for (auto [raw, form, url] : {std::tuple{R"({"elicitation":{}})", true, false},
                                {R"({"elicitation":{"form":{}}})", true, false},
                                {R"({"elicitation":{"form":{},"url":{}}})", true, true},
                                {R"({"elicitation":{"url":{}}})", false, true},
                                {R"({"elicitation":{"other":{}}})", true, false},
                                {R"({})", false, false}}) {
    EXPECT_EQ(client(raw).elicitation_form, form) << raw;
    EXPECT_EQ(client(raw).elicitation_url, url) << raw;
  }
}

TEST(ClientCapabilities, ReadSamplingRootsAndTasks) {
  EXPECT_TRUE(client(R"({"sampling":{}})").sampling);
  EXPECT_FALSE(client(R"({"sampling":{"context":{}}})").sampling_tools);
  EXPECT_TRUE(client(R"({"sampling":{"tools":{}}})").sampling_tools);
  EXPECT_TRUE(client(R"({"roots":{}})").roots);
  EXPECT_FALSE(client(R"({"roots":{"listChanged":false}})").roots_list_changed);
  EXPECT_TRUE(client(R"({"roots":{"listChanged":true}})").roots_list_changed);
  EXPECT_TRUE(client(R"({"tasks":{"list":{}}})").tasks);
  EXPECT_FALSE(client(R"({"tasks":{"list":{}}})").tasks_extension);
  EXPECT_TRUE(client(R"({"extensions":{"io.modelcontextprotocol/tasks":{}}})").tasks_extension);
  EXPECT_FALSE(client(R"({"extensions":{"io.modelcontextprotocol/tasks":{}}})").tasks);
  EXPECT_FALSE(client(R"({"extensions":{"io.modelcontextprotocol/ui":{}}})").tasks_extension);
}

TEST(ClientCapabilities, RefuseWhatIsNoObject) {
  for (std::string_view raw : {"", "[]", "null", "true", R"({"sampling":true})", R"({"roots":null})",
                               R"({"elicitation":[]})", R"({"elicitation":{"url":true}})",
                               R"({"sampling":{"tools":1}})", R"({"extensions":[]})", R"({"tasks":1})"}) {
    auto said = parse_client_capabilities(raw);
    ASSERT_FALSE(said) << raw;
    EXPECT_EQ(said.error().code, ErrorCode::kInvalid);
  }
  EXPECT_THAT(parse_client_capabilities(R"({"sampling":true})").error().message, HasSubstr("\"sampling\""));
}

TEST(ClientCapabilities, AreWrittenAsTheFlagsSay) {
  for (std::string_view raw :
       {R"({"elicitation":{}})", R"({"elicitation":{"form":{},"url":{}}})", R"({"elicitation":{"url":{}}})",
        R"({"sampling":{"tools":{}},"roots":{"listChanged":true}})",
        R"({"sampling":{},"elicitation":{},"roots":{}})",
        R"({"extensions":{"io.modelcontextprotocol/tasks":{}}})"}) {
    EXPECT_EQ(to_json(client(raw)), raw);
  }
}

TEST(ServerCapabilities, ReadBothErasShapes) {
  ServerCapabilities all = server(
      R"({"tools":{"listChanged":true},"resources":{"subscribe":true,"listChanged":true},"prompts":{"listChanged":true},)"
      R"("completions":{},"logging":{},"tasks":{"requests":{"tools":{"call":{}}}}})");
  EXPECT_TRUE(all.tools && all.tools_list_changed && all.resources && all.resources_subscribe);
  EXPECT_TRUE(all.resources_list_changed && all.prompts && all.prompts_list_changed);
  EXPECT_TRUE(all.completions && all.logging && all.tasks);
  EXPECT_FALSE(all.tasks_list || all.tasks_cancel || all.tasks_extension);
  EXPECT_TRUE(server(R"({"extensions":{"io.modelcontextprotocol/tasks":{}}})").tasks_extension);
  EXPECT_FALSE(server(R"({"tasks":{"list":{},"cancel":{}}})").tasks) << "tools cannot be called as tasks";
  ServerCapabilities plain = server(R"({"tools":{},"resources":{"listChanged":true}})");
  EXPECT_FALSE(plain.tools_list_changed || plain.resources_subscribe || plain.prompts || plain.tasks);
}

TEST(ServerCapabilities, AreWrittenAsTheFlagsSay) {
  for (std::string_view raw : {"{}", R"({"tools":{}})", R"({"tools":{"listChanged":true},"completions":{}})",
                               R"({"resources":{"subscribe":true}})",
                               R"({"resources":{"subscribe":true,"listChanged":true},"logging":{}})",
                               R"({"tasks":{"list":{},"cancel":{},"requests":{"tools":{"call":{}}}}})",
                               R"({"prompts":{},"extensions":{"io.modelcontextprotocol/tasks":{}}})"}) {
    EXPECT_EQ(to_json(server(raw)), raw);
  }
}

TEST(ServerCapabilities, RefuseWhatIsNoObject) {
  for (std::string_view raw : {"[]", R"({"tools":true})", R"({"logging":null})", R"({"completions":[]})"}) {
    EXPECT_EQ(parse_server_capabilities(raw).error().code, ErrorCode::kInvalid) << raw;
  }
}

}  // namespace
}  // namespace mcp::protocol
