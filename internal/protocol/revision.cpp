#include "internal/protocol/revision.h"

namespace mcp::protocol {

std::string_view to_string(Revision revision) {
  switch (revision) {
    case Revision::k2024_11_05: return "2024-11-05";
    case Revision::k2025_03_26: return "2025-03-26";
    case Revision::k2025_06_18: return "2025-06-18";
    case Revision::k2025_11_25: return "2025-11-25";
    case Revision::k2026_07_28: return "2026-07-28";
  }
  return "2025-11-25";
}

std::string_view to_string(Era era) { return era == Era::kLegacy ? "legacy" : "modern"; }

std::optional<Revision> parse_revision(std::string_view text) {
  for (Revision revision : {Revision::k2024_11_05, Revision::k2025_03_26, Revision::k2025_06_18,
                            Revision::k2025_11_25, Revision::k2026_07_28}) {
    if (text == to_string(revision)) return revision;
  }
  return std::nullopt;
}

Revision negotiate(std::string_view requested) {
  auto known = parse_revision(requested);
  return known && era_of(*known) == Era::kLegacy ? *known : kLatestLegacy;
}

}  // namespace mcp::protocol
