#include "internal/store/migrate.h"

namespace mcp::store {
namespace {

Result<void> make_version_table(Connection& db) {
  return db.script(
      "CREATE TABLE IF NOT EXISTS schema_migrations ("
      "package TEXT NOT NULL, version INTEGER NOT NULL, applied_ms INTEGER NOT NULL, "
      "PRIMARY KEY (package, version)) STRICT, WITHOUT ROWID");
}

Result<void> refuse_newer(const Connection& db, const Schema& schema, int version) {
  if (version <= static_cast<int>(schema.steps.size())) return {};
  return fail(ErrorCode::kUnsupported,
              "database " + db.path() + ": was written by a newer mcp (" + std::string(schema.package) +
                  " version " + std::to_string(version) + ", this program knows " +
                  std::to_string(schema.steps.size()) + ")",
              "run the newer mcp, or restore a snapshot that this one made");
}

Result<void> apply(Connection& db, const Schema& schema, int version, std::int64_t now_ms) {
  auto step = db.script(std::string(schema.steps[static_cast<std::size_t>(version)]));
  if (!step) {
    return fail(std::move(step.error())
                    .wrap("step " + std::to_string(version + 1) + " of " + std::string(schema.package)));
  }
  MCP_TRY(db.run("INSERT INTO schema_migrations VALUES (?1, ?2, ?3)", {schema.package, version + 1, now_ms}));
  return {};
}

// A step that rebuilds a table may break what refers to it; SQLite checks only rows that a statement touches.
Result<void> check_references(Connection& db) {
  return db.each("PRAGMA foreign_key_check", {}, [&](const Row& row) -> Result<void> {
    return fail(ErrorCode::kInternal, "database " + db.path() + ": a row of " + row.text(0) +
                                          " refers to nothing in " + row.text(2));
  });
}

}  // namespace

Result<int> version_of(Connection& db, std::string_view package) {
  auto read = [](const Row& row) { return static_cast<int>(row.integer(0)); };
  MCP_ASSIGN(auto table, db.first("SELECT 1 FROM sqlite_schema WHERE name = 'schema_migrations'", {}, read));
  if (!table) return 0;
  MCP_ASSIGN(auto version,
             db.first("SELECT coalesce(max(version), 0) FROM schema_migrations WHERE package = ?1", {package},
                      read));
  return version.value_or(0);
}

Result<void> migrate(Connection& db, const Schema& schema, std::int64_t now_ms) {
  MCP_ASSIGN(int before, version_of(db, schema.package));
  if (before == static_cast<int>(schema.steps.size()) && before > 0) return {};
  return db.transaction([&]() -> Result<void> {
    MCP_TRY(make_version_table(db));
    // Read again: another process may have been here before our lock.
    MCP_ASSIGN(int version, version_of(db, schema.package));
    MCP_TRY(refuse_newer(db, schema, version));
    int end = static_cast<int>(schema.steps.size());
    if (version == end) return {};
    for (; version < end; ++version) MCP_TRY(apply(db, schema, version, now_ms));
    return check_references(db);
  });
}

}  // namespace mcp::store
