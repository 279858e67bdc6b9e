#include "internal/base/log.h"

#include <gtest/gtest.h>

namespace mcp::log {
namespace {

constexpr std::string_view kTime = "2026-01-02T03:04:05.678Z";

TEST(LogLine, IsLogfmtWithQuotesOnlyWhereNeeded) {
  EXPECT_EQ(format_line(Format::kLogfmt, Level::kInfo, kTime, "server ready",
                        {{"server", "files"}, {"tools", 14}, {"why", ""}, {"q", "a\"b=c"}, {"nl", "a\nb"}}),
            "ts=2026-01-02T03:04:05.678Z level=info msg=\"server ready\" server=files tools=14 why=\"\" "
            "q=\"a\\\"b=c\" nl=\"a\\nb\"");
}

TEST(LogLine, IsOneJsonObject) {
  EXPECT_EQ(
      format_line(Format::kJson, Level::kError, kTime, "a \"b\"", {{"k", "v\n"}, {"n", std::size_t{3}}}),
      R"({"ts":"2026-01-02T03:04:05.678Z","level":"error","msg":"a \"b\"","k":"v\n","n":"3"})");
}

// What a server wrote may be in a line, which a terminal may show.
TEST(LogLine, EscapesWhatWouldMoveOrTurnIt) {
  EXPECT_EQ(format_line(Format::kLogfmt, Level::kInfo, kTime,
                        "a\xc2\x9b"
                        "2J",
                        {{"a", "\x1b[2J"}, {"b", "x\u202ey"}, {"c", "\x7f"}, {"d", "\u00e9"}, {"e", "\xff"}}),
            "ts=2026-01-02T03:04:05.678Z level=info msg=\"a\\u009b2J\" a=\"\\u001b[2J\" b=\"x\\u202ey\" "
            "c=\"\\u007f\" d=\u00e9 e=\"\uFFFD\"");
  EXPECT_EQ(format_line(Format::kJson, Level::kInfo, kTime, "m\u2066", {{"k", "\u202e\xff"}}),
            "{\"ts\":\"2026-01-02T03:04:05.678Z\",\"level\":\"info\",\"msg\":\"m\\u2066\",\"k\":"
            "\"\\u202e\uFFFD\"}");
}

TEST(LogLevel, ParsesItsFourNames) {
  EXPECT_EQ(parse_level("error").value(), Level::kError);
  EXPECT_EQ(parse_level("debug").value(), Level::kDebug);
  auto wrong = parse_level("trace");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::kInvalid);
  EXPECT_FALSE(wrong.error().hint.empty());
}

TEST(LogLevel, LetsThroughWhatIsGraveEnough) {
  configure(Level::kInfo, Format::kLogfmt);
  EXPECT_TRUE(enabled(Level::kError));
  EXPECT_TRUE(enabled(Level::kInfo));
  EXPECT_FALSE(enabled(Level::kDebug));
  configure(Level::kWarn, Format::kLogfmt);
  EXPECT_FALSE(enabled(Level::kInfo));
}

TEST(LogWrite, WritesOneLineToStderr) {
  configure(Level::kWarn, Format::kLogfmt);
  testing::internal::CaptureStderr();
  warn("careful", {{"server", "a"}});
  info("unheard");
  std::string written = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(written.ends_with(" level=warn msg=careful server=a\n")) << written;
  EXPECT_TRUE(written.starts_with("ts=2"));
  EXPECT_EQ(written.find('\n'), written.size() - 1);
}

}  // namespace
}  // namespace mcp::log
