// What a database is worth: the Nth operation on its files fails, the disk is full, the program is killed.
// What was answered with success is there afterwards, and nothing is there by half.
#include <csignal>
#include <cstring>

#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "internal/base/unique_fd.h"
#include "internal/store/migrate.h"
#include "internal/store/snapshot.h"
#include "internal/store/store_testing.h"

namespace mcp::store {
namespace {

using ::testing::HasSubstr;
using testing::number;

// SQLite's door to the file system, with every operation that changes something counted.
class FaultyFiles {
 public:
  // The operations from `first` on fail with `code`: the first `count` of them.
  struct Plan {
    int first = 0;
    int count = 0;
    int code = SQLITE_IOERR_WRITE;
  };

  FaultyFiles() {
    real_ = sqlite3_vfs_find(nullptr);
    vfs_ = *real_;
    vfs_.zName = "faulty";
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
    vfs_.xOpen = &open;
    vfs_.xDelete = &remove;
    vfs_.pAppData = this;
    sqlite3_vfs_register(&vfs_, 1);
    self_ = this;
  }
  ~FaultyFiles() {
    sqlite3_vfs_unregister(&vfs_);
    sqlite3_vfs_register(real_, 1);
    self_ = nullptr;
  }

  void plan(const Plan& next) {
    plan_ = next;
    seen_ = 0;
  }
  bool failed() const { return seen_ > plan_.first; }

 private:
  struct File {
    sqlite3_file base;
    sqlite3_file* real;
  };

  static sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real; }
  int judge() {
    int at = seen_++;
    return plan_.count > 0 && at >= plan_.first && at - plan_.first < plan_.count ? plan_.code : SQLITE_OK;
  }

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
    auto* self = static_cast<FaultyFiles*>(vfs->pAppData);
    auto* ours = reinterpret_cast<File*>(file);
    ours->base.pMethods = nullptr;
    ours->real = reinterpret_cast<sqlite3_file*>(ours + 1);
    if (self->judge() != SQLITE_OK) return SQLITE_CANTOPEN;
    int code = self->real_->xOpen(self->real_, name, ours->real, flags, out);
    if (code == SQLITE_OK) ours->base.pMethods = methods();
    return code;
  }
  static int remove(sqlite3_vfs* vfs, const char* name, int sync) {
    auto* self = static_cast<FaultyFiles*>(vfs->pAppData);
    if (self->judge() != SQLITE_OK) return SQLITE_IOERR_DELETE;
    return self->real_->xDelete(self->real_, name, sync);
  }

  static const sqlite3_io_methods* methods() {
    static const sqlite3_io_methods made = [] {
      sqlite3_io_methods m{};
      m.iVersion = 2;
      m.xClose = [](sqlite3_file* f) { return real(f)->pMethods->xClose(real(f)); };
      m.xRead = [](sqlite3_file* f, void* to, int n, sqlite3_int64 at) {
        return real(f)->pMethods->xRead(real(f), to, n, at);
      };
      m.xWrite = [](sqlite3_file* f, const void* from, int n, sqlite3_int64 at) {
        if (int code = self_->judge(); code != SQLITE_OK) {
          real(f)->pMethods->xWrite(real(f), from, n / 2, at);  // torn
          return code;
        }
        return real(f)->pMethods->xWrite(real(f), from, n, at);
      };
      m.xTruncate = [](sqlite3_file* f, sqlite3_int64 size) {
        if (self_->judge() != SQLITE_OK) return int{SQLITE_IOERR_TRUNCATE};
        return real(f)->pMethods->xTruncate(real(f), size);
      };
      m.xSync = [](sqlite3_file* f, int flags) {
        (void)f, (void)flags;  // nobody cuts the power: the sweep is quick without
        return self_->judge() == SQLITE_OK ? SQLITE_OK : int{SQLITE_IOERR_FSYNC};
      };
      m.xFileSize = [](sqlite3_file* f, sqlite3_int64* size) {
        return real(f)->pMethods->xFileSize(real(f), size);
      };
      m.xLock = [](sqlite3_file* f, int level) { return real(f)->pMethods->xLock(real(f), level); };
      m.xUnlock = [](sqlite3_file* f, int level) { return real(f)->pMethods->xUnlock(real(f), level); };
      m.xCheckReservedLock = [](sqlite3_file* f, int* out) {
        return real(f)->pMethods->xCheckReservedLock(real(f), out);
      };
      m.xFileControl = [](sqlite3_file* f, int op, void* arg) {
        return real(f)->pMethods->xFileControl(real(f), op, arg);
      };
      m.xSectorSize = [](sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); };
      m.xDeviceCharacteristics = [](sqlite3_file* f) {
        return real(f)->pMethods->xDeviceCharacteristics(real(f));
      };
      m.xShmMap = [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
        if (extend != 0 && self_->judge() != SQLITE_OK) return int{SQLITE_IOERR_SHMMAP};
        return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
      };
      m.xShmLock = [](sqlite3_file* f, int offset, int n, int flags) {
        return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
      };
      m.xShmBarrier = [](sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); };
      m.xShmUnmap = [](sqlite3_file* f, int remove) { return real(f)->pMethods->xShmUnmap(real(f), remove); };
      return m;
    }();
    return &made;
  }

  static inline FaultyFiles* self_ = nullptr;
  sqlite3_vfs* real_ = nullptr;
  sqlite3_vfs vfs_{};
  Plan plan_;
  int seen_ = 0;
};

