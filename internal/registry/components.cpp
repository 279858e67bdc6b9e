#include "internal/registry/components.h"

#include "internal/registry/component_lists.h"
#include "internal/service/image.h"

namespace mcp::registry {
namespace {

// One SELECT for every way to ask; read_component() knows its columns.
#define MCP_SELECT_COMPONENTS                                                                              \
  "SELECT service, name, image, network, user_spec, restart, memory, cpu_percent, pids, stop_timeout_ms, " \
  "health_interval_ms, health_timeout_ms, health_retries, health_start_period_ms, desired_state, "         \
  "observed_state, version, digest, started_ms, observed_ms, created_ms, updated_ms FROM components "

ComponentRecord read_component(const store::Row& row) {
  ComponentRecord record;
  record.service = row.text(0);
  service::ComponentSpec& spec = record.spec;
  spec.name = row.text(1);
  spec.image = row.text(2);
  spec.network = row.text(3);
  spec.user = row.text(4);
  spec.restart = row.text(5);
  spec.memory = row.integer(6);
  spec.cpu_percent = row.integer(7);
  spec.pids = row.integer(8);
  spec.stop_timeout_ms = row.integer(9);
  if (!row.is_null(10))
    spec.health = service::Health{{}, row.integer(10), row.integer(11), row.integer(12), row.integer(13)};
  record.desired = parse_desired(row.text(14)).value_or(DesiredState::kIgnore);
  record.observed = parse_observed(row.text(15)).value_or(ObservedState::kUnknown);
  record.version = row.text(16);
  record.digest = row.text(17);
  record.started_ms = row.integer(18);
  record.observed_ms = row.integer(19);
  record.created_ms = row.integer(20);
  record.updated_ms = row.integer(21);
  return record;
}

Result<std::vector<ComponentRecord>> select(store::Connection& db, std::string_view sql,
                                            store::Params params) {
  MCP_ASSIGN(auto records, db.all(sql, params, read_component));
  for (auto& record : records) MCP_TRY(read_lists(db, record.service, record.spec));
  return records;
}

tl::unexpected<Error> not_found(std::string_view service, std::string_view name) {
  return fail(ErrorCode::kNotFound,
              "no component \"" + std::string(name) + "\" in service \"" + std::string(service) + "\"",
              "`mcp list` shows the components");
}

Result<void> one(const Result<std::int64_t>& changed, std::string_view service, std::string_view name) {
  if (!changed) return fail(changed.error());
  if (*changed == 1) return {};
  return not_found(service, name);
}

std::optional<std::int64_t> of_health(const service::ComponentSpec& spec,
                                      std::int64_t service::Health::*field) {
  return spec.health ? std::optional((*spec.health).*field) : std::nullopt;
}

Result<void> write_row(store::Connection& db, std::string_view service, const service::ComponentSpec& spec,
                       std::int64_t now_ms) {
  using service::Health;
  return one(
      db.run("UPDATE components SET image = ?3, network = ?4, user_spec = ?5, restart = ?6, memory = ?7, "
             "cpu_percent = ?8, pids = ?9, stop_timeout_ms = ?10, health_interval_ms = ?11, "
             "health_timeout_ms = ?12, health_retries = ?13, health_start_period_ms = ?14, version = ?15, "
             "updated_ms = ?16 WHERE service = ?1 AND name = ?2",
             {service, spec.name, spec.image, spec.network, spec.user, spec.restart, spec.memory,
              spec.cpu_percent, spec.pids, spec.stop_timeout_ms, of_health(spec, &Health::interval_ms),
              of_health(spec, &Health::timeout_ms), of_health(spec, &Health::retries),
              of_health(spec, &Health::start_period_ms), service::version_of_image(spec.image), now_ms}),
      service, spec.name);
}

// An empty row behind the others; write_row() fills it.
Result<void> insert_row(store::Connection& db, std::string_view service, std::string_view name,
                        DesiredState desired, std::int64_t now_ms) {
  auto made = db.run(
      "INSERT INTO components (service, name, position, image, network, user_spec, restart, memory, "
      "cpu_percent, "
      "pids, stop_timeout_ms, desired_state, observed_state, version, created_ms, updated_ms) "
      "SELECT ?1, ?2, coalesce(max(position) + 1, 0), '', '', '', '', 0, 0, 0, 0, ?3, 'unknown', '', ?4, ?4 "
      "FROM components WHERE service = ?1",
      {service, name, to_string(desired), now_ms});
  if (made) return {};
  std::string label = "\"" + std::string(name) + "\" of service \"" + std::string(service) + "\"";
  if (made.error().code == ErrorCode::kExists)
    return fail(ErrorCode::kExists, "component " + label + " is there already");
  if (made.error().code == ErrorCode::kNotFound)
    return fail(ErrorCode::kNotFound, "no service \"" + std::string(service) + "\"",
                "`mcp list` shows the services");
  return fail(std::move(made.error()));
}

}  // namespace

Result<void> create_component(store::Connection& db, std::string_view service,
                              const service::ComponentSpec& spec, DesiredState desired, std::int64_t now_ms) {
  return db.transaction([&]() -> Result<void> {
    MCP_TRY(insert_row(db, service, spec.name, desired, now_ms));
    MCP_TRY(write_row(db, service, spec, now_ms));
    return write_lists(db, service, spec);
  });
}

Result<std::optional<ComponentRecord>> get_component(store::Connection& db, std::string_view service,
                                                     std::string_view name) {
  MCP_ASSIGN(auto found,
             select(db, MCP_SELECT_COMPONENTS "WHERE service = ?1 AND name = ?2", {service, name}));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

Result<std::vector<ComponentRecord>> list_components(store::Connection& db, std::string_view service) {
  return select(db, MCP_SELECT_COMPONENTS "WHERE service = ?1 ORDER BY position, name", {service});
}

Result<std::vector<ComponentRecord>> list_all_components(store::Connection& db,
                                                         std::optional<DesiredState> desired) {
  if (!desired) return select(db, MCP_SELECT_COMPONENTS "ORDER BY service, position, name", {});
  return select(db, MCP_SELECT_COMPONENTS "WHERE desired_state = ?1 ORDER BY service, position, name",
                {to_string(*desired)});
}

Result<void> update_component_spec(store::Connection& db, std::string_view service,
                                   const service::ComponentSpec& spec, std::int64_t now_ms) {
  return db.transaction([&]() -> Result<void> {
    MCP_TRY(write_row(db, service, spec, now_ms));
    return write_lists(db, service, spec);
  });
}

Result<void> set_desired(store::Connection& db, std::string_view service, std::string_view name,
                         DesiredState desired, std::int64_t now_ms) {
  return one(
      db.run("UPDATE components SET desired_state = ?3, updated_ms = ?4 WHERE service = ?1 AND name = ?2",
             {service, name, to_string(desired), now_ms}),
      service, name);
}

Result<void> set_observed(store::Connection& db, std::string_view service, std::string_view name,
                          const Observation& seen, std::int64_t now_ms) {
  return one(db.run("UPDATE components SET observed_ms = iif(observed_state = ?3 AND observed_ms > 0, "
                    "observed_ms, ?6), "
                    "observed_state = ?3, digest = iif(?4 = '', digest, ?4), started_ms = ?5 "
                    "WHERE service = ?1 AND name = ?2",
                    {service, name, to_string(seen.state), seen.digest, seen.started_ms, now_ms}),
             service, name);
}

Result<void> set_position(store::Connection& db, std::string_view service, std::string_view name,
                          int position) {
  return one(db.run("UPDATE components SET position = ?3 WHERE service = ?1 AND name = ?2",
                    {service, name, position}),
             service, name);
}

Result<void> delete_component(store::Connection& db, std::string_view service, std::string_view name) {
  return one(db.run("DELETE FROM components WHERE service = ?1 AND name = ?2", {service, name}), service,
             name);
}

}  // namespace mcp::registry
