#include "cmd/mcp/top_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mcp::cmd {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string server(const std::string& name, const std::string& state = "ready") {
  return R"({"name":")" + name + R"(","state":")" + state +
         R"(","era":"legacy","pid":47110,"children":2,"resident_bytes":57671680,)"
         R"("calls_per_second":1234.5,"errors_per_second":0.25,"p50_ms":0.42,"p99_ms":123.4})";
}

std::string snapshot(const std::string& servers) {
  return R"({"version":"0.1.0","pid":77,"url":"http://127.0.0.1:8080/mcp","uptime_seconds":7380,)"
         R"("resident_bytes":14889779,"loop_lag_ms":0.3,"sessions":[{"era":"legacy","transport":"http","open":3},)"
         R"({"era":"modern","transport":"http","open":0}],"totals":{"calls":99,"calls_per_second":12,)"
         R"("errors_per_second":0,"p50_ms":1.5,"p99_ms":1500},"refused":{"max_body":2},"dropped_spans":4,)"
         R"("servers":[)" +
         servers + "]}";
}

std::vector<std::string> render(const std::string& text, TopLayout layout = {}) {
  auto lines = render_top(text, layout);
  EXPECT_TRUE(lines) << lines.error().message;
  return lines ? *lines : std::vector<std::string>();
}

TEST(TopView, SaysHowTheGatewayFares) {
  auto lines = render(snapshot(server("files")));
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_EQ(lines[0], "mcp 0.1.0  pid 77  up 2h03m  mem 14.2M  lag 0.30ms  http://127.0.0.1:8080/mcp");
  EXPECT_EQ(lines[1], "calls 12.0/s  errors 0.0/s  p50 1.50ms  p99 1.5s  in all 99  refused 2  spans l>");
  EXPECT_EQ(lines[2], "sessions 3 (legacy http 3)");
  EXPECT_THAT(lines[5],
              StartsWith("files          ready       legacy   47110  2    1234   0.2 0.42ms  123ms"));
  EXPECT_THAT(lines[5], HasSubstr("55.0M"));
}

TEST(TopView, EscapesWhateverItWasTold) {
  std::string rude = snapshot(server(R"(a\u001b[2J)", R"(\u202eready)"));
  rude.replace(rude.find("0.1.0"), 5, R"(\u009b2J\n)");
  auto lines = render(rude, {.width = 200});
  EXPECT_THAT(lines[0], StartsWith("mcp \\u009b2J\\u000a  pid 77"));
  EXPECT_THAT(lines[5], StartsWith("a\\u001b[2J"));
  EXPECT_THAT(lines[5], HasSubstr("\\u202erea"));
}

TEST(TopView, FitsIntoAnyWidth) {
  for (std::size_t width : {20, 40, 79, 80, 81, 200}) {
    TopLayout layout;
    layout.width = width;
    for (const std::string& line :
         render(snapshot(server("a-server-of-24-characters", "unsupported")), layout)) {
      EXPECT_LE(line.size(), width) << line;
    }
  }
}

TEST(TopView, PutsItsTitlesOverItsColumns) {
  auto lines = render(snapshot(server("files")));
  for (auto [title, value] :
       {std::pair("MEM", "55.0M"), {"P99", "123ms"}, {"PID", "47110"}, {"CALLS/S", "1234"}}) {
    EXPECT_EQ(lines[4].find(title) + std::string(title).size(),
              lines[5].find(value) + std::string(value).size())
        << title;
  }
}

TEST(TopView, CountsServersThatHaveNoRoom) {
  TopLayout layout;
  layout.height = 8;
  auto all = server("a") + "," + server("b") + "," + server("c") + "," + server("d");
  auto lines = render(snapshot(all), layout);
  EXPECT_EQ(lines.size(), 8u);
  EXPECT_EQ(lines.back(), "… and 2 more");
  layout.height = 0;
  EXPECT_EQ(render(snapshot(all), layout).size(), 9u);
}

TEST(TopView, ColorsStatesOnlyWhenAsked) {
  EXPECT_THAT(render(snapshot(server("files"))).back(), Not(HasSubstr("\033")));
  TopLayout layout;
  layout.color = true;
  EXPECT_THAT(render(snapshot(server("files")), layout).back(), HasSubstr("\033[32mready      \033[0m"));
  EXPECT_THAT(render(snapshot(server("files", "failed")), layout).back(), HasSubstr("\033[31mfailed"));
}

TEST(TopView, TakesASnapshotOfAnotherVersionAsFarAsItGoes) {
  auto lines = render(R"({"servers":[{"name":"x"}]})");
  EXPECT_THAT(lines.back(), StartsWith("x "));
}

TEST(TopView, RefusesWhatIsNoSnapshot) {
  for (const char* text : {"", "[]", "{}", "{\"error\":\"unknown\"}"}) {
    auto lines = render_top(text, {});
    ASSERT_FALSE(lines) << text;
    EXPECT_EQ(lines.error().code, ErrorCode::kProtocol);
  }
}

}  // namespace
}  // namespace mcp::cmd
