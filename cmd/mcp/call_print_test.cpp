#include "cmd/mcp/call_print.h"

#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace mcp::cmd {
namespace {

std::string list_of_one(const std::string& name, const std::string& about, bool on_terminal) {
  std::ostringstream out;
  print_list(out, "tools/list", {json::Value{{"name", name}, {"description", about}}}, on_terminal);
  return out.str();
}

TEST(PrintList, ShowsTheFirstLineOfADescription) {
  EXPECT_EQ(list_of_one("echo", "Says it.\nAgain.", true), "echo  Says it.\n");
  EXPECT_EQ(list_of_one("echo", std::string(100, 'x'), true), "echo  " + std::string(71, 'x') + "...\n");
}

TEST(PrintList, EscapesForATerminalAlone) {
  EXPECT_EQ(list_of_one("a\nb", "\x1b[2J\u202e", true), "a\\u000ab  \\u001b[2J\\u202e\n");
  EXPECT_EQ(list_of_one("a\nb", "\x1b[2J\u202e", false), "a\nb  \x1b[2J\u202e\n");
}

}  // namespace
}  // namespace mcp::cmd