constexpr std::string_view kSteps[] = {
    "CREATE TABLE pairs (id INTEGER, side INTEGER, filling TEXT, PRIMARY KEY (id, side)) STRICT;",
    "CREATE INDEX by_side ON pairs (side);",
};
constexpr Schema kSchema{"pairs", kSteps};

Result<void> add_pair(Connection& db, int id) {
  return db.transaction([&]() -> Result<void> {
    const std::string filling(3000, 'x');
    MCP_TRY(db.run("INSERT INTO pairs VALUES (?1, 0, ?2)", {id, filling}));
    MCP_TRY(db.run("INSERT INTO pairs VALUES (?1, 1, ?2)", {id, filling}));
    return {};
  });
}

class FaultsTest : public testing::StoreTest {
 protected:
  static constexpr int kPairs = 6;

  // Opens, migrates, writes, takes a snapshot; goes on after errors. Returns which pairs were answered with
  // success.
  std::vector<int> live(const std::string& name) {
    std::vector<int> answered;
    auto note = [&](const Result<void>& result) {
      if (!result) errors_.push_back(result.error());
      return result.has_value();
    };
    for (int id = 0; id < kPairs; id += 2) {
      auto db = Connection::open(path(name));
      if (!db) errors_.push_back(db.error());
      if (!db || !note(migrate(*db, kSchema, 1))) continue;
      for (int each : {id, id + 1}) {
        if (note(add_pair(*db, each))) answered.push_back(each);
      }
      note(snapshot(*db, path(name + ".copy" + std::to_string(id))));
    }
    return answered;
  }

  // Everything answered is there, whole; a copy that exists is sound.
  void examine(const std::string& name, const std::vector<int>& answered) {
    for (int id = 0; id < kPairs; id += 2) {
      std::string copy = path(name + ".copy" + std::to_string(id));
      EXPECT_TRUE(!std::filesystem::exists(copy) || check(copy)) << copy;
    }
    Connection db = open(name);
    ASSERT_TRUE(migrate(db, kSchema, 1));
    EXPECT_EQ(number(db, "SELECT count(*) FROM (SELECT id FROM pairs GROUP BY id HAVING count(*) <> 2)"), 0)
        << "half a transaction";
    for (int id : answered) {
      EXPECT_EQ(number(db, "SELECT count(*) FROM pairs WHERE id = " + std::to_string(id)), 2)
          << "lost " << id;
    }
    EXPECT_TRUE(check(path(name)));
    for (int id = 100; id < 103; ++id) EXPECT_TRUE(add_pair(db, id)) << "usable again";
  }

