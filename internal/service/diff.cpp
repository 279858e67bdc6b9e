#include "internal/service/diff.h"

#include <set>

#include "internal/base/strings.h"
#include "internal/config/secret.h"
#include "internal/service/mapping.h"

namespace mcp::service {
namespace {

std::string list_text(const std::vector<std::string>& items) {
  if (items.empty()) return "";
  std::string out;
  for (const auto& item : items) out += (out.empty() ? "" : ", ") + json_quote(item);
  return "[" + out + "]";
}

std::string number_text(std::int64_t number, std::string_view unit = "") {
  return number == 0 ? "" : std::to_string(number) + std::string(unit);
}

template <class Parse>
std::set<std::string> canonical(const std::vector<std::string>& items, Parse parse) {
  std::set<std::string> out;
  for (const auto& item : items) {
    auto parsed = parse(item);
    out.insert(parsed ? parsed->to_string() : item);
  }
  return out;
}

// Collects the changes of one component, or of a service when it has no name.
class Collector {
 public:
  explicit Collector(std::string component) : component_(std::move(component)) {}

  void value(const std::string& field, const std::string& before, const std::string& after) {
    if (before != after) add(field, before, after);
  }

  void set(const std::string& field, const std::set<std::string>& before,
           const std::set<std::string>& after) {
    for (const auto& item : before) {
      if (!after.contains(item)) add(field, item, "");
    }
    for (const auto& item : after) {
      if (!before.contains(item)) add(field, "", item);
    }
  }

  void variables(const std::map<std::string, std::string>& before,
                 const std::map<std::string, std::string>& after) {
    for (const auto& [name, value] : before) {
      auto there = after.find(name);
      if (there == after.end()) {
        push(Change::Kind::kRemoved, "env." + name, config::shown_secret(value), "");
      } else if (there->second != value) {
        push(Change::Kind::kChanged, "env." + name, config::shown_secret(value),
             config::shown_secret(there->second));
      }
    }
    for (const auto& [name, value] : after) {
      if (!before.contains(name)) push(Change::Kind::kAdded, "env." + name, "", config::shown_secret(value));
    }
  }

  std::vector<Change> take() { return std::move(changes_); }

 private:
  void add(const std::string& field, const std::string& before, const std::string& after) {
    auto kind = before.empty()  ? Change::Kind::kAdded
                : after.empty() ? Change::Kind::kRemoved
                                : Change::Kind::kChanged;
    push(kind, field, before, after);
  }
  void push(Change::Kind kind, std::string field, std::string before, std::string after) {
    changes_.push_back({kind, component_, std::move(field), std::move(before), std::move(after)});
  }

  std::string component_;
  std::vector<Change> changes_;
};

void compare_health(Collector& into, const std::optional<Health>& before,
                    const std::optional<Health>& after) {
  auto field = [&](const char* name, auto text) {
    into.value(name, before ? text(*before) : "", after ? text(*after) : "");
  };
  field("health.cmd", [](const Health& h) { return list_text(h.cmd); });
  field("health.interval", [](const Health& h) { return number_text(h.interval_ms, "ms"); });
  field("health.timeout", [](const Health& h) { return number_text(h.timeout_ms, "ms"); });
  field("health.retries", [](const Health& h) { return number_text(h.retries); });
  field("health.start_period", [](const Health& h) { return number_text(h.start_period_ms, "ms"); });
}

void append(std::vector<Change>& all, std::vector<Change> more) {
  for (auto& change : more) all.push_back(std::move(change));
}

}  // namespace

std::string Change::to_string() const {
  std::string where = component + (component.empty() || field.empty() ? "" : ": ") + field;
  if (field.empty()) return (kind == Kind::kAdded ? "+ " : "- ") + component;
  switch (kind) {
    case Kind::kAdded: return where + ": + " + after;
    case Kind::kRemoved: return where + ": - " + before;
    case Kind::kChanged: return where + ": " + before + " -> " + after;
  }
  return where;
}

std::vector<Change> diff(const ComponentSpec& before, const ComponentSpec& after) {
  Collector into(after.name);
  into.value("image", before.image, after.image);
  into.value("network", before.network, after.network);
  into.value("user", before.user, after.user);
  into.value("restart", before.restart, after.restart);
  into.set("ports", canonical(before.ports, parse_port), canonical(after.ports, parse_port));
  into.set("volumes", canonical(before.volumes, parse_volume), canonical(after.volumes, parse_volume));
  into.value("cmd", list_text(before.cmd), list_text(after.cmd));
  into.variables(before.env, after.env);
  into.value("memory", number_text(before.memory), number_text(after.memory));
  into.value("cpu", number_text(before.cpu_percent, "%"), number_text(after.cpu_percent, "%"));
  into.value("pids", number_text(before.pids), number_text(after.pids));
  into.value("stop_timeout", number_text(before.stop_timeout_ms, "ms"),
             number_text(after.stop_timeout_ms, "ms"));
  compare_health(into, before.health, after.health);
  return into.take();
}

std::vector<Change> diff(const ServiceSpec& before, const ServiceSpec& after) {
  Collector service("");
  service.value("node", before.node, after.node);
  service.value("active", before.active ? "true" : "false", after.active ? "true" : "false");
  std::vector<Change> all = service.take();
  for (const auto& component : after.components) {
    const ComponentSpec* old = before.find(component.name);
    if (old == nullptr) {
      all.push_back({Change::Kind::kAdded, component.name, "", "", ""});
    } else {
      append(all, diff(*old, component));
    }
  }
  for (const auto& component : before.components) {
    if (after.find(component.name) == nullptr)
      all.push_back({Change::Kind::kRemoved, component.name, "", "", ""});
  }
  return all;
}

}  // namespace mcp::service
