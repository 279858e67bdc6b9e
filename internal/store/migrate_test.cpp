#include "internal/store/migrate.h"

#include <gmock/gmock.h>

#include "internal/store/store_testing.h"

namespace mcp::store {
namespace {

using ::testing::HasSubstr;
using testing::number;

constexpr std::string_view kSteps[] = {
    "CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (1);",
    "ALTER TABLE a ADD COLUMN y INTEGER NOT NULL DEFAULT 7;",
    "CREATE TABLE b (z INTEGER) STRICT;",
};
constexpr std::string_view kBroken[] = {kSteps[0], kSteps[1],
                                        "CREATE TABLE b (z INTEGER) STRICT; CREATE TABLE a (x);"};
constexpr std::string_view kOther[] = {"CREATE TABLE other (x INTEGER) STRICT;"};

Schema schema(std::size_t steps) { return {"letters", std::span(kSteps).first(steps)}; }

class MigrateTest : public testing::StoreTest {};

TEST_F(MigrateTest, TakesEachStepOnceHoweverOftenItRuns) {
  Connection db = open();
  EXPECT_EQ(version_of(db, "letters"), 0);
  for (int round = 0; round < 3; ++round) ASSERT_TRUE(migrate(db, schema(3), 5)) << round;
  EXPECT_EQ(version_of(db, "letters"), 3);
  EXPECT_EQ(number(db, "SELECT count(*) FROM a"), 1);
  EXPECT_EQ(number(db, "SELECT count(*) FROM schema_migrations WHERE applied_ms = 5"), 3);
}

TEST_F(MigrateTest, GoesOnFromEveryVersion) {
  for (std::size_t before = 0; before <= 3; ++before) {
    Connection db = open(std::to_string(before));
    ASSERT_TRUE(migrate(db, schema(before), 1));
    ASSERT_TRUE(migrate(db, schema(3), 2));
    EXPECT_EQ(number(db, "SELECT sum(x + y) FROM a"), 8) << before;
    EXPECT_EQ(number(db, "SELECT count(*) FROM schema_migrations WHERE applied_ms = 2"),
              3 - static_cast<std::int64_t>(before));
  }
}

TEST_F(MigrateTest, AFailedStepLeavesTheDatabaseAsItWas) {
  Connection db = open();
  ASSERT_TRUE(migrate(db, schema(1), 1));
  auto broken = migrate(db, {"letters", kBroken}, 2);
  ASSERT_FALSE(broken);
  EXPECT_THAT(broken.error().message, HasSubstr("step 3 of letters"));
  EXPECT_EQ(version_of(db, "letters"), 1);
  EXPECT_EQ(number(db, "SELECT count(*) FROM pragma_table_info('a')"), 1);
  EXPECT_TRUE(migrate(db, schema(3), 3));
}

TEST_F(MigrateTest, PackagesShareADatabase) {
  Connection db = open();
  ASSERT_TRUE(migrate(db, schema(2), 1));
  ASSERT_TRUE(migrate(db, {"others", kOther}, 1));
  EXPECT_EQ(version_of(db, "letters"), 2);
  EXPECT_EQ(version_of(db, "others"), 1);
}

TEST_F(MigrateTest, RefusesADatabaseOfANewerProgram) {
  Connection db = open();
  ASSERT_TRUE(migrate(db, schema(3), 1));
  auto old = migrate(db, schema(2), 2);
  ASSERT_FALSE(old);
  EXPECT_EQ(old.error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(old.error().message,
            "database " + path() + ": was written by a newer mcp (letters version 3, this program knows 2)");
  EXPECT_FALSE(old.error().hint.empty());
}

TEST_F(MigrateTest, RefusesAStepThatBreaksReferences) {
  constexpr std::string_view kBreaks[] = {
      "CREATE TABLE a (x INTEGER PRIMARY KEY) STRICT; CREATE TABLE b (a INTEGER REFERENCES a (x)) STRICT; "
      "INSERT INTO a VALUES (1); INSERT INTO b VALUES (1);",
      "PRAGMA defer_foreign_keys = ON; CREATE TABLE c (x INTEGER PRIMARY KEY) STRICT; DROP TABLE a; "
      "ALTER TABLE c RENAME TO a;",
  };
  Connection db = open();
  ASSERT_TRUE(migrate(db, {"letters", std::span(kBreaks).first(1)}, 1));
  EXPECT_FALSE(migrate(db, {"letters", kBreaks}, 2));
  EXPECT_EQ(version_of(db, "letters"), 1);
  EXPECT_EQ(number(db, "SELECT count(*) FROM a"), 1);
}

}  // namespace
}  // namespace mcp::store
