#include "internal/bench/process_tree.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace mcp::bench {
namespace {

TEST(ParseStat, ReadsParentAndTicksBehindAnyName) {
  const std::string rest =
      " S 41 7 7 0 -1 4194304 100 0 0 0 250 50 3 4 20 0 1 0 100 1000 10 18446744073709551615";
  for (const char* name : {"(node)", "(a b)", "(a) S 1 (b)", "()"}) {
    ProcessFacts facts = parse_stat("42 " + std::string(name) + rest);
    EXPECT_EQ(facts.pid, 42) << name;
    EXPECT_EQ(facts.parent, 41) << name;
    EXPECT_EQ(facts.cpu_ticks, 300) << name;
  }
}

TEST(ParseStat, RefusesWhatIsNone) {
  EXPECT_EQ(parse_stat("").pid, 0);
  EXPECT_EQ(parse_stat("42 (x)").pid, 0);
  EXPECT_EQ(parse_stat("42 (x) S 1 2").pid, 0);
}

TEST(Descendants, FindsGrandchildrenAndNobodyElse) {
  std::vector<ProcessFacts> all{{1, 0, 0}, {10, 1, 0}, {30, 20, 0}, {20, 10, 0}, {11, 1, 0}};
  auto found = descendants(all, 10);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].pid, 10);
  EXPECT_EQ(found[1].pid, 20);
  EXPECT_EQ(found[2].pid, 30);
  EXPECT_TRUE(descendants(all, 99).empty());
}

TEST(ProcessTree, SeesThisVeryProcess) {
  ProcessTree tree(::getpid());
  tree.reset_peaks();
  Holding own = tree.own();
  EXPECT_EQ(own.processes, 1);
  EXPECT_EQ(tree.servers().processes, 0);
  EXPECT_GT(own.rss_bytes, 1 << 20);
  EXPECT_GT(own.pss_bytes, 0);
  EXPECT_GE(own.peak_rss_bytes, own.rss_bytes / 2);
}

TEST(ProcessTree, CountsProcessorTime) {
  ProcessTree tree(::getpid());
  double before = tree.cpu().own_seconds;
  std::uint64_t sum = 0;
  while (tree.cpu().own_seconds <= before) {
    for (std::uint64_t i = 0; i < 1000; ++i) sum = sum * 31 + i;
  }
  EXPECT_GT(tree.cpu().own_seconds, before) << sum;
  EXPECT_EQ(tree.cpu().servers_seconds, 0);
}

TEST(ProcessTree, OfNobodyIsEmpty) { EXPECT_EQ(ProcessTree(-1).own().processes, 0); }

}  // namespace
}  // namespace mcp::bench
