#include "internal/store/connection.h"

#include <cerrno>
#include <map>

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "internal/base/env.h"
#include "internal/base/unique_fd.h"
#include "internal/store/failure.h"

namespace mcp::store {
namespace {

constexpr std::size_t kMaxKept = 128;  // compiled statements; the house's SQL is constant text
constexpr std::int64_t kPageBytes = 4096;

struct Finalizer {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalizer>;

struct Closer {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};

int bind(sqlite3_stmt* statement, int place, const Param& param) {
  if (const auto* number = std::get_if<std::int64_t>(&param.held()))
    return sqlite3_bind_int64(statement, place, *number);
  if (const auto* text = std::get_if<std::string_view>(&param.held())) {
    const char* data = text->data() == nullptr ? "" : text->data();  // a null pointer would be NULL
    return sqlite3_bind_text64(statement, place, data, text->size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  return sqlite3_bind_null(statement, place);
}

// SQLite would make the file as the umask says; its journals take over the file's mode.
Result<void> make_file(const std::string& path, Mode mode) {
  if (mode == Mode::kCreate) {
    auto slash = path.rfind('/');
    if (slash != std::string::npos && slash > 0)
      MCP_TRY(real_env().make_directories(path.substr(0, slash), 0700));
  }
  int flags = mode == Mode::kReadOnly ? O_RDONLY : O_RDWR;
  if (mode == Mode::kCreate) flags |= O_CREAT;
  UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC, 0600));
  struct stat about {};
  if (!fd || ::fstat(fd.get(), &about) != 0) {
    int reason = errno;
    ErrorCode code = reason == ENOENT                                         ? ErrorCode::kNotFound
                     : reason == EACCES || reason == EPERM || reason == EROFS ? ErrorCode::kDenied
                                                                              : ErrorCode::kIo;
    return fail(os_error("database " + path, reason, code));
  }
  if (!S_ISREG(about.st_mode))
    return fail(ErrorCode::kInvalid, "database " + path + ": is not a regular file");
  if (mode != Mode::kReadOnly && (about.st_mode & 0077) != 0 && ::fchmod(fd.get(), 0600) != 0)
    return fail(os_error("database " + path + ": chmod", errno, ErrorCode::kDenied));
  return {};
}

}  // namespace

std::int64_t Row::integer(int column) const {
  return sqlite3_column_int64(static_cast<sqlite3_stmt*>(statement_), column);
}

std::string Row::text(int column) const {
  auto* statement = static_cast<sqlite3_stmt*>(statement_);
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  if (data == nullptr) return "";
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement, column))};
}

bool Row::is_null(int column) const {
  return sqlite3_column_type(static_cast<sqlite3_stmt*>(statement_), column) == SQLITE_NULL;
}

struct Connection::Impl {
  std::string path;
  std::unique_ptr<sqlite3, Closer> db;
  std::map<std::string, Statement, std::less<>> kept;  // after db: finalised before it is closed
  int depth = 0;                                       // of transactions

  Error error(int code, std::string_view doing) const { return failure(db.get(), code, path, doing); }

  // SQLite ends a transaction by itself after some errors; what follows must not be committed piece by piece.
  bool lost_transaction() const { return depth > 0 && sqlite3_get_autocommit(db.get()) != 0; }

  Result<Statement> take(std::string_view sql) {
    if (auto found = kept.find(sql); found != kept.end()) {
      Statement statement = std::move(found->second);
      kept.erase(found);
      return statement;
    }
    sqlite3_stmt* raw = nullptr;
    const char* rest = nullptr;
    int code = sqlite3_prepare_v3(db.get(), sql.data(), static_cast<int>(sql.size()),
                                  SQLITE_PREPARE_PERSISTENT, &raw, &rest);
    Statement statement(raw);
    if (code != SQLITE_OK) return fail(error(code, "preparing a statement"));
    if (raw == nullptr) return fail(ErrorCode::kInternal, "an empty statement");
    return statement;
  }

  void give_back(std::string_view sql, Statement statement) {
    sqlite3_reset(statement.get());
    sqlite3_clear_bindings(statement.get());
    if (kept.size() < kMaxKept) kept.emplace(sql, std::move(statement));
  }

