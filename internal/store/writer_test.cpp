#include "internal/store/writer.h"

#include <thread>

#include "internal/store/store_testing.h"

namespace mcp::store {
namespace {

using testing::number;

class WriterTest : public testing::StoreTest {
 protected:
  WriterTest() {
    Connection db = open();
    EXPECT_TRUE(db.script("CREATE TABLE t (x INTEGER UNIQUE) STRICT"));
  }
  Writer writer(std::size_t queue = 1024) { return Writer(loop_, open(), queue); }
  static Writer::Job insert(int x) {
    return [x](Connection& db) -> Result<void> {
      MCP_TRY(db.run("INSERT INTO t VALUES (?1)", {x}));
      return {};
    };
  }
  Writer::Done note() {
    return [this](const Result<void>& result) { results_.push_back(result); };
  }
  bool until(std::size_t results) {
    return loop_.run_until([&] { return results_.size() == results; }, std::chrono::seconds(30));
  }

  async::Loop loop_;
  std::vector<Result<void>> results_;
};

TEST_F(WriterTest, RunsJobsInOrderEachInATransaction) {
  Writer one = writer();
  std::vector<int> order;
  for (int x : {1, 2, 3}) {
    auto job = [x, add = insert(x)](Connection& db) -> Result<void> {
      MCP_TRY(add(db));
      if (x == 2) return fail(ErrorCode::kCancelled, "not this one");
      return {};
    };
    ASSERT_TRUE(one.submit(job, [&, x](const Result<void>& result) {
      order.push_back(x);
      results_.push_back(result);
    }));
  }
  EXPECT_TRUE(results_.empty()) << "nothing is done inside submit()";
  ASSERT_TRUE(until(3));
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
  EXPECT_FALSE(results_[1]);
  EXPECT_TRUE(one.idle());
  Connection db = open();
  EXPECT_EQ(number(db, "SELECT sum(x) FROM t"), 4);
}

TEST_F(WriterTest, JobsRunOffTheLoopAndAnswersOnIt) {
  Writer one = writer();
  std::thread::id there;
  std::thread::id here;
  ASSERT_TRUE(one.submit(
      [&](Connection&) -> Result<void> {
        there = std::this_thread::get_id();
        return {};
      },
      [&](const Result<void>& result) {
        here = std::this_thread::get_id();
        results_.push_back(result);
      }));
  ASSERT_TRUE(until(1));
  EXPECT_EQ(here, std::this_thread::get_id());
  EXPECT_NE(there, here);
}

TEST_F(WriterTest, RefusesOneJobMoreThanMayWait) {
  Writer one = writer(2);
  for (int x : {1, 2, 3}) ASSERT_TRUE(one.submit(insert(x), note())) << "one runs, two wait";
  EXPECT_EQ(one.waiting(), 2u);
  auto refused = one.submit(insert(4), note());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kLimit);
  EXPECT_FALSE(refused.error().hint.empty());
  ASSERT_TRUE(until(3));
  EXPECT_TRUE(one.submit(insert(4), note())) << "room again";
  ASSERT_TRUE(until(4));
}

TEST_F(WriterTest, DoesWhatItAcceptedAfterItsEnd) {
  {
    Writer one = writer();
    for (int x = 0; x < 10; ++x) ASSERT_TRUE(one.submit(insert(x), note()));
  }
  ASSERT_TRUE(until(10));
  Connection db = open();
  EXPECT_EQ(number(db, "SELECT count(*) FROM t"), 10);
}

Task<void> ask_twice(Writer& writer, std::vector<Result<std::int64_t>>& answers) {
  std::function<Result<std::int64_t>(Connection&)> job = [](Connection& db) -> Result<std::int64_t> {
    MCP_TRY(db.run("INSERT INTO t VALUES (1)"));
    return number(db, "SELECT count(*) FROM t");
  };
  for (int round = 0; round < 2; ++round) {
    Result<std::int64_t> answer = co_await writer.ask(job);
    answers.push_back(answer);
  }
}

TEST_F(WriterTest, ACoroutineGetsTheAnswerOrTheError) {
  Writer one = writer();
  std::vector<Result<std::int64_t>> answers;
  loop_.spawn(ask_twice(one, answers));
  ASSERT_TRUE(loop_.run_until([&] { return answers.size() == 2; }, std::chrono::seconds(30)));
  EXPECT_EQ(answers[0], 1);
  EXPECT_EQ(answers[1].error().code, ErrorCode::kExists);
}

TEST_F(WriterTest, ACoroutineIsRefusedAtTheLimitToo) {
  Writer one = writer(0);
  ASSERT_TRUE(one.submit(insert(7), note()).error().code == ErrorCode::kLimit)
      << "a queue of none takes none";
  std::vector<Result<std::int64_t>> answers;
  loop_.spawn(ask_twice(one, answers));
  ASSERT_TRUE(loop_.run_until([&] { return answers.size() == 2; }, std::chrono::seconds(30)));
  EXPECT_EQ(answers[0].error().code, ErrorCode::kLimit);
}

}  // namespace
}  // namespace mcp::store
