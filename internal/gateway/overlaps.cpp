#include "internal/gateway/overlaps.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "internal/base/log.h"

namespace mcp::gateway {
namespace {

constexpr std::size_t kShown = 3;        // names in a line
constexpr std::size_t kShownBytes = 80;  // of each

std::string excerpt(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kShown; ++i) {
    text += (text.empty() ? "" : ", ") + names[i].substr(0, kShownBytes);
    if (names[i].size() > kShownBytes) text += "…";
  }
  return names.size() > kShown ? text + ", …" : text;
}

// Tools and prompts are called by name, each for itself; so are resources and templates.
std::vector<Overlap> of_kinds(const Roster& roster, std::initializer_list<ListKind> kinds) {
  std::vector<Overlap> all;
  for (ListKind kind : kinds) {
    std::vector<Claim> claims;
    for (const UpstreamPtr& upstream : roster) {
      claims.push_back(Claim{upstream->name(), &upstream->primary()->listing(kind)});
    }
    for (Overlap& overlap : find_overlaps(claims)) {
      auto same = std::find_if(all.begin(), all.end(), [&overlap](const Overlap& other) {
        return other.owner == overlap.owner && other.hidden == overlap.hidden;
      });
      if (same == all.end()) {
        all.push_back(std::move(overlap));
      } else {
        same->names.insert(same->names.end(), overlap.names.begin(), overlap.names.end());
      }
    }
  }
  return all;
}

void debug(const Overlap& overlap) {
  if (!log::enabled(log::Level::kDebug)) return;
  for (const std::string& name : overlap.names) {
    log::debug("hidden by an earlier server",
               {{"server", overlap.hidden}, {"owner", overlap.owner}, {"name", name}});
  }
}

}  // namespace

std::vector<Overlap> find_overlaps(const std::vector<Claim>& claims) {
  std::vector<Overlap> overlaps;
  std::unordered_map<std::string_view, const std::string*> owners;
  for (const Claim& claim : claims) {
    std::size_t first = overlaps.size();  // of this server's
    for (const Item& item : claim.listing->items()) {
      auto [entry, fresh] = owners.emplace(item.exposed, &claim.server);
      if (fresh) continue;
      const std::string& owner = *entry->second;
      auto pair = std::find_if(overlaps.begin() + static_cast<std::ptrdiff_t>(first), overlaps.end(),
                               [&owner](const Overlap& overlap) { return overlap.owner == owner; });
      if (pair == overlaps.end()) {
        pair = overlaps.insert(overlaps.end(), Overlap{owner, claim.server, {}});
      }
      pair->names.push_back(item.exposed);
    }
  }
  return overlaps;
}

bool Overlaps::is_news(const std::string& about, const std::vector<std::string>& names) {
  std::set<std::string> now(names.begin(), names.end());
  std::set<std::string>& told = told_[about];
  bool news = !std::includes(told.begin(), told.end(), now.begin(), now.end());
  told = std::move(now);
  return news;
}

// Without prefixes two servers may claim one name: a mistake of the configuration, seen only now.
void Overlaps::report_names(const Overlap& overlap) {
  if (!is_news("names " + overlap.hidden + " " + overlap.owner, overlap.names)) return;
  log::error("two servers claim the same names: give one of them a prefix",
             {{"owner", overlap.owner},
              {"hidden", overlap.hidden},
              {"count", overlap.names.size()},
              {"names", excerpt(overlap.names)}});
  debug(overlap);
}

void Overlaps::report_uris(const std::string& server, const std::vector<Overlap>& overlaps) {
  std::vector<std::string> uris, owners;
  for (const Overlap& overlap : overlaps) {
    if (overlap.hidden != server) continue;
    owners.push_back(overlap.owner);
    uris.insert(uris.end(), overlap.names.begin(), overlap.names.end());
  }
  if (uris.empty() || !is_news("uris " + server, uris)) return;
  log::warn("resources are hidden, earlier servers list them too",
            {{"server", server},
             {"owners", excerpt(owners)},
             {"count", uris.size()},
             {"uris", excerpt(uris)},
             {"hint", "reachable at /servers/" + server + "/mcp"}});
  for (const Overlap& overlap : overlaps) {
    if (overlap.hidden == server) debug(overlap);
  }
}

void Overlaps::report(const Roster& roster) {
  for (const Overlap& overlap : of_kinds(roster, {ListKind::kTools, ListKind::kPrompts}))
    report_names(overlap);
  auto uris = of_kinds(roster, {ListKind::kResources, ListKind::kTemplates});
  for (const UpstreamPtr& upstream : roster) report_uris(upstream->name(), uris);
}

}  // namespace mcp::gateway
