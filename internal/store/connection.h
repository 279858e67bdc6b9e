#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "internal/base/error.h"

namespace mcp::store {

// One value for a place in a statement (?1, ?2, …). What it views must outlive the call.
class Param {
 public:
  using Held = std::variant<std::monostate, std::int64_t, std::string_view>;

  Param(std::nullptr_t) {}                                           // NOLINT(google-explicit-constructor)
  Param(std::int64_t number) : held_(number) {}                      // NOLINT(google-explicit-constructor)
  Param(int number) : held_(std::int64_t{number}) {}                 // NOLINT(google-explicit-constructor)
  Param(bool truth) : held_(std::int64_t{truth}) {}                  // NOLINT(google-explicit-constructor)
  Param(const char* text) : held_(std::string_view(text)) {}         // NOLINT(google-explicit-constructor)
  Param(std::string_view text) : held_(text) {}                      // NOLINT(google-explicit-constructor)
  Param(const std::string& text) : Param(std::string_view(text)) {}  // NOLINT(google-explicit-constructor)
  template <class T>
  Param(const std::optional<T>& value) {  // NOLINT(google-explicit-constructor)
    if (value) *this = Param(*value);
  }

  const Held& held() const { return held_; }

 private:
  Held held_;
};
using Params = std::initializer_list<Param>;

// The row that a query stands on; good until the next one. Columns count from 0. NULL reads as 0 and "".
class Row {
 public:
  explicit Row(void* statement) : statement_(statement) {}

  std::int64_t integer(int column) const;
  bool boolean(int column) const { return integer(column) != 0; }
  std::string text(int column) const;
  bool is_null(int column) const;

 private:
  void* statement_;
};

enum class Mode {
  kCreate,    // made when it is missing
  kExisting,  // kNotFound when it is missing
  kReadOnly,  // the same, and nothing is written
};

struct OpenOptions {
  Mode mode = Mode::kCreate;
  std::chrono::milliseconds busy_timeout{5000};  // how long another process' lock is waited for
  std::int64_t max_bytes = 0;                    // what the database may grow to; 0: what the disk has
};

// A SQLite database in write-ahead mode, with foreign keys, durable at every commit. The file is 0600,
// folders that have to be made are 0700. One thread at a time; statements are compiled once and kept. Errors
// name the file. Codes: kTimeout (locked by another process), kMalformed (no database, or a damaged one),
// kLimit (max_bytes), kDenied, kNotFound, kIo (a full disk among others), kExists (unique), kNotFound
// (foreign key), kInvalid (CHECK, NOT NULL), kInternal (SQL that SQLite refuses).
class Connection {
 public:
  // Errors as above. `path` is a file of this machine.
  static Result<Connection> open(const std::string& path, const OpenOptions& options = {});
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  // One statement; how many rows it inserted, updated or deleted.
  Result<std::int64_t> run(std::string_view sql, Params params = {});
  // One query; an error of on_row ends it and is returned.
  Result<void> each(std::string_view sql, Params params,
                    const std::function<Result<void>(const Row&)>& on_row);
  // Statements separated by ';', without parameters.
  Result<void> script(const std::string& sql);

  // All rows, made by `make(row)`.
  template <class Make>
  auto all(std::string_view sql, Params params, Make make)
      -> Result<std::vector<decltype(make(std::declval<const Row&>()))>> {
    std::vector<decltype(make(std::declval<const Row&>()))> rows;
    MCP_TRY(each(sql, params, [&](const Row& row) -> Result<void> {
      rows.push_back(make(row));
      return {};
    }));
    return rows;
  }

  // The first row, nullopt when there is none.
  template <class Make>
  auto first(std::string_view sql, Params params, Make make)
      -> Result<std::optional<decltype(make(std::declval<const Row&>()))>> {
    MCP_ASSIGN(auto rows, all(sql, params, make));
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
  }

  // Either all of body happens, or nothing. The lock for writing is taken first. Inside another transaction
  // it is a part of that one, which may fail alone.
  Result<void> transaction(const std::function<Result<void>()>& body);

  const std::string& path() const;

 private:
  struct Impl;
  explicit Connection(std::unique_ptr<Impl> impl);

  Result<void> begin();
  Result<void> finish(bool commit);

  std::unique_ptr<Impl> impl_;
};

}  // namespace mcp::store
