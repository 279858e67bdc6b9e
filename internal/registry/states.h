#pragma once

#include <optional>
#include <string_view>

namespace mcp::registry {

// What an operator wants of a component. kIgnore: found on the node, managed by somebody else.
enum class DesiredState { kRunning, kStopped, kIgnore };

// What was seen of its container. kStopped: on our word; kExited: on its own; kRemoved: there is none.
enum class ObservedState { kUnknown, kRunning, kStopped, kExited, kRemoved };

// As they are kept and shown: "running", "stopped", …
std::string_view to_string(DesiredState state);
std::string_view to_string(ObservedState state);
std::optional<DesiredState> parse_desired(std::string_view text);
std::optional<ObservedState> parse_observed(std::string_view text);

// Is what was seen not what is wanted? Never of what is ignored or was not seen yet. Exited is as good as
// stopped.
bool is_drift(DesiredState desired, ObservedState observed);

}  // namespace mcp::registry
