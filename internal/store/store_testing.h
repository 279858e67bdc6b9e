#pragma once

#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal/store/connection.h"

namespace mcp::store::testing {

// A folder of its own for every test, gone afterwards.
class StoreTest : public ::testing::Test {
 protected:
  StoreTest() {
    std::string pattern = ::testing::TempDir() + "/store-test-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~StoreTest() override { std::filesystem::remove_all(directory_); }

  std::string path(const std::string& name = "x.db") const { return directory_ + "/" + name; }
  Connection open(const std::string& name = "x.db") const {
    auto db = Connection::open(path(name));
    if (!db) ADD_FAILURE() << db.error().message;
    return std::move(db).value();
  }
  static int mode(const std::string& file) {
    struct stat about {};
    return ::stat(file.c_str(), &about) == 0 ? static_cast<int>(about.st_mode & 0777) : -1;
  }

  std::string directory_;
};

// The value of a query of one column and one row.
inline std::int64_t number(Connection& db, std::string_view sql) {
  auto found = db.first(sql, {}, [](const Row& row) { return row.integer(0); });
  if (!found || !*found) {
    ADD_FAILURE() << sql << ": " << (found ? "no row" : found.error().message);
    return -1;
  }
  return **found;
}

}  // namespace mcp::store::testing
