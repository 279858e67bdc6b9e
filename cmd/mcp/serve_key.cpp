#include "cmd/mcp/serve_key.h"

#include <array>
#include <string_view>
#include <type_traits>
#include <utility>

namespace mcp::cmd {
namespace {

using config::Key;
using config::Type;
using std::chrono::milliseconds;

template <class T>
T& at(ServeConfig& config, T ServeConfig::*member) {
  return config.*member;
}
template <class T>
T& at(ServeConfig& config, T http::ServerLimits::*member) {
  return config.network.limits.*member;
}

using Unit = std::pair<std::int64_t, std::string_view>;

// The shortest way to write it: "16M", "90s", "0".
template <std::size_t kCount>
std::string written(std::int64_t value, const std::array<Unit, kCount>& units) {
  for (const auto& [size, name] : units) {
    if (value != 0 && value % size == 0) return std::to_string(value / size).append(name);
  }
  return std::to_string(value);
}

std::string default_of(const ServePlace& place, Type type) {
  static constexpr std::array kSizes{Unit{1 << 30, "G"}, Unit{1 << 20, "M"}, Unit{1 << 10, "K"}};
  static constexpr std::array kTimes{Unit{60'000, "m"}, Unit{1'000, "s"}, Unit{1, "ms"}};
  ServeConfig usual;
  return std::visit(
      [&](auto member) -> std::string {
        auto value = at(usual, member);
        if constexpr (std::is_same_v<decltype(value), bool>) {
          return value ? "true" : "false";
        } else if constexpr (std::is_same_v<decltype(value), milliseconds>) {
          return written(value.count(), kTimes);
        } else {
          auto count = static_cast<std::int64_t>(value);
          return type == Type::kSize ? written(count, kSizes) : std::to_string(count);
        }
      },
      place);
}

ServeKey made(Type type, std::string name, ServePlace place, KeyRange range, std::string help) {
  Key key{.name = std::move(name),
          .type = type,
          .fallback = default_of(place, type),
          .help = std::move(help),
          .min = range.min,
          .max = range.max,
          .reload = Key::Reload::kLive};
  return {std::move(key), place};
}

}  // namespace

ServeKey number_key(std::string name, ServePlace place, KeyRange range, std::string help) {
  return made(Type::kInteger, std::move(name), place, range, std::move(help));
}

ServeKey size_key(std::string name, ServePlace place, KeyRange range, std::string help) {
  return made(Type::kSize, std::move(name), place, range, std::move(help));
}

ServeKey time_key(std::string name, ServePlace place, KeyRange range, std::string help) {
  return made(Type::kDuration, std::move(name), place, range, std::move(help));
}

ServeKey switch_key(std::string name, ServePlace place, std::string help) {
  return made(Type::kBoolean, std::move(name), place, {0, 1}, std::move(help));
}

ServeKey restart(ServeKey key) {
  key.key.reload = Key::Reload::kRestart;
  return key;
}

void read_key(const ServeKey& key, const config::Table& table, ServeConfig& out) {
  if (!key.place) return;
  std::visit(
      [&](auto member) {
        auto& value = at(out, member);
        using Value = std::remove_reference_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, bool>) {
          value = table.boolean(key.key.name);
        } else {
          value = Value(table.number(key.key.name));
        }
      },
      *key.place);
}

}  // namespace mcp::cmd
