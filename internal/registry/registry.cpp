#include "internal/registry/registry.h"

#include "internal/store/migrate.h"

namespace mcp::registry {
namespace {

// Released steps never change (store/migrate.h).
constexpr std::string_view kSteps[] = {
    R"sql(
CREATE TABLE services (
  name       TEXT PRIMARY KEY,
  node       TEXT NOT NULL,
  active     INTEGER NOT NULL CHECK (active IN (0, 1)),
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE components (
  service         TEXT NOT NULL REFERENCES services (name) ON DELETE CASCADE,
  name            TEXT NOT NULL,
  position        INTEGER NOT NULL,
  image           TEXT NOT NULL,
  network         TEXT NOT NULL,
  user_spec       TEXT NOT NULL,
  restart         TEXT NOT NULL,
  memory          INTEGER NOT NULL,
  cpu_percent     INTEGER NOT NULL,
  pids            INTEGER NOT NULL,
  stop_timeout_ms INTEGER NOT NULL,
  health_interval_ms     INTEGER,
  health_timeout_ms      INTEGER,
  health_retries         INTEGER,
  health_start_period_ms INTEGER,
  desired_state   TEXT NOT NULL CHECK (desired_state IN ('running', 'stopped', 'ignore')),
  observed_state  TEXT NOT NULL CHECK (observed_state IN ('unknown', 'running', 'stopped', 'exited', 'removed')),
  version         TEXT NOT NULL,
  digest          TEXT NOT NULL DEFAULT '',
  started_ms      INTEGER NOT NULL DEFAULT 0,
  observed_ms     INTEGER NOT NULL DEFAULT 0,
  created_ms      INTEGER NOT NULL,
  updated_ms      INTEGER NOT NULL,
  PRIMARY KEY (service, name)
) STRICT;
CREATE INDEX components_by_desired_state ON components (desired_state);

CREATE TABLE component_ports (
  service TEXT NOT NULL, component TEXT NOT NULL, position INTEGER NOT NULL, mapping TEXT NOT NULL,
  PRIMARY KEY (service, component, position),
  FOREIGN KEY (service, component) REFERENCES components (service, name) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE component_volumes (
  service TEXT NOT NULL, component TEXT NOT NULL, position INTEGER NOT NULL, mapping TEXT NOT NULL,
  PRIMARY KEY (service, component, position),
  FOREIGN KEY (service, component) REFERENCES components (service, name) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- What a component runs, and what asks it how it is.
CREATE TABLE component_cmd (
  service TEXT NOT NULL, component TEXT NOT NULL, purpose TEXT NOT NULL CHECK (purpose IN ('cmd', 'health')),
  position INTEGER NOT NULL, arg TEXT NOT NULL,
  PRIMARY KEY (service, component, purpose, position),
  FOREIGN KEY (service, component) REFERENCES components (service, name) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE component_env (
  service TEXT NOT NULL, component TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (service, component, name),
  FOREIGN KEY (service, component) REFERENCES components (service, name) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- What happened outlives what it happened to.
CREATE TABLE events (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  service      TEXT NOT NULL,
  component    TEXT NOT NULL,
  kind         TEXT NOT NULL CHECK (kind IN ('state', 'alert', 'deploy')),
  prev_state   TEXT NOT NULL,
  new_state    TEXT NOT NULL,
  detail       TEXT NOT NULL,
  timestamp_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX events_by_component ON events (service, component, timestamp_ms);
CREATE INDEX events_by_time ON events (timestamp_ms);

-- Every attempt to make a service so: the whole definition, so that it can be made so again. A service that is
-- removed keeps its generations, and counts on when it comes back.
CREATE TABLE generations (
  service     TEXT NOT NULL,
  generation  INTEGER NOT NULL,
  spec        TEXT NOT NULL,
  outcome     TEXT NOT NULL CHECK (outcome IN ('pending', 'deployed', 'rolled-back', 'failed')),
  reason      TEXT NOT NULL,
  actor       TEXT NOT NULL,
  created_ms  INTEGER NOT NULL,
  finished_ms INTEGER NOT NULL,
  PRIMARY KEY (service, generation)
) STRICT;
CREATE INDEX generations_pending ON generations (service) WHERE outcome = 'pending';

CREATE TABLE generation_components (
  service    TEXT NOT NULL,
  generation INTEGER NOT NULL,
  component  TEXT NOT NULL,
  image      TEXT NOT NULL,
  digest     TEXT NOT NULL,
  outcome    TEXT NOT NULL CHECK (outcome IN ('pending', 'deployed', 'unchanged', 'rolled-back', 'failed')),
  reason     TEXT NOT NULL,
  PRIMARY KEY (service, generation, component),
  FOREIGN KEY (service, generation) REFERENCES generations (service, generation) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
)sql",
};

}  // namespace

Result<store::Connection> open(const std::string& path, std::int64_t now_ms,
                               const store::OpenOptions& options) {
  MCP_ASSIGN(store::Connection db, store::Connection::open(path, options));
  MCP_TRY(store::migrate(db, {"registry", kSteps}, now_ms));
  return db;
}

}  // namespace mcp::registry
