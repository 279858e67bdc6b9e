#include "cmd/mcp/completion_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cmd/mcp/manual_page.h"

namespace mcp::cmd {
namespace {

using testing::HasSubstr;

TEST(CompletionScript, KnowsEveryCommandAndOption) {
  auto words = words_of(commands());
  std::string bash = bash_completion(words), zsh = zsh_completion(words), fish = fish_completion(words);
  ASSERT_EQ(words.size(), commands().size());
  for (const CommandWords& one : words) {
    EXPECT_THAT(bash, HasSubstr("'" + one.command->name + "')"));
    EXPECT_THAT(zsh, HasSubstr("'" + one.command->name + "')"));
    EXPECT_THAT(fish, HasSubstr(one.command->summary.substr(0, one.command->summary.find('\''))));
    std::string page = manual_of(one, "1");
    EXPECT_THAT(page, HasSubstr(".SH \"EXIT STATUS\"")) << one.command->name;
    EXPECT_THAT(page, HasSubstr(".SH EXAMPLE")) << one.command->name;
    for (const OptionWord& option : one.options) {
      EXPECT_FALSE(option.help.empty()) << option.names.front();
      for (const std::string& name : option.names) EXPECT_THAT(zsh, HasSubstr("'*" + name + "[")) << name;
    }
  }
}

TEST(CommandWords, ReadWhatAnOptionTakes) {
  std::vector<Command> table{call_command()};
  auto words = words_of(table);
  auto option = [&words](const std::string& name) {
    for (const OptionWord& one : words.front().options) {
      if (one.names.back() == name) return one;
    }
    return OptionWord{};
  };
  EXPECT_EQ(option("--era").choices, (std::vector<std::string>{"auto", "legacy", "modern"}));
  EXPECT_TRUE(option("--config").wants_file());
  EXPECT_EQ(option("--trace").value, "");
  EXPECT_EQ(option("--help").names.front(), "-h");
}

// A line of roff that begins with a dot or a quote would be a request.
TEST(ManualPage, EscapesWhatRoffWouldTake) {
  Command command;
  command.name = "x";
  command.summary = ".\\-a";
  command.details = ".first\n'second\\\n\nEXAMPLE\n  mcp --x\n";
  command.declare = [](CLI::App&) { return std::function<int(Context&)>(); };
  std::vector<Command> table{command};
  auto words = words_of(table);
  std::string page = manual_of(words.front(), "1");
  EXPECT_THAT(page, HasSubstr("\\&.first\n\\&'second\\e\n"));
  EXPECT_THAT(page, HasSubstr("mcp\\-x \\- \\&.\\e\\-a\n"));
  EXPECT_THAT(page, HasSubstr(".SH EXAMPLE\n.nf\nmcp \\-\\-x\n.fi\n"));
}

}  // namespace
}  // namespace mcp::cmd
