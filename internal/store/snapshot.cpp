#include "internal/store/snapshot.h"

#include <cerrno>
#include <ctime>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal/base/env.h"
#include "internal/base/unique_fd.h"

namespace mcp::store {
namespace {

constexpr const char* kJournals[] = {"-wal", "-shm", "-journal"};

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

Result<void> sync_to_disk(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return fail(os_error("fsync " + path, errno));
  return {};
}

Result<void> sync_directory_of(const std::string& path) {
  auto slash = path.rfind('/');
  return sync_to_disk(slash == std::string::npos ? "." : path.substr(0, slash + 1));
}

// Removed at the end of its scope unless it was moved to its place.
class Temporary {
 public:
  explicit Temporary(const std::string& beside) : path_(beside + ".tmp-" + random_id().substr(0, 8)) {}
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() {
    ::unlink(path_.c_str());
    for (const char* journal : kJournals) ::unlink((path_ + journal).c_str());
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// The copy, complete and on the disk, under a name of its own.
Result<void> copy_into(Connection& db, const std::string& path) {
  // SQLite takes an empty file that is there, and with it its mode.
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd) return fail(os_error("create " + path, errno));
  fd.reset();
  MCP_TRY(db.run("VACUUM INTO ?1", {path}));
  return sync_to_disk(path);
}

// Does it begin as every SQLite database does, or is it still empty?
bool looks_like_database(const std::string& path) {
  constexpr std::string_view kMagic("SQLite format 3\0", 16);
  char found[kMagic.size()];
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  ssize_t got = fd ? ::read(fd.get(), found, sizeof found) : -1;
  return got == 0 || (got == ssize_t{sizeof found} && std::string_view(found, sizeof found) == kMagic);
}

// Joins the journals to the file and shuts others out for that moment.
Result<void> make_single(const std::string& path) {
  MCP_ASSIGN(Connection db,
             Connection::open(path, {.mode = Mode::kExisting, .busy_timeout = std::chrono::milliseconds(0)}));
  std::string mode;
  MCP_TRY(db.each("PRAGMA journal_mode = DELETE", {}, [&](const Row& row) -> Result<void> {
    mode = row.text(0);
    return {};
  }));
  if (mode == "delete") return {};
  return fail(ErrorCode::kTimeout, "database " + path + ": is in use", "stop the program that uses it first");
}

// They belong to what is moved away and must not meet the new file.
Result<void> move_journals(const std::string& path, const std::string& aside) {
  for (const char* journal : kJournals) {
    if (::rename((path + journal).c_str(), (aside + journal).c_str()) != 0 && errno != ENOENT)
      return fail(os_error("move " + path + journal, errno));
  }
  return {};
}

Result<void> set_aside(const std::string& path, const std::string& aside) {
  if (::link(path.c_str(), aside.c_str()) != 0) return fail(os_error("keep " + path + " as " + aside, errno));
  // A damaged one, which may be why it is replaced, cannot be joined with its journals.
  if (!looks_like_database(path)) return move_journals(path, aside);
  auto single = make_single(path);
  if (!single && single.error().code == ErrorCode::kMalformed) return move_journals(path, aside);
  if (!single) ::unlink(aside.c_str());
  return single;
}

std::string utc_stamp(std::int64_t now_ms) {
  std::time_t seconds = now_ms / 1000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts);
  return text;
}

}  // namespace

Result<void> snapshot(Connection& db, const std::string& path) {
  if (exists(path)) return fail(ErrorCode::kExists, path + " is there already", "choose another name");
  Temporary temporary(path);
  MCP_TRY(copy_into(db, temporary.path()));
  // Not rename(): a file that appeared meanwhile stays.
  if (::link(temporary.path().c_str(), path.c_str()) != 0) {
    int reason = errno;
    return fail(os_error("create " + path, reason, reason == EEXIST ? ErrorCode::kExists : ErrorCode::kIo));
  }
  return sync_directory_of(path);
}

std::string snapshot_name(const std::string& prefix, std::int64_t now_ms) {
  return prefix + "-" + utc_stamp(now_ms) + ".db";
}

Result<void> check(const std::string& path) {
  MCP_ASSIGN(Connection db, Connection::open(path, {.mode = Mode::kReadOnly}));
  MCP_TRY(db.each("PRAGMA integrity_check(1)", {}, [&](const Row& row) -> Result<void> {
    if (row.text(0) == "ok") return {};
    return fail(ErrorCode::kMalformed, "database " + path + ": is damaged: " + row.text(0),
                "take another snapshot");
  }));
  return db.each("PRAGMA foreign_key_check", {}, [&](const Row& row) -> Result<void> {
    return fail(ErrorCode::kMalformed,
                "database " + path + ": a row of " + row.text(0) + " refers to nothing",
                "take another snapshot");
  });
}

Result<std::string> restore(const std::string& from, const std::string& path, std::int64_t now_ms) {
  MCP_TRY(check(from));
  MCP_ASSIGN(Connection source, Connection::open(from, {.mode = Mode::kReadOnly}));
  Temporary temporary(path);
  MCP_TRY(copy_into(source, temporary.path()));
  std::string aside;
  if (exists(path)) {
    aside = path + ".replaced-" + utc_stamp(now_ms);
    MCP_TRY(set_aside(path, aside));
  }
  if (::rename(temporary.path().c_str(), path.c_str()) != 0)
    return fail(os_error("rename to " + path, errno));
  MCP_TRY(sync_directory_of(path));
  return aside;
}

}  // namespace mcp::store
