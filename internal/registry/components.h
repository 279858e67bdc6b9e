#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "internal/registry/states.h"
#include "internal/service/spec.h"
#include "internal/store/connection.h"

namespace mcp::registry {

struct ComponentRecord {
  std::string service;
  service::ComponentSpec spec;
  DesiredState desired = DesiredState::kRunning;
  ObservedState observed = ObservedState::kUnknown;
  std::string version;           // the image's tag
  std::string digest;            // the registry's, of what runs; empty: not known
  std::int64_t started_ms = 0;   // of the container that was observed; 0: not known
  std::int64_t observed_ms = 0;  // when observed last changed; 0: never seen
  std::int64_t created_ms = 0;
  std::int64_t updated_ms = 0;  // of the spec or of what is desired

  friend bool operator==(const ComponentRecord&, const ComponentRecord&) = default;
};

// Behind the components that are there. The version is taken from the image.
// Errors: kExists; kNotFound (the service).
Result<void> create_component(store::Connection& db, std::string_view service,
                              const service::ComponentSpec& spec, DesiredState desired, std::int64_t now_ms);
// nullopt: there is none.
Result<std::optional<ComponentRecord>> get_component(store::Connection& db, std::string_view service,
                                                     std::string_view name);
// In the order of the definition.
Result<std::vector<ComponentRecord>> list_components(store::Connection& db, std::string_view service);
// Of all services, by service and order; with `desired`: only those.
Result<std::vector<ComponentRecord>> list_all_components(store::Connection& db,
                                                         std::optional<DesiredState> desired = std::nullopt);

// The following: kNotFound.
// All of the spec; states stay as they are. The version follows the image.
Result<void> update_component_spec(store::Connection& db, std::string_view service,
                                   const service::ComponentSpec& spec, std::int64_t now_ms);
Result<void> set_desired(store::Connection& db, std::string_view service, std::string_view name,
                         DesiredState desired, std::int64_t now_ms);
struct Observation {
  ObservedState state = ObservedState::kUnknown;
  std::string digest = {};  // empty: as it was
  std::int64_t started_ms = 0;
};
Result<void> set_observed(store::Connection& db, std::string_view service, std::string_view name,
                          const Observation& seen, std::int64_t now_ms);
// Its place among the others, from 0.
Result<void> set_position(store::Connection& db, std::string_view service, std::string_view name,
                          int position);
Result<void> delete_component(store::Connection& db, std::string_view service, std::string_view name);

}  // namespace mcp::registry
