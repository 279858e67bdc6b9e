#include "internal/store/snapshot.h"

#include <fstream>
#include <iterator>

#include <gmock/gmock.h>

#include "internal/store/store_testing.h"

namespace mcp::store {
namespace {

using ::testing::HasSubstr;
using testing::number;

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class SnapshotTest : public testing::StoreTest {
 protected:
  Connection filled(const std::string& name, int rows) {
    Connection db = open(name);
    EXPECT_TRUE(db.script("CREATE TABLE t (x INTEGER) STRICT"));
    EXPECT_TRUE(db.transaction([&]() -> Result<void> {
      for (int i = 0; i < rows; ++i) MCP_TRY(db.run("INSERT INTO t VALUES (?1)", {i}));
      return {};
    }));
    return db;
  }
  std::int64_t rows(const std::string& name) {
    Connection db = open(name);
    return number(db, "SELECT count(*) FROM t");
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(directory_), {}));
  }
};

TEST_F(SnapshotTest, CopiesWhatIsCommittedIntoOneSoundFile) {
  Connection db = filled("x.db", 20);
  ASSERT_TRUE(snapshot(db, path("copy.db")));
  EXPECT_TRUE(check(path("copy.db")));
  EXPECT_EQ(mode(path("copy.db")), 0600);
  EXPECT_FALSE(std::filesystem::exists(path("copy.db-wal")));
  EXPECT_TRUE(db.run("INSERT INTO t VALUES (99)"));
  EXPECT_EQ(rows("copy.db"), 20);
}

TEST_F(SnapshotTest, LeavesTheOriginalUnchanged) {
  Connection db = filled("x.db", 20);
  ASSERT_TRUE(db.each("PRAGMA wal_checkpoint(TRUNCATE)", {}, [](const Row&) -> Result<void> { return {}; }));
  std::string before = content(path("x.db"));
  ASSERT_TRUE(snapshot(db, path("copy.db")));
  EXPECT_EQ(content(path("x.db")), before);
  EXPECT_EQ(content(path("x.db-wal")), "");
}

TEST_F(SnapshotTest, OverwritesNothingAndLeavesNothingBehind) {
  Connection db = filled("x.db", 1);
  std::ofstream(path("copy.db")) << "precious";
  std::size_t before = files();
  EXPECT_EQ(snapshot(db, path("copy.db")).error().code, ErrorCode::kExists);
  EXPECT_EQ(content(path("copy.db")), "precious");
  EXPECT_FALSE(snapshot(db, path("no/folder.db")));
  auto inside = db.transaction([&] { return snapshot(db, path("other.db")); });
  EXPECT_FALSE(inside);
  EXPECT_EQ(files(), before);
}

TEST_F(SnapshotTest, CopiesWhileAnotherWrites) {
  Connection writer = filled("x.db", 3);
  Connection reader = open("x.db");
  EXPECT_TRUE(writer.transaction([&]() -> Result<void> {
    MCP_TRY(writer.run("INSERT INTO t VALUES (4)"));
    return snapshot(reader, path("copy.db"));
  }));
  EXPECT_EQ(rows("copy.db"), 3);
}

TEST_F(SnapshotTest, ItsNameSortsByTime) {
  EXPECT_EQ(snapshot_name("mcp", 0), "mcp-19700101T000000Z.db");
  EXPECT_EQ(snapshot_name("mcp", 1'795'917'600'999), "mcp-20261129T020000Z.db");
}

TEST_F(SnapshotTest, RestoreReplacesAndKeepsWhatStoodThere) {
  {
    Connection db = filled("x.db", 5);
    ASSERT_TRUE(snapshot(db, path("copy.db")));
    ASSERT_TRUE(db.run("INSERT INTO t VALUES (6)"));
  }
  auto aside = restore(path("copy.db"), path("x.db"), 0);
  ASSERT_TRUE(aside) << aside.error().message;
  EXPECT_EQ(*aside, path("x.db.replaced-19700101T000000Z"));
  EXPECT_EQ(rows("x.db"), 5);
  EXPECT_EQ(rows("x.db.replaced-19700101T000000Z"), 6) << "what stood in the journal is kept too";
  EXPECT_EQ(mode(path("x.db")), 0600);
}

TEST_F(SnapshotTest, RestoreWhereNothingStood) {
  {
    Connection db = filled("x.db", 5);
    ASSERT_TRUE(snapshot(db, path("copy.db")));
  }
  EXPECT_EQ(restore(path("copy.db"), path("new.db"), 0), "");
  EXPECT_EQ(rows("new.db"), 5);
}

TEST_F(SnapshotTest, RestoreOverADamagedDatabase) {
  {
    Connection db = filled("x.db", 5);
    ASSERT_TRUE(snapshot(db, path("copy.db")));
  }
  std::ofstream(path("x.db")) << "rubbish" << std::string(8192, 'x');
  std::ofstream(path("x.db-wal")) << "old journal";
  auto aside = restore(path("copy.db"), path("x.db"), 0);
  ASSERT_TRUE(aside) << aside.error().message;
  EXPECT_EQ(rows("x.db"), 5);
  EXPECT_THAT(content(*aside), ::testing::StartsWith("rubbish"));
  EXPECT_EQ(content(*aside + "-wal"), "old journal");
}

TEST_F(SnapshotTest, RestoreRefusesADatabaseInUse) {
  Connection db = filled("x.db", 5);
  ASSERT_TRUE(snapshot(db, path("copy.db")));
  ASSERT_TRUE(db.run("INSERT INTO t VALUES (6)"));
  std::size_t before = files();
  auto refused = restore(path("copy.db"), path("x.db"), 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kTimeout) << refused.error().message;
  EXPECT_EQ(number(db, "SELECT count(*) FROM t"), 6);
  EXPECT_EQ(files(), before);
}

TEST_F(SnapshotTest, RestoreRefusesADamagedSnapshotAndChangesNothing) {
  {
    Connection db = filled("x.db", 2000);
    ASSERT_TRUE(snapshot(db, path("copy.db")));
  }
  std::string whole = content(path("copy.db"));
  ASSERT_GT(whole.size(), 20'000u);
  std::ofstream(path("short.db"), std::ios::binary) << whole.substr(0, whole.size() - 8192);
  for (std::size_t at = 8192; at < 12288; ++at) whole[at] = '\x55';
  std::ofstream(path("copy.db"), std::ios::binary) << whole;
  std::size_t before = files();
  for (const char* name : {"copy.db", "short.db"}) {
    auto refused = restore(path(name), path("x.db"), 0);
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().code, ErrorCode::kMalformed);
    EXPECT_THAT(refused.error().message, HasSubstr("is damaged"));
  }
  EXPECT_EQ(restore(path("none.db"), path("x.db"), 0).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(files(), before);
  EXPECT_EQ(rows("x.db"), 2000);
}

}  // namespace
}  // namespace mcp::store