  Result<void> step_through(sqlite3_stmt* statement, Params params,
                            const std::function<Result<void>(const Row&)>* on_row) {
    if (lost_transaction())
      return fail(ErrorCode::kIo, "database " + path + ": the transaction was given up");
    int place = 0;
    for (const auto& param : params) {
      if (int code = bind(statement, ++place, param); code != SQLITE_OK)
        return fail(error(code, "binding parameter " + std::to_string(place)));
    }
    if (place != sqlite3_bind_parameter_count(statement))
      return fail(ErrorCode::kInternal, std::string("parameters are missing: ") + sqlite3_sql(statement));
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
      if (on_row != nullptr) MCP_TRY((*on_row)(Row(statement)));
    }
    if (code == SQLITE_DONE) return {};
    return fail(
        error(sqlite3_extended_errcode(db.get()), sqlite3_stmt_readonly(statement) ? "reading" : "writing"));
  }

  Result<void> configure(const OpenOptions& options) {
    sqlite3_extended_result_codes(db.get(), 1);
    sqlite3_busy_timeout(db.get(), static_cast<int>(options.busy_timeout.count()));
    sqlite3_db_config(db.get(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    MCP_TRY(execute("PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY"));
    if (options.mode == Mode::kReadOnly) return execute("SELECT 1 FROM sqlite_schema");
    MCP_TRY(write_ahead());
    std::int64_t pages = options.max_bytes / kPageBytes;
    if (pages > 0) MCP_TRY(execute(("PRAGMA max_page_count = " + std::to_string(pages)).c_str()));
    // FULL: a commit is on the disk. The journal is cut back to 16 MiB after a flood.
    return execute("PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216");
  }

  Result<void> execute(const char* sql) {
    int code = sqlite3_exec(db.get(), sql, nullptr, nullptr, nullptr);
    if (code == SQLITE_OK) return {};
    return fail(error(sqlite3_extended_errcode(db.get()), "running statements"));
  }

  Result<void> write_ahead() {
    constexpr std::string_view kSql = "PRAGMA journal_mode = WAL";
    MCP_ASSIGN(Statement statement, take(kSql));
    std::string mode;
    const std::function<Result<void>(const Row&)> read = [&](const Row& row) -> Result<void> {
      mode = row.text(0);
      return {};
    };
    auto done = step_through(statement.get(), {}, &read);
    if (!done) return done;
    if (mode == "wal") return {};
    return fail(ErrorCode::kUnsupported,
                "database " + path + ": its file system cannot hold a write-ahead log",
                "put it on a local disk");
  }
};

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Result<Connection> Connection::open(const std::string& path, const OpenOptions& options) {
  MCP_TRY(make_file(path, options.mode));
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  flags |= options.mode == Mode::kReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  sqlite3* raw = nullptr;
  int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  impl->db.reset(raw);
  if (code != SQLITE_OK) return fail(impl->error(code, "opening"));
  MCP_TRY(impl->configure(options));
  return Connection(std::move(impl));
}

const std::string& Connection::path() const { return impl_->path; }

Result<std::int64_t> Connection::run(std::string_view sql, Params params) {
  MCP_ASSIGN(Statement statement, impl_->take(sql));
  auto done = impl_->step_through(statement.get(), params, nullptr);
  std::int64_t changed = sqlite3_changes64(impl_->db.get());
  impl_->give_back(sql, std::move(statement));
  if (!done) return fail(std::move(done.error()));
  return changed;
}

Result<void> Connection::each(std::string_view sql, Params params,
                              const std::function<Result<void>(const Row&)>& on_row) {
  MCP_ASSIGN(Statement statement, impl_->take(sql));
  auto done = impl_->step_through(statement.get(), params, &on_row);
  impl_->give_back(sql, std::move(statement));
  return done;
}

Result<void> Connection::script(const std::string& sql) {
  if (impl_->lost_transaction())
    return fail(ErrorCode::kIo, "database " + impl_->path + ": the transaction was given up");
  return impl_->execute(sql.c_str());
}

Result<void> Connection::begin() {
  return impl_->execute(impl_->depth == 0 ? "BEGIN IMMEDIATE" : "SAVEPOINT part");
}

Result<void> Connection::finish(bool commit) {
  if (sqlite3_get_autocommit(impl_->db.get()) != 0) {
    if (!commit) return {};
    return fail(ErrorCode::kIo, "database " + impl_->path + ": the transaction was given up");
  }
  if (impl_->depth > 0) return impl_->execute(commit ? "RELEASE part" : "ROLLBACK TO part; RELEASE part");
  return impl_->execute(commit ? "COMMIT" : "ROLLBACK");
}

Result<void> Connection::transaction(const std::function<Result<void>()>& body) {
  MCP_TRY(begin());
  ++impl_->depth;
  auto done = body();
  --impl_->depth;
  if (done) done = finish(true);
  // A commit that fails leaves the transaction open.
  if (!done) (void)finish(false);
  return done;
}

}  // namespace mcp::store
