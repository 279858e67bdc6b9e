#include "internal/store/connection.h"

#include <fstream>

#include <gmock/gmock.h>

#include "internal/store/store_testing.h"

namespace mcp::store {
namespace {

using ::testing::HasSubstr;
using testing::number;
using ::testing::StartsWith;

class ConnectionTest : public testing::StoreTest {
 protected:
  Connection with_table() {
    Connection db = open();
    EXPECT_TRUE(db.script("CREATE TABLE t (id INTEGER PRIMARY KEY, word TEXT, CHECK (id < 1000)) STRICT"));
    return db;
  }
};

TEST_F(ConnectionTest, MakesAFileForItsOwnerAloneAndItsFolders) {
  Connection db = open("a/b/x.db");
  ASSERT_TRUE(db.script("CREATE TABLE t (x)"));
  EXPECT_EQ(mode(path("a")), 0700);
  EXPECT_EQ(mode(path("a/b")), 0700);
  for (const char* name : {"a/b/x.db", "a/b/x.db-wal", "a/b/x.db-shm"})
    EXPECT_EQ(mode(path(name)), 0600) << name;
}

TEST_F(ConnectionTest, TakesAccessToAnOldFileAwayFromOthers) {
  open();
  ::chmod(path().c_str(), 0644);
  open();
  EXPECT_EQ(mode(path()), 0600);
}

TEST_F(ConnectionTest, WritesAheadDurablyWithForeignKeys) {
  Connection db = open();
  auto word = db.first("PRAGMA journal_mode", {}, [](const Row& row) { return row.text(0); });
  EXPECT_EQ(word.value(), "wal");
  EXPECT_EQ(number(db, "PRAGMA foreign_keys"), 1);
  EXPECT_EQ(number(db, "PRAGMA synchronous"), 2);
  EXPECT_EQ(number(db, "PRAGMA trusted_schema"), 0);
}

TEST_F(ConnectionTest, KeepsValuesAsTheyAre) {
  Connection db = with_table();
  std::string odd = std::string("a\0'\"; ü", 8);
  EXPECT_EQ(db.run("INSERT INTO t VALUES (?1, ?2)", {1, odd}), 1);
  EXPECT_EQ(db.run("INSERT INTO t VALUES (?1, ?2)", {2, nullptr}), 1);
  EXPECT_EQ(db.run("INSERT INTO t VALUES (?1, ?2)", {3, std::optional<std::string>("")}), 1);
  EXPECT_EQ(db.run("INSERT INTO t VALUES (?1, ?2)", {4, std::optional<std::string>()}), 1);
  auto words = db.all("SELECT word, word IS NULL FROM t ORDER BY id", {}, [](const Row& row) {
    EXPECT_EQ(row.is_null(0), row.boolean(1));
    return row.text(0);
  });
  EXPECT_EQ(words.value(), (std::vector<std::string>{odd, "", "", ""}));
  EXPECT_EQ(number(db, "SELECT count(*) FROM t WHERE word IS NULL"), 2);
  EXPECT_EQ(db.run("UPDATE t SET word = 'x' WHERE id > ?1", {2}), 2);
  EXPECT_EQ(db.run("DELETE FROM t WHERE id = 77"), 0);
}

TEST_F(ConnectionTest, AStatementMayRunInsideItself) {
  Connection db = with_table();
  for (int id = 1; id <= 3; ++id) ASSERT_TRUE(db.run("INSERT INTO t VALUES (?1, 'w')", {id}));
  int pairs = 0;
  auto count = [&](const Row&) -> Result<void> {
    return db.each("SELECT id FROM t", {}, [&](const Row&) -> Result<void> {
      ++pairs;
      return {};
    });
  };
  EXPECT_TRUE(db.each("SELECT id FROM t", {}, count));
  EXPECT_EQ(pairs, 9);
}

TEST_F(ConnectionTest, AnErrorOfTheReaderEndsTheQuery) {
  Connection db = with_table();
  for (int id = 1; id <= 3; ++id) ASSERT_TRUE(db.run("INSERT INTO t VALUES (?1, 'w')", {id}));
  int seen = 0;
  auto ended = db.each("SELECT id FROM t", {}, [&](const Row&) -> Result<void> {
    ++seen;
    return fail(ErrorCode::kLimit, "enough");
  });
  EXPECT_EQ(ended.error().message, "enough");
  EXPECT_EQ(seen, 1);
}

TEST_F(ConnectionTest, RefusesAStatementWithTooFewParameters) {
  Connection db = with_table();
  EXPECT_EQ(db.run("INSERT INTO t VALUES (?1, ?2)", {1}).error().code, ErrorCode::kInternal);
  EXPECT_EQ(db.run("INSERT INTO t VALUES (?1)", {1, 2}).error().code, ErrorCode::kInternal);
  EXPECT_EQ(db.run("  ").error().code, ErrorCode::kInternal);
  EXPECT_EQ(db.run("SELEKT").error().code, ErrorCode::kInternal);
}

TEST_F(ConnectionTest, ATransactionHappensWholeOrNotAtAll) {
  Connection db = with_table();
  auto two = [&](bool right) {
    return db.transaction([&]() -> Result<void> {
      MCP_TRY(db.run("INSERT INTO t VALUES (?1, 'a')", {right ? 1 : 3}));
      MCP_TRY(db.run("INSERT INTO t VALUES (?1, 'b')", {right ? 2 : 4}));
      if (!right) return fail(ErrorCode::kCancelled, "no more");
      return {};
    });
  };
  EXPECT_TRUE(two(true));
  EXPECT_EQ(two(false).error().message, "no more");
  EXPECT_EQ(number(db, "SELECT sum(id) FROM t"), 3);
}

TEST_F(ConnectionTest, APartOfATransactionMayFailAlone) {
  Connection db = with_table();
  auto insert = [&](int id) { return db.run("INSERT INTO t VALUES (?1, 'a')", {id}); };
  auto whole = db.transaction([&]() -> Result<void> {
    MCP_TRY(insert(1));
    auto part = db.transaction([&]() -> Result<void> {
      MCP_TRY(insert(2));
      MCP_TRY(insert(1));
      return {};
    });
    EXPECT_EQ(part.error().code, ErrorCode::kExists);
    return db.transaction([&]() -> Result<void> {
      MCP_TRY(insert(4));
      return {};
    });
  });
  EXPECT_TRUE(whole);
  EXPECT_EQ(number(db, "SELECT sum(id) FROM t"), 5);
}

TEST_F(ConnectionTest, WhatFollowsALostTransactionIsRefused) {
  Connection db = with_table();
  auto whole = db.transaction([&]() -> Result<void> {
    MCP_TRY(db.run("INSERT INTO t VALUES (1, 'a')"));
    MCP_TRY(db.script("ROLLBACK"));  // as SQLite does by itself after some errors
    EXPECT_FALSE(db.run("INSERT INTO t VALUES (2, 'b')"));
    EXPECT_FALSE(db.script("INSERT INTO t VALUES (3, 'c')"));
    return {};
  });
  ASSERT_FALSE(whole);
  EXPECT_THAT(whole.error().message, HasSubstr("the transaction was given up"));
  EXPECT_EQ(number(db, "SELECT count(*) FROM t"), 0);
  EXPECT_TRUE(db.run("INSERT INTO t VALUES (4, 'd')")) << "usable again";
}

TEST_F(ConnectionTest, ConstraintsAreErrorsOfTheirKind) {
  Connection db = with_table();
  ASSERT_TRUE(db.script("CREATE TABLE part (t INTEGER NOT NULL REFERENCES t (id) ON DELETE CASCADE) STRICT"));
  ASSERT_TRUE(db.run("INSERT INTO t VALUES (1, 'a')"));
  EXPECT_EQ(db.run("INSERT INTO t VALUES (1, 'a')").error().code, ErrorCode::kExists);
  EXPECT_EQ(db.run("INSERT INTO t VALUES (1000, 'a')").error().code, ErrorCode::kInvalid);
  EXPECT_EQ(db.run("INSERT INTO part VALUES (9)").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(db.run("INSERT INTO part VALUES (NULL)").error().code, ErrorCode::kInvalid);
  EXPECT_EQ(db.run("INSERT INTO t VALUES ('x', 'a')").error().code, ErrorCode::kInvalid);
  ASSERT_TRUE(db.run("INSERT INTO part VALUES (1)"));
  ASSERT_TRUE(db.run("DELETE FROM t"));
  EXPECT_EQ(number(db, "SELECT count(*) FROM part"), 0);
}

TEST_F(ConnectionTest, ALockOfAnotherIsNamedAfterTheWait) {
  Connection db = with_table();
  auto other = Connection::open(path(), {.busy_timeout = std::chrono::milliseconds(1)});
  ASSERT_TRUE(other);
  auto held = db.transaction([&]() -> Result<void> {
    auto refused = other->run("INSERT INTO t VALUES (1, 'a')");
    EXPECT_EQ(refused.error().code, ErrorCode::kTimeout);
    EXPECT_THAT(refused.error().message, HasSubstr(path() + ": writing: is locked by another program"));
    EXPECT_FALSE(refused.error().hint.empty());
    EXPECT_TRUE(other->each("SELECT * FROM t", {}, [](const Row&) -> Result<void> { return {}; }))
        << "readers go on";
    return {};
  });
  EXPECT_TRUE(held);
  EXPECT_TRUE(other->run("INSERT INTO t VALUES (1, 'a')"));
}

TEST_F(ConnectionTest, SaysThatAFileIsNoDatabaseOrDamaged) {
  std::ofstream(path("text.db"))
      << "this is a text that somebody wrote, long enough to be looked at by SQLite\n"
      << std::string(4096, 'x');
  auto text = Connection::open(path("text.db"));
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, ErrorCode::kMalformed);
  EXPECT_THAT(text.error().message, HasSubstr("is not a SQLite database"));
  EXPECT_THAT(text.error().hint, HasSubstr("restore"));

  {
    Connection db = with_table();
    for (int id = 1; id < 900; ++id)
      ASSERT_TRUE(db.run("INSERT INTO t VALUES (?1, ?2)", {id, std::string(50, 'x')}));
    ASSERT_TRUE(
        db.each("PRAGMA wal_checkpoint(TRUNCATE)", {}, [](const Row&) -> Result<void> { return {}; }));
  }
  std::fstream(path(), std::ios::in | std::ios::out)
      .seekp(4096)
      .write(std::string(16384, '\xff').data(), 16384);
  auto damaged = Connection::open(path());
  ASSERT_TRUE(damaged) << damaged.error().message;
  auto sum = damaged->run("UPDATE t SET word = 'y'");
  ASSERT_FALSE(sum);
  EXPECT_EQ(sum.error().code, ErrorCode::kMalformed) << sum.error().message;
  EXPECT_THAT(sum.error().message, StartsWith("database " + path() + ": writing: is damaged"));
}

TEST_F(ConnectionTest, OpensWhatIsThereAndNothingElse) {
  for (Mode mode : {Mode::kExisting, Mode::kReadOnly}) {
    auto none = Connection::open(path("none.db"), {.mode = mode});
    EXPECT_EQ(none.error().code, ErrorCode::kNotFound);
    EXPECT_FALSE(std::filesystem::exists(path("none.db")));
  }
  EXPECT_EQ(Connection::open(directory_).error().code, ErrorCode::kIo);
  EXPECT_EQ(Connection::open("/dev/null").error().code, ErrorCode::kInvalid);
  with_table();
  auto reader = Connection::open(path(), {.mode = Mode::kReadOnly});
  ASSERT_TRUE(reader);
  EXPECT_EQ(number(*reader, "SELECT count(*) FROM t"), 0);
  EXPECT_EQ(reader->run("INSERT INTO t VALUES (1, 'a')").error().code, ErrorCode::kDenied);
}

TEST_F(ConnectionTest, GrowsToItsLimitAndNotBeyond) {
  constexpr std::int64_t kPage = 4096;
  auto db = Connection::open(path(), {.max_bytes = 8 * kPage});
  ASSERT_TRUE(db);
  ASSERT_TRUE(db->script("CREATE TABLE t (x TEXT) STRICT"));  // two pages: the schema, and the table's first
  const std::string page(kPage - 100, 'x');                   // a row this long fills a page
  for (int rows = 1; rows <= 6; ++rows) ASSERT_TRUE(db->run("INSERT INTO t VALUES (?1)", {page})) << rows;
  EXPECT_EQ(number(*db, "PRAGMA page_count"), 8);
  auto refused = db->run("INSERT INTO t VALUES (?1)", {page});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kLimit);
  EXPECT_THAT(refused.error().message, HasSubstr("has reached its limit of 32768 bytes"));
  EXPECT_EQ(number(*db, "SELECT count(*) FROM t"), 6);
  EXPECT_TRUE(db->run("DELETE FROM t WHERE rowid = 1"));
  EXPECT_TRUE(db->run("INSERT INTO t VALUES (?1)", {page})) << "room again";
}

TEST_F(ConnectionTest, KeepsABoundedNumberOfStatements) {
  Connection db = with_table();
  for (int i = 0; i < 500; ++i) ASSERT_EQ(number(db, "SELECT " + std::to_string(i)), i);
  EXPECT_EQ(number(db, "SELECT 7"), 7);
}

}  // namespace
}  // namespace mcp::store
