#include "internal/registry/services.h"

#include "internal/registry/components.h"

namespace mcp::registry {
namespace {

ServiceRecord read_service(const store::Row& row) {
  return {row.text(0), row.text(1), row.boolean(2), row.integer(3), row.integer(4)};
}

Result<void> one(const Result<std::int64_t>& changed, std::string_view name) {
  if (!changed) return fail(changed.error());
  if (*changed == 1) return {};
  return fail(ErrorCode::kNotFound, "no service \"" + std::string(name) + "\"",
              "`mcp list` shows the services");
}

}  // namespace

Result<void> create_service(store::Connection& db, std::string_view name, std::string_view node, bool active,
                            std::int64_t now_ms) {
  auto made = db.run("INSERT INTO services VALUES (?1, ?2, ?3, ?4, ?4)", {name, node, active, now_ms});
  if (made) return {};
  if (made.error().code == ErrorCode::kExists)
    return fail(ErrorCode::kExists, "service \"" + std::string(name) + "\" is there already");
  return fail(std::move(made.error()));
}

Result<std::optional<ServiceRecord>> get_service(store::Connection& db, std::string_view name) {
  return db.first("SELECT name, node, active, created_ms, updated_ms FROM services WHERE name = ?1", {name},
                  read_service);
}

Result<std::vector<ServiceRecord>> list_services(store::Connection& db) {
  return db.all("SELECT name, node, active, created_ms, updated_ms FROM services ORDER BY name", {},
                read_service);
}

Result<void> update_service(store::Connection& db, std::string_view name, std::string_view node, bool active,
                            std::int64_t now_ms) {
  return one(db.run("UPDATE services SET node = ?2, active = ?3, updated_ms = ?4 WHERE name = ?1",
                    {name, node, active, now_ms}),
             name);
}

Result<void> delete_service(store::Connection& db, std::string_view name) {
  return one(db.run("DELETE FROM services WHERE name = ?1", {name}), name);
}

Result<std::optional<service::ServiceSpec>> get_spec(store::Connection& db, std::string_view name) {
  MCP_ASSIGN(auto found, get_service(db, name));
  if (!found) return std::nullopt;
  MCP_ASSIGN(auto components, list_components(db, name));
  service::ServiceSpec spec{found->name, found->node, found->active, {}};
  for (auto& component : components) spec.components.push_back(std::move(component.spec));
  return spec;
}

}  // namespace mcp::registry
