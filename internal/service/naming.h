#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "internal/base/error.h"
#include "internal/service/spec.h"

namespace mcp::service {

// One component of one service.
struct ComponentId {
  std::string service;
  std::string component;

  // "metacrypt/api"
  std::string to_string() const { return service + "/" + component; }

  friend auto operator<=>(const ComponentId&, const ComponentId&) = default;
};

// "<service>-<component>"; "<service>" alone when both are the same word.
std::string container_name(std::string_view service, std::string_view component);

// "metacrypt" or "metacrypt/api" of a command line; the component is empty in the first.
// Errors: kInvalid.
Result<ComponentId> parse_target(std::string_view text);

// What a container's name can mean, given the services that are known: "a-b-c" is c of a-b, and b-c of a. The
// longest service is first, for it says most. A name that no known service begins is a service of its own
// with a component of the same name, which is the one reading that gives the name back without a guess. Where
// labels or the registry know better, ask them first.
std::vector<ComponentId> meanings(std::string_view container,
                                  const std::set<std::string, std::less<>>& services);

// The component that a container is of one given service: "metacrypt-api" of metacrypt is "api", "mc-proxy"
// of mc-proxy is "mc-proxy". nullopt: it is none of this service's.
std::optional<std::string> component_of(std::string_view container, std::string_view service);

// Two components of one node whose containers would have one name: (a, b-c) and (a-b, c).
// Errors: kInvalid, naming both.
Result<void> check_container_names(const std::vector<ServiceSpec>& services);

}  // namespace mcp::service
