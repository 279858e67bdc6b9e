#include "internal/async/line_input.h"

#include <unistd.h>

#include <vector>

#include <gmock/gmock.h>

namespace mcp::async {
namespace {

using testing::ElementsAre;

constexpr Millis kPatience{10'000};

class LineInputTest : public testing::Test {
 protected:
  LineInputTest() {
    EXPECT_EQ(::pipe(ends), 0);
    input.emplace(loop, ends[0]);
  }
  ~LineInputTest() override { hang_up(); }

  void type(std::string_view text) {
    ASSERT_EQ(::write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void hang_up() {
    if (ends[1] >= 0) ::close(std::exchange(ends[1], -1));
  }
  static Task<void> all_of(LineInput* input, std::vector<std::string>* into, bool* over) {
    for (;;) {
      auto reading = input->next();
      auto line = co_await std::move(reading);
      if (!line) break;
      into->push_back(*line);
    }
    *over = true;
  }
  std::vector<std::string> rest() {
    std::vector<std::string> lines;
    bool over = false;
    loop.spawn(all_of(&*input, &lines, &over));
    EXPECT_TRUE(loop.run_until([&] { return over; }, kPatience));
    return lines;
  }

  int ends[2] = {-1, -1};
  Loop loop;
  std::optional<LineInput> input;
};

TEST_F(LineInputTest, GivesLinesWithoutTheirEndsAndTheRest) {
  type("one\n\ntwo\r\nth");
  type("ree\nrest");
  hang_up();
  EXPECT_THAT(rest(), ElementsAre("one", "", "two", "three", "rest"));
}

TEST_F(LineInputTest, ClosingEndsAWaitAndForgetsWhatWasTyped) {
  std::vector<std::string> lines;
  bool over = false;
  loop.spawn(all_of(&*input, &lines, &over));
  type("half a li");
  loop.run_ready();
  EXPECT_FALSE(over);
  input->close();
  EXPECT_TRUE(loop.run_until([&] { return over; }, kPatience));
  EXPECT_THAT(lines, ElementsAre());
  EXPECT_THAT(rest(), ElementsAre());
}

TEST_F(LineInputTest, ALineOverTheLimitEndsTheInput) {
  std::string fits(LineInput::kMaxLine - 1, 'x');
  for (std::size_t at = 0; at < fits.size(); at += 4096) {
    type(fits.substr(at, 4096));
    loop.run_ready();
  }
  bool over = false;
  std::vector<std::string> lines;
  loop.spawn(all_of(&*input, &lines, &over));
  loop.run_ready();
  type("\n");
  EXPECT_TRUE(loop.run_until([&] { return lines.size() == 1; }, kPatience));
  for (int i = 0; i < 20 && !over; ++i) {
    type(std::string(4096, 'y'));
    loop.run_ready();
  }
  EXPECT_TRUE(over);
}

TEST_F(LineInputTest, TheLoopGoesOnWhileNobodyTypes) {
  bool over = false, other = false;
  std::vector<std::string> lines;
  loop.spawn(all_of(&*input, &lines, &over));
  loop.post([&] { other = true; });
  EXPECT_TRUE(loop.run_until([&] { return other; }, kPatience));
  EXPECT_FALSE(over);
  input.reset();
  EXPECT_TRUE(loop.run_until([&] { return over; }, kPatience)) << "closing it is its end";
}

}  // namespace
}  // namespace mcp::async
