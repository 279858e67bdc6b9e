#include "internal/service/naming.h"

#include <algorithm>
#include <map>

#include "internal/base/strings.h"

namespace mcp::service {

std::string container_name(std::string_view service, std::string_view component) {
  if (service == component) return std::string(service);
  return std::string(service) + "-" + std::string(component);
}

Result<ComponentId> parse_target(std::string_view text) {
  auto slash = text.find('/');
  ComponentId id{std::string(text.substr(0, slash)), ""};
  if (slash != std::string_view::npos) id.component = text.substr(slash + 1);
  auto right = check_name(id.service);
  if (right && slash != std::string_view::npos) right = check_name(id.component);
  if (right) return id;
  return fail(ErrorCode::kInvalid, json_quote(text) + " is neither SERVICE nor SERVICE/COMPONENT",
              right.error().hint);
}

std::optional<std::string> component_of(std::string_view container, std::string_view service) {
  if (container == service) return std::string(service);
  if (container.size() < service.size() + 2 || !container.starts_with(service) ||
      container[service.size()] != '-')
    return std::nullopt;
  std::string component(container.substr(service.size() + 1));
  // "a-a" is not how component a of service a is called.
  return component == service || !check_name(component) ? std::nullopt : std::optional(component);
}

std::vector<ComponentId> meanings(std::string_view container,
                                  const std::set<std::string, std::less<>>& services) {
  std::vector<ComponentId> found;
  for (const auto& service : services) {
    if (auto component = component_of(container, service)) found.push_back({service, *component});
  }
  std::sort(found.begin(), found.end(),
            [](const ComponentId& a, const ComponentId& b) { return a.service.size() > b.service.size(); });
  if (found.empty()) found.push_back({std::string(container), std::string(container)});
  return found;
}

Result<void> check_container_names(const std::vector<ServiceSpec>& services) {
  std::map<std::pair<std::string, std::string>, ComponentId> taken;  // by node and container
  for (const auto& service : services) {
    for (const auto& component : service.components) {
      ComponentId id{service.name, component.name};
      std::string name = container_name(id.service, id.component);
      auto [at, fresh] = taken.emplace(std::pair(service.node, name), id);
      if (fresh) continue;
      return fail(ErrorCode::kInvalid,
                  id.to_string() + " and " + at->second.to_string() + " would both be container \"" + name +
                      "\" on node " + json_quote(service.node),
                  "rename one of the two components");
    }
  }
  return {};
}

}  // namespace mcp::service
