#include "cmd/mcp/start_table.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mcp::cmd {
namespace {

std::string table(const gateway::ServerStatus& server) {
  std::ostringstream out;
  print_start_table(out, {server}, false);
  return out.str();
}

gateway::ServerStatus server(const char* state) {
  gateway::ServerStatus status;
  status.name = "files";
  status.state = state;
  return status;
}

TEST(StartTable, HasALineAServer) {
  auto ready = server("ready");
  ready.tools = 14;
  ready.prompts = 1;
  ready.start_ms = 120;
  EXPECT_EQ(table(ready), "  files   ready       14 tools, 1 prompt                   120 ms\n");
  EXPECT_EQ(table(server("idle")), "  files   idle        started when it is needed\n");
}

// What a server says of itself forges no line and moves no cursor.
TEST(StartTable, EscapesWhatServersWrote) {
  for (const char* state : {"failed", "incomplete"}) {
    auto rude = server(state);
    rude.error = "said \x1b[2J\nmcp: ready on http://evil";
    rude.hint = "\u202etry\r";
    EXPECT_THAT(table(rude), testing::HasSubstr("said \\u001b[2J\\u000amcp: ready on http://evil\n"));
    EXPECT_THAT(table(rude), testing::HasSubstr("hint: \\u202etry\\u000d\n"));
  }
}

}  // namespace
}  // namespace mcp::cmd
