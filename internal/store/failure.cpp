#include "internal/store/failure.h"

#include <cerrno>
#include <cstring>

#include <sqlite3.h>
#include <sys/statvfs.h>

namespace mcp::store {
namespace {

std::string directory_of(const std::string& path) {
  auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

Error disk_full(const std::string& path) {
  return {
      ErrorCode::kIo, "the disk is full",
      "free some space in the file system of " + directory_of(path) + "; nothing that was answered is lost"};
}

// What the database may grow to in bytes; 0: nothing was set (OpenOptions::max_bytes).
sqlite3_int64 limit_of(sqlite3* db) {
  constexpr const char* kSql =
      "SELECT max_page_count * page_size FROM pragma_max_page_count, pragma_page_size WHERE max_page_count < "
      "1073741823";
  sqlite3_stmt* statement = nullptr;
  sqlite3_int64 bytes = 0;
  if (sqlite3_prepare_v2(db, kSql, -1, &statement, nullptr) == SQLITE_OK &&
      sqlite3_step(statement) == SQLITE_ROW)
    bytes = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return bytes;
}

bool has_space(const std::string& path) {
  constexpr unsigned long long kSome = 1 << 20;
  struct statvfs about {};
  return ::statvfs(directory_of(path).c_str(), &about) == 0 &&
         static_cast<unsigned long long>(about.f_bavail) * about.f_frsize >= kSome;
}

// SQLITE_FULL is two things, and SQLite does not tell them apart: no space, or max_bytes reached.
Error full(sqlite3* db, const std::string& path) {
  sqlite3_int64 limit = db == nullptr ? 0 : limit_of(db);
  if (limit == 0 || !has_space(path)) return disk_full(path);
  return {ErrorCode::kLimit, "has reached its limit of " + std::to_string(limit) + " bytes",
          "keep less history, or raise the limit"};
}

Error io(sqlite3* db, int code, const std::string& path) {
  int reason = db == nullptr ? 0 : sqlite3_system_errno(db);
  if (reason == ENOSPC || reason == EDQUOT) return disk_full(path);
  std::string message = sqlite3_errstr(code);
  if (reason != 0) message += std::string(" (") + std::strerror(reason) + ")";
  return {ErrorCode::kIo, message, "look at the disk's health and its free space"};
}

Error cannot_open(sqlite3* db, int code) {
  int reason = db == nullptr ? 0 : sqlite3_system_errno(db);
  std::string message = reason == 0 ? std::string(sqlite3_errstr(code))
                                    : std::string("cannot be opened: ") + std::strerror(reason);
  if (reason == ENOENT) return {ErrorCode::kNotFound, message, ""};
  if (reason == EACCES || reason == EPERM)
    return {ErrorCode::kDenied, message, "run mcp as the user who owns the file and its folder"};
  return {ErrorCode::kIo, message, ""};
}

Error constraint(sqlite3* db, int code) {
  std::string said = db == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(db);
  switch (code) {
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
    case SQLITE_CONSTRAINT_UNIQUE: return {ErrorCode::kExists, said, ""};
    case SQLITE_CONSTRAINT_FOREIGNKEY: return {ErrorCode::kNotFound, said, ""};
    default: return {ErrorCode::kInvalid, said, ""};
  }
}

Error damaged(int code) {
  return {
      ErrorCode::kMalformed,
      code == SQLITE_NOTADB ? "is not a SQLite database" : std::string("is damaged: ") + sqlite3_errstr(code),
      "restore the newest snapshot, or move the file away to start anew"};
}

Error explain(sqlite3* db, int code, const std::string& path) {
  switch (code & 0xff) {
    case SQLITE_FULL: return full(db, path);
    case SQLITE_IOERR: return io(db, code, path);
    case SQLITE_CANTOPEN: return cannot_open(db, code);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return {ErrorCode::kTimeout, "is locked by another program",
              "end the other program that uses it (fuser names it), or try again"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return damaged(code & 0xff);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return {ErrorCode::kDenied, sqlite3_errstr(code),
              "run mcp as the user who owns the file and its folder"};
    case SQLITE_MISMATCH:
    case SQLITE_CONSTRAINT: return constraint(db, code);
    case SQLITE_TOOBIG: return {ErrorCode::kLimit, sqlite3_errstr(code), ""};
    case SQLITE_NOMEM: return {ErrorCode::kLimit, "has no more memory", ""};
    case SQLITE_INTERRUPT: return {ErrorCode::kCancelled, sqlite3_errstr(code), ""};
    default: return {ErrorCode::kInternal, db == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(db), ""};
  }
}

}  // namespace

Error failure(sqlite3* db, int code, const std::string& path, std::string_view doing) {
  return explain(db, code, path).wrap("database " + path + ": " + std::string(doing));
}

}  // namespace mcp::store
