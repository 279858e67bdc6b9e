#include "internal/registry/registry.h"

#include <sys/stat.h>

#include "internal/registry/registry_testing.h"
#include "internal/store/migrate.h"
#include "internal/store/snapshot.h"

namespace mcp::registry {
namespace {

using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

class Registry : public testing::RegistryTest {};

TEST_F(Registry, MigratesOnceHoweverOftenItIsOpened) {
  add("metacrypt", {"api"});
  std::int64_t before = number("SELECT count(*) FROM schema_migrations");
  for (int round = 0; round < 3; ++round) {
    store::Connection db = reopen();
    EXPECT_EQ(list_components(db, "metacrypt")->size(), 1u);
  }
  EXPECT_EQ(number("SELECT count(*) FROM schema_migrations"), before);
}

TEST_F(Registry, HasTheTablesOfTheSeedAndGenerations) {
  auto tables = db_.all("SELECT name FROM sqlite_schema WHERE type = 'table'", {},
                        [](const store::Row& row) { return row.text(0); });
  EXPECT_THAT(*tables, IsSupersetOf({"services", "components", "component_ports", "component_volumes",
                                     "component_cmd", "events", "generations"}));
}

TEST_F(Registry, IsForItsOwnerAloneWithForeignKeysAndAWriteAheadLog) {
  struct stat about {};
  ASSERT_EQ(::stat(path().c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  EXPECT_EQ(number("PRAGMA foreign_keys"), 1);
  auto mode = db_.first("PRAGMA journal_mode", {}, [](const store::Row& row) { return row.text(0); });
  EXPECT_EQ(**mode, "wal");
}

TEST_F(Registry, OfANewerProgramIsRefused) {
  int version = store::version_of(db_, "registry").value();
  ASSERT_TRUE(db_.run("INSERT INTO schema_migrations VALUES ('registry', ?1, 1)", {version + 1}));
  auto refused = open(path(), 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("was written by a newer mcp"));
}

TEST_F(Registry, ASnapshotIsARegistryAgain) {
  add("metacrypt", {"api", "web"});
  std::string copy = directory_ + "/copy.db";
  ASSERT_TRUE(store::snapshot(db_, copy));
  ASSERT_TRUE(delete_service(db_, "metacrypt"));
  auto again = open(copy, 2);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(get_spec(*again, "metacrypt").value()->components.size(), 2u);
  EXPECT_EQ(get_spec(db_, "metacrypt").value(), std::nullopt);
}

}  // namespace
}  // namespace mcp::registry
