#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "internal/service/spec.h"
#include "internal/store/connection.h"

namespace mcp::registry {

struct ServiceRecord {
  std::string name;
  std::string node;
  bool active = true;
  std::int64_t created_ms = 0;
  std::int64_t updated_ms = 0;

  friend bool operator==(const ServiceRecord&, const ServiceRecord&) = default;
};

// Errors: kExists.
Result<void> create_service(store::Connection& db, std::string_view name, std::string_view node, bool active,
                            std::int64_t now_ms);
// nullopt: there is none.
Result<std::optional<ServiceRecord>> get_service(store::Connection& db, std::string_view name);
// By name.
Result<std::vector<ServiceRecord>> list_services(store::Connection& db);
// Errors: kNotFound.
Result<void> update_service(store::Connection& db, std::string_view name, std::string_view node, bool active,
                            std::int64_t now_ms);
// With its components; its events and generations stay. Errors: kNotFound.
Result<void> delete_service(store::Connection& db, std::string_view name);

// The service as it was last wanted, components in its own order; nullopt: there is none.
Result<std::optional<service::ServiceSpec>> get_spec(store::Connection& db, std::string_view name);

}  // namespace mcp::registry
