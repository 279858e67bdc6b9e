#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mcp::protocol {

// The released revisions of MCP, oldest first.
enum class Revision { k2024_11_05, k2025_03_26, k2025_06_18, k2025_11_25, k2026_07_28 };

// legacy: `initialize` and sessions; modern: stateless, metadata in every request (versioning, 2026-07-28).
enum class Era { kLegacy, kModern };

inline constexpr Revision kLatestLegacy = Revision::k2025_11_25;
inline constexpr Revision kLatestModern = Revision::k2026_07_28;

std::string_view to_string(Revision revision);
std::string_view to_string(Era era);
// nullopt for anything that is not a released revision.
std::optional<Revision> parse_revision(std::string_view text);
constexpr Era era_of(Revision revision) { return revision >= kLatestModern ? Era::kModern : Era::kLegacy; }

// The answer to `initialize`: the requested legacy revision, else the latest one (lifecycle, "Version
// Negotiation").
Revision negotiate(std::string_view requested);

}  // namespace mcp::protocol
