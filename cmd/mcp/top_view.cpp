#include "cmd/mcp/top_view.h"

#include <algorithm>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "internal/base/printable.h"
#include "internal/json/value.h"

namespace mcp::cmd {
namespace {

using json::Value;

// Names have at most 24 characters, and at 80 columns room for these.
constexpr std::size_t kMinName = 14;
constexpr std::size_t kMaxName = 24;
constexpr std::size_t kOtherColumns = 64;  // what server_row() writes behind the name

double number(const Value& object, const char* key) {
  auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<double>() : 0;
}

// What the gateway says of itself and its servers may have been said to it by them.
std::string text(const Value& object, const char* key) {
  auto found = object.find(key);
  return found != object.end() && found->is_string() ? printable(found->get<std::string>()) : std::string();
}

const Value& list(const Value& object, const char* key) {
  static const Value kNone = Value::array();
  auto found = object.find(key);
  return found != object.end() && found->is_array() ? *found : kNone;
}

std::string format(const char* pattern, double value) {
  char out[64];
  std::snprintf(out, sizeof out, pattern, value);
  return out;
}

// At most five characters: 0.0, 12.3, 1234, 56.7k.
std::string rate(double value) {
  if (value >= 99'950) return format("%.0fk", value / 1e3);
  if (value >= 9'999.5) return format("%.1fk", value / 1e3);
  return format(value >= 99.95 ? "%.0f" : "%.1f", value);
}

// At most six: 0.12ms, 12.3ms, 123ms, 12.3s.
std::string duration(double ms) {
  if (ms <= 0) return "-";
  if (ms >= 9'995) return format("%.0fs", ms / 1e3);
  if (ms >= 999.5) return format("%.1fs", ms / 1e3);
  return format(ms >= 99.95 ? "%.0fms" : ms >= 9.995 ? "%.1fms" : "%.2fms", ms);
}

// At most five: 512K, 14.2M, 1.5G.
std::string bytes(double value) {
  if (value <= 0) return "-";
  if (value >= 1000.0 * (1 << 20)) return format("%.1fG", value / (1 << 30));
  if (value >= 99.95 * (1 << 20)) return format("%.0fM", value / (1 << 20));
  return value >= 1 << 20 ? format("%.1fM", value / (1 << 20)) : format("%.0fK", value / 1024);
}

std::string uptime(double seconds) {
  auto whole = static_cast<long long>(seconds);
  char out[64];
  if (whole >= 86'400) {
    std::snprintf(out, sizeof out, "%lldd%02lldh", whole / 86'400, whole / 3600 % 24);
  } else if (whole >= 3600) {
    std::snprintf(out, sizeof out, "%lldh%02lldm", whole / 3600, whole / 60 % 60);
  } else {
    std::snprintf(out, sizeof out, "%lldm%02llds", whole / 60, whole % 60);
  }
  return out;
}

std::string cut(std::string line, std::size_t width) {
  return line.size() <= width ? line : line.substr(0, width - 1) + ">";
}

std::string left(const std::string& word, std::size_t width) {
  std::string shown = cut(word, width);
  return shown + std::string(width - shown.size(), ' ');
}

std::string right(const std::string& word, std::size_t width) {
  std::string shown = cut(word, width);
  return std::string(width - shown.size(), ' ') + shown;
}

std::string_view color_of(const std::string& state) {
  if (state == "ready") return "\033[32m";
  return state == "starting" || state == "idle" ? "\033[33m" : "\033[31m";
}

std::string head_line(const Value& snapshot) {
  return "mcp " + text(snapshot, "version") + "  pid " + format("%.0f", number(snapshot, "pid")) + "  up " +
         uptime(number(snapshot, "uptime_seconds")) + "  mem " + bytes(number(snapshot, "resident_bytes")) +
         "  lag " + duration(number(snapshot, "loop_lag_ms")) + "  " + text(snapshot, "url");
}

std::string calls_line(const Value& snapshot) {
  auto found = snapshot.find("totals");
  Value totals = found != snapshot.end() ? *found : Value::object();
  std::string line = "calls " + rate(number(totals, "calls_per_second")) + "/s  errors " +
                     rate(number(totals, "errors_per_second")) + "/s  p50 " +
                     duration(number(totals, "p50_ms")) + "  p99 " + duration(number(totals, "p99_ms")) +
                     "  in all " + format("%.0f", number(totals, "calls"));
  double refused = 0;
  if (auto limits = snapshot.find("refused"); limits != snapshot.end() && limits->is_object()) {
    for (const auto& count : *limits) refused += count.is_number() ? count.get<double>() : 0;
  }
  if (refused > 0) line += "  refused " + format("%.0f", refused);
  double dropped = number(snapshot, "dropped_spans");
  return dropped > 0 ? line + "  spans lost " + format("%.0f", dropped) : line;
}

std::string sessions_line(const Value& snapshot) {
  double all = 0;
  std::string parts;
  for (const Value& sessions : list(snapshot, "sessions")) {
    double open = number(sessions, "open");
    all += open;
    if (open == 0) continue;
    parts += (parts.empty() ? " (" : ", ") + text(sessions, "era") + " " + text(sessions, "transport") + " " +
             format("%.0f", open);
  }
  return "sessions " + format("%.0f", all) + (parts.empty() ? "" : parts + ")");
}

std::string columns(const std::string& name, std::size_t name_width, const std::string& state,
                    const std::string& behind) {
  return left(name, name_width) + " " + left(state, 11) + behind;
}

std::string title_row(std::size_t name_width) {
  return columns("SERVER", name_width, "STATE",
                 " ERA    " + right("PID", 7) + right("N", 3) + right("CALLS/S", 8) + right("ERR/S", 6) +
                     right("P50", 7) + right("P99", 7) + right("MEM", 6));
}

std::string server_row(const Value& server, std::size_t name_width, bool color) {
  std::string state = text(server, "state");
  double pid = number(server, "pid");
  std::string behind =
      " " + left(text(server, "era"), 7) + right(pid > 0 ? format("%.0f", pid) : "-", 7) +
      right(format("%.0f", number(server, "children")), 3) +
      right(rate(number(server, "calls_per_second")), 8) +
      right(rate(number(server, "errors_per_second")), 6) + right(duration(number(server, "p50_ms")), 7) +
      right(duration(number(server, "p99_ms")), 7) + right(bytes(number(server, "resident_bytes")), 6);
  std::string row = columns(text(server, "name"), name_width, state, behind);
  if (!color) return row;
  row.insert(name_width + 1 + 11, "\033[0m");
  row.insert(name_width + 1, color_of(state));
  return row;
}

}  // namespace

Result<std::vector<std::string>> render_top(const std::string& snapshot, const TopLayout& layout) {
  auto parsed = json::parse(snapshot);
  if (!parsed || !parsed->is_object() || !parsed->contains("servers")) {
    return fail(ErrorCode::kProtocol, "the gateway's answer is no snapshot",
                "is it of another version? compare mcp version");
  }
  std::size_t longest = kMinName;
  for (const Value& server : list(*parsed, "servers"))
    longest = std::max(longest, text(server, "name").size());
  std::size_t room = layout.width > kOtherColumns ? layout.width - kOtherColumns : kMinName;
  std::size_t name_width = std::clamp(longest, kMinName, std::clamp(room, kMinName, kMaxName));
  std::vector<std::string> lines{
      cut(head_line(*parsed), layout.width), cut(calls_line(*parsed), layout.width),
      cut(sessions_line(*parsed), layout.width), "", cut(title_row(name_width), layout.width)};
  bool colored = layout.color && name_width + kOtherColumns <= layout.width;
  std::size_t hidden = 0;
  for (const Value& server : list(*parsed, "servers")) {
    if (layout.height != 0 && lines.size() + 1 >= layout.height) {
      ++hidden;
      continue;
    }
    std::string row = server_row(server, name_width, colored);
    lines.push_back(colored ? row : cut(std::move(row), layout.width));
  }
  if (hidden > 0) lines.push_back("… and " + std::to_string(hidden) + " more");
  return lines;
}

}  // namespace mcp::cmd
