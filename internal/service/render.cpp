#include "internal/config/render.h"

#include "internal/service/definition.h"

namespace mcp::service {
namespace {

using config::toml_quote;

// Lines KEY = VALUE; what is empty or 0 has none.
class Lines {
 public:
  void text(const char* key, const std::string& value) {
    if (!value.empty()) line(key, toml_quote(value));
  }
  void list(const char* key, const std::vector<std::string>& items) {
    if (items.empty()) return;
    std::string out;
    for (const auto& item : items) out += (out.empty() ? "" : ", ") + toml_quote(item);
    line(key, "[" + out + "]");
  }
  void number(const char* key, std::int64_t value) {
    if (value != 0) line(key, std::to_string(value));
  }
  void size(const char* key, std::int64_t bytes) {
    if (bytes != 0) line(key, toml_quote(with_unit(bytes, 1024, {"", "K", "M", "G"})));
  }
  void duration(const char* key, std::int64_t ms) {
    if (ms == 0) return;
    line(key,
         toml_quote(ms % 1000 == 0 ? with_unit(ms / 1000, 60, {"s", "m", "h"}) : std::to_string(ms) + "ms"));
  }
  void line(const std::string& key, const std::string& value) { out_ += key + " = " + value + "\n"; }
  void header(const char* text) { out_ += std::string("\n") + text + "\n"; }
  std::string take() { return std::move(out_); }

 private:
  // In the largest unit that says it exactly.
  static std::string with_unit(std::int64_t count, std::int64_t step, std::vector<const char*> units) {
    std::size_t unit = 0;
    while (unit + 1 < units.size() && count % step == 0) {
      count /= step;
      ++unit;
    }
    return std::to_string(count) + units[unit];
  }

  std::string out_;
};

void render_health(Lines& lines, const Health& health) {
  const Health usual;
  lines.header("[components.health]");
  lines.list("cmd", health.cmd);
  if (health.interval_ms != usual.interval_ms) lines.duration("interval", health.interval_ms);
  if (health.timeout_ms != usual.timeout_ms) lines.duration("timeout", health.timeout_ms);
  if (health.retries != usual.retries) lines.number("retries", health.retries);
  lines.duration("start_period", health.start_period_ms);
}

}  // namespace

std::string render_component(const ComponentSpec& component) {
  Lines lines;
  lines.text("name", component.name);
  lines.text("image", component.image);
  lines.text("network", component.network);
  lines.text("user", component.user);
  lines.text("restart", component.restart);
  lines.list("ports", component.ports);
  lines.list("volumes", component.volumes);
  lines.list("cmd", component.cmd);
  lines.size("memory", component.memory);
  if (component.cpu_percent != 0) lines.text("cpu", std::to_string(component.cpu_percent) + "%");
  lines.number("pids", component.pids);
  lines.duration("stop_timeout", component.stop_timeout_ms);
  if (!component.env.empty()) lines.header("[components.env]");
  for (const auto& [name, value] : component.env) lines.line(name, toml_quote(value));
  if (component.health) render_health(lines, *component.health);
  return lines.take();
}

std::string render_definition(const ServiceSpec& spec) {
  Lines lines;
  lines.text("name", spec.name);
  lines.text("node", spec.node);
  lines.line("active", spec.active ? "true" : "false");
  std::string out = lines.take();
  for (const auto& component : spec.components) out += "\n[[components]]\n" + render_component(component);
  return out;
}

}  // namespace mcp::service
