#include "internal/server/builtin.h"

#include <gmock/gmock.h>

#include "internal/server/test_peer.h"
#include "internal/server/time_zone.h"

namespace mcp::server {
namespace {

class BuiltinTest : public testing::Test {
 protected:
  void open(std::string_view name) {
    peer = std::make_unique<TestPeer>(std::make_shared<async::Loop>(),
                                      [&](async::Loop& loop) { return make_builtin(name, loop); });
    peer->initialize();
  }
  Value call(const std::string& params) { return peer->ask(legacy("1", "tools/call", params))["result"]; }
  std::unique_ptr<TestPeer> peer;
};

TEST_F(BuiltinTest, EachNameMakesAServer) {
  EXPECT_THAT(builtin_names(), testing::ElementsAre("echo", "time"));
  async::Loop loop;
  for (const auto& name : builtin_names()) EXPECT_NE(make_builtin(name, loop), nullptr) << name;
  EXPECT_EQ(make_builtin("none", loop), nullptr);
}

TEST_F(BuiltinTest, EchoGivesTheMessageBack) {
  open("echo");
  EXPECT_EQ(call(R"({"name":"echo","arguments":{"message":"hällo \"x\"\n"}})")["content"][0]["text"],
            "hällo \"x\"\n");
  EXPECT_EQ(call(R"({"name":"echo","arguments":{}})")["isError"], true);
}

TEST_F(BuiltinTest, EchoHasAPromptAndATemplate) {
  open("echo");
  Value prompt =
      peer->ask(legacy("1", "prompts/get", R"({"name":"repeat","arguments":{"message":"tea"}})"))["result"];
  EXPECT_THAT(prompt.dump(), testing::HasSubstr("tea"));
  Value read = peer->ask(legacy("2", "resources/read", R"({"uri":"echo://tea"})"))["result"];
  EXPECT_EQ(read["contents"][0]["text"], "tea");
}

TEST_F(BuiltinTest, TimeConvertsBetweenOffsets) {
  open("time");
  Value result = call(R"({"name":"convert","arguments":{"time":"2026-07-28T14:00:00+02:00","to":"-05:30"}})");
  EXPECT_EQ(result["structuredContent"]["time"], "2026-07-28T06:30:00-05:30");
  EXPECT_EQ(call(R"({"name":"convert","arguments":{"time":"2026-07-28T14:00","from":"+01:00","to":"UTC"}})")
                ["content"][0]["text"],
            "2026-07-28T13:00:00Z");
}

TEST_F(BuiltinTest, TimeSaysWhatItDoesNotUnderstand) {
  open("time");
  for (const char* arguments :
       {R"({"time":"noon","to":"UTC"})", R"({"time":"2026-02-30T10:00:00Z","to":"UTC"})",
        R"({"time":"2026-07-28T14:00:00Z","to":"Mars/Base"})"}) {
    Value result = call(R"({"name":"convert","arguments":)" + std::string(arguments) + "}");
    EXPECT_EQ(result["isError"], true) << arguments;
  }
  EXPECT_EQ(call(R"({"name":"now","arguments":{"timezone":"nowhere"}})")["isError"], true);
}

TEST_F(BuiltinTest, TimeTellsTheTime) {
  open("time");
  EXPECT_GT(call(R"({"name":"now"})")["structuredContent"]["unix"].get<std::int64_t>(), 1'700'000'000);
  EXPECT_THAT(
      call(R"({"name":"now","arguments":{"timezone":"+02:00"}})")["content"][0]["text"].get<std::string>(),
      testing::EndsWith("+02:00"));
  EXPECT_FALSE(call(R"({"name":"now","arguments":{"timezone":"local"}})").contains("isError"));
}

TEST(TimeZone, ReadsOffsets) {
  EXPECT_EQ(parse_offset_minutes("UTC").value(), 0);
  EXPECT_EQ(parse_offset_minutes("+02:00").value(), 120);
  EXPECT_EQ(parse_offset_minutes("-0530").value(), -330);
  EXPECT_EQ(parse_offset_minutes("+9").value(), 540);
  EXPECT_EQ(parse_offset_minutes("+18:00").value(), 1080);
  for (const char* bad : {"", "+", "2", "+18:01", "+1:2", "+123", "+aa", "+02:60", "Europe/Berlin"}) {
    EXPECT_FALSE(parse_offset_minutes(bad)) << bad;
  }
}

TEST(TimeZone, WritesAndReadsTheSameMoment) {
  for (std::int64_t moment : {std::int64_t{0}, std::int64_t{951782400}, std::int64_t{1785247200}}) {
    for (int offset : {0, 120, -330, 1080, -1080}) {
      EXPECT_EQ(parse_rfc3339(format_rfc3339(moment, offset), 0).value(), moment);
    }
  }
  EXPECT_EQ(format_rfc3339(951782400, 0), "2000-02-29T00:00:00Z");
}

}  // namespace
}  // namespace mcp::server
