#include "internal/registry/component_lists.h"

namespace mcp::registry {
namespace {

// One list: how it is read in its order (?1 service, ?2 component), emptied, and written (?3 position, ?4
// text).
struct List {
  std::string_view select;
  std::string_view remove;
  std::string_view insert;
};

constexpr List kPorts{
    "SELECT mapping FROM component_ports WHERE service = ?1 AND component = ?2 ORDER BY position",
    "DELETE FROM component_ports WHERE service = ?1 AND component = ?2",
    "INSERT INTO component_ports VALUES (?1, ?2, ?3, ?4)"};
constexpr List kVolumes{
    "SELECT mapping FROM component_volumes WHERE service = ?1 AND component = ?2 ORDER BY position",
    "DELETE FROM component_volumes WHERE service = ?1 AND component = ?2",
    "INSERT INTO component_volumes VALUES (?1, ?2, ?3, ?4)"};
constexpr List kCmd{
    "SELECT arg FROM component_cmd WHERE service = ?1 AND component = ?2 AND purpose = 'cmd' ORDER BY "
    "position",
    "DELETE FROM component_cmd WHERE service = ?1 AND component = ?2 AND purpose = 'cmd'",
    "INSERT INTO component_cmd VALUES (?1, ?2, 'cmd', ?3, ?4)"};
constexpr List kHealth{
    "SELECT arg FROM component_cmd WHERE service = ?1 AND component = ?2 AND purpose = 'health' ORDER BY "
    "position",
    "DELETE FROM component_cmd WHERE service = ?1 AND component = ?2 AND purpose = 'health'",
    "INSERT INTO component_cmd VALUES (?1, ?2, 'health', ?3, ?4)"};

// One component's place in the tables.
class Lists {
 public:
  Lists(store::Connection& db, std::string_view service, std::string_view component)
      : db_(db), service_(service), component_(component) {}

  Result<void> read(const List& list, std::vector<std::string>& into) {
    MCP_ASSIGN(into, db_.all(list.select, {service_, component_},
                             [](const store::Row& row) { return row.text(0); }));
    return {};
  }

  Result<void> write(const List& list, const std::vector<std::string>& items) {
    MCP_TRY(db_.run(list.remove, {service_, component_}));
    int position = 0;
    for (const auto& item : items) MCP_TRY(db_.run(list.insert, {service_, component_, position++, item}));
    return {};
  }

  Result<void> read_variables(std::map<std::string, std::string>& into) {
    return db_.each("SELECT name, value FROM component_env WHERE service = ?1 AND component = ?2",
                    {service_, component_}, [&](const store::Row& row) -> Result<void> {
                      into[row.text(0)] = row.text(1);
                      return {};
                    });
  }

  Result<void> write_variables(const std::map<std::string, std::string>& env) {
    MCP_TRY(
        db_.run("DELETE FROM component_env WHERE service = ?1 AND component = ?2", {service_, component_}));
    for (const auto& [name, value] : env)
      MCP_TRY(
          db_.run("INSERT INTO component_env VALUES (?1, ?2, ?3, ?4)", {service_, component_, name, value}));
    return {};
  }

 private:
  store::Connection& db_;
  std::string_view service_;
  std::string_view component_;
};

}  // namespace

Result<void> read_lists(store::Connection& db, std::string_view service, service::ComponentSpec& spec) {
  Lists lists(db, service, spec.name);
  MCP_TRY(lists.read(kPorts, spec.ports));
  MCP_TRY(lists.read(kVolumes, spec.volumes));
  MCP_TRY(lists.read(kCmd, spec.cmd));
  if (spec.health) MCP_TRY(lists.read(kHealth, spec.health->cmd));
  return lists.read_variables(spec.env);
}

Result<void> write_lists(store::Connection& db, std::string_view service,
                         const service::ComponentSpec& spec) {
  Lists lists(db, service, spec.name);
  MCP_TRY(lists.write(kPorts, spec.ports));
  MCP_TRY(lists.write(kVolumes, spec.volumes));
  MCP_TRY(lists.write(kCmd, spec.cmd));
  MCP_TRY(lists.write(kHealth, spec.health ? spec.health->cmd : std::vector<std::string>{}));
  return lists.write_variables(spec.env);
}

}  // namespace mcp::registry