  // Fails from operation 0, 1, 2, … on until a whole run meets no fault; says how many runs that were.
  int sweep(int count, int code) {
    FaultyFiles files;
    for (int first = 0;; ++first) {
      std::string name = std::to_string(first) + ".db";
      files.plan({first, count, code});
      auto answered = live(name);
      bool met = files.failed();
      files.plan({});
      examine(name, answered);
      std::filesystem::remove_all(directory_);
      std::filesystem::create_directory(directory_);
      if (HasFailure() || !met) return first;
    }
  }

  std::vector<Error> errors_;
};

TEST_F(FaultsTest, ASingleFailedOperationLosesNothingThatWasAnswered) {
  EXPECT_GT(sweep(1, SQLITE_IOERR_WRITE), 50);
  EXPECT_GT(errors_.size(), 30u);
  for (const auto& error : errors_) {
    EXPECT_THAT(error.message, HasSubstr(directory_)) << error.message;
    EXPECT_NE(error.code, ErrorCode::kInternal) << error.message;
  }
}

TEST_F(FaultsTest, ADiskThatStaysFullIsSaidToBeFull) {
  EXPECT_GT(sweep(1'000'000, SQLITE_FULL), 50);
  bool said = false;
  for (const auto& error : errors_)
    said = said || error.message.find("the disk is full") != std::string::npos;
  EXPECT_TRUE(said);
}

// A child that runs `body` with the writing end of a pipe; the reading end is the caller's.
pid_t fork_child(UniqueFd& reading, const std::function<void(int)>& body) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  reading.reset(ends[0]);
  pid_t child = ::fork();
  if (child != 0) {
    ::close(ends[1]);
    return child;
  }
  body(ends[1]);
  ::_exit(0);
}

TEST_F(FaultsTest, AKilledProgramLeavesWholeTransactions) {
  {
    Connection db = open();
    ASSERT_TRUE(migrate(db, kSchema, 1));
  }
  int next = 0;
  for (int answers : {1, 7, 40}) {
    UniqueFd reading;
    pid_t child = fork_child(reading, [&](int pipe) {
      auto db = Connection::open(path());
      for (int id = next; db && add_pair(*db, id); ++id) {
        if (::write(pipe, &id, sizeof id) != ssize_t{sizeof id}) return;
      }
    });
    int last = -1;
    for (int i = 0; i < answers; ++i)
      ASSERT_EQ(::read(reading.get(), &last, sizeof last), ssize_t{sizeof last});
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status));
    Connection db = open();
    EXPECT_GE(number(db, "SELECT count(*) FROM pairs"), 2 * (last + 1));
    EXPECT_EQ(number(db, "SELECT count(*) FROM (SELECT id FROM pairs GROUP BY id HAVING count(*) <> 2)"), 0);
    EXPECT_TRUE(check(path()));
    next = static_cast<int>(number(db, "SELECT max(id) + 1 FROM pairs"));
  }
}

TEST_F(FaultsTest, AFileThatMayNotGrowIsAnErrorAndLosesNothing) {
  UniqueFd reading;
  pid_t child = fork_child(reading, [&](int pipe) {
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{200'000, 200'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    auto db = Connection::open(path());
    if (!db || !migrate(*db, kSchema, 1)) return;
    int id = 0;
    Result<void> done;
    for (; id < 1000 && (done = add_pair(*db, id)); ++id) {
    }
    if (::write(pipe, &id, sizeof id) != ssize_t{sizeof id} || done) return;
    auto code = static_cast<int>(done.error().code);
    if (::write(pipe, &code, sizeof code) != ssize_t{sizeof code}) return;
  });
  int answered = -1;
  int code = -1;
  ASSERT_EQ(::read(reading.get(), &answered, sizeof answered), ssize_t{sizeof answered});
  ASSERT_EQ(::read(reading.get(), &code, sizeof code), ssize_t{sizeof code});
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(code, static_cast<int>(ErrorCode::kIo));
  EXPECT_GT(answered, 5);
  Connection db = open();
  EXPECT_EQ(number(db, "SELECT count(*) FROM pairs"), 2 * answered);
  EXPECT_TRUE(check(path()));
}

}  // namespace
}  // namespace mcp::store
