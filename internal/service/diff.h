#pragma once

#include <string>
#include <vector>

#include "internal/service/spec.h"

namespace mcp::service {

// One difference between two specs.
struct Change {
  enum class Kind { kAdded, kRemoved, kChanged };

  Kind kind = Kind::kChanged;
  std::string component;  // empty: of the service itself
  std::string field;      // "image", "ports", "env.LEVEL", "health.interval"; empty: the whole component
  std::string before;     // empty when added
  std::string after;      // empty when removed

  // "api: image: img:v1 -> img:v2", "api: ports: + 80:80/tcp", "+ web", "active: true -> false"
  std::string to_string() const;

  friend bool operator==(const Change&, const Change&) = default;
};

// What leads from one to the other, field by field, service first and then by component in the order of
// `after`. Ports, volumes and variables are sets: their order means nothing, and two ways to write one
// mapping are equal. Values of variables are hidden unless they are references (config::shown_secret). Pure.
std::vector<Change> diff(const ServiceSpec& before, const ServiceSpec& after);
std::vector<Change> diff(const ComponentSpec& before, const ComponentSpec& after);

}  // namespace mcp::service
