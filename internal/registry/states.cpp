#include "internal/registry/states.h"

#include <array>
#include <utility>

namespace mcp::registry {
namespace {

constexpr auto kDesired = std::to_array<std::pair<DesiredState, std::string_view>>({
    {DesiredState::kRunning, "running"},
    {DesiredState::kStopped, "stopped"},
    {DesiredState::kIgnore, "ignore"},
});

constexpr auto kObserved = std::to_array<std::pair<ObservedState, std::string_view>>({
    {ObservedState::kUnknown, "unknown"},
    {ObservedState::kRunning, "running"},
    {ObservedState::kStopped, "stopped"},
    {ObservedState::kExited, "exited"},
    {ObservedState::kRemoved, "removed"},
});

template <class State, std::size_t kCount>
std::string_view name_of(const std::array<std::pair<State, std::string_view>, kCount>& table, State state) {
  for (const auto& [each, name] : table) {
    if (each == state) return name;
  }
  return "unknown";
}

template <class State, std::size_t kCount>
std::optional<State> named(const std::array<std::pair<State, std::string_view>, kCount>& table,
                           std::string_view text) {
  for (const auto& [each, name] : table) {
    if (name == text) return each;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(DesiredState state) { return name_of(kDesired, state); }
std::string_view to_string(ObservedState state) { return name_of(kObserved, state); }
std::optional<DesiredState> parse_desired(std::string_view text) { return named(kDesired, text); }
std::optional<ObservedState> parse_observed(std::string_view text) { return named(kObserved, text); }

bool is_drift(DesiredState desired, ObservedState observed) {
  if (desired == DesiredState::kIgnore || observed == ObservedState::kUnknown) return false;
  return (desired == DesiredState::kRunning) != (observed == ObservedState::kRunning);
}

}  // namespace mcp::registry
