#include "internal/registry/events.h"

namespace mcp::registry {
namespace {

Event::Kind parse_kind(std::string_view text) {
  if (text == "alert") return Event::Kind::kAlert;
  return text == "deploy" ? Event::Kind::kDeploy : Event::Kind::kState;
}

Event read_event(const store::Row& row) {
  return {row.integer(0), row.text(1), row.text(2), parse_kind(row.text(3)),
          row.text(4),    row.text(5), row.text(6), row.integer(7)};
}

// NULL stands for what was not asked.
#define MCP_SELECT_EVENTS                                                                                  \
  "SELECT id, service, component, kind, prev_state, new_state, detail, timestamp_ms FROM events "          \
  "WHERE (?1 IS NULL OR service = ?1) AND (?2 IS NULL OR component = ?2) AND (?3 IS NULL OR timestamp_ms " \
  ">= ?3) "                                                                                                \
  "AND (?4 IS NULL OR timestamp_ms < ?4) AND id > ?5 "

}  // namespace

std::string_view to_string(Event::Kind kind) {
  switch (kind) {
    case Event::Kind::kState: return "state";
    case Event::Kind::kAlert: return "alert";
    case Event::Kind::kDeploy: return "deploy";
  }
  return "state";
}

Result<std::int64_t> insert_event(store::Connection& db, const Event& event) {
  MCP_ASSIGN(
      auto id,
      db.first("INSERT INTO events (service, component, kind, prev_state, new_state, detail, timestamp_ms) "
               "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id",
               {event.service, event.component, to_string(event.kind), event.prev_state, event.new_state,
                event.detail, event.timestamp_ms},
               [](const store::Row& row) { return row.integer(0); }));
  return id.value_or(0);
}

Result<std::vector<Event>> query_events(store::Connection& db, const EventQuery& query) {
  if (query.limit < 1 || query.limit > kMaxEventsAsked) {
    return fail(ErrorCode::kInvalid, "limit " + std::to_string(query.limit) + " is not between 1 and " +
                                         std::to_string(kMaxEventsAsked));
  }
  return db.all(query.newest_first ? MCP_SELECT_EVENTS "ORDER BY timestamp_ms DESC, id DESC LIMIT ?6"
                                   : MCP_SELECT_EVENTS "ORDER BY timestamp_ms, id LIMIT ?6",
                {query.service, query.component, query.since_ms, query.until_ms, query.after_id, query.limit},
                read_event);
}

Result<std::int64_t> count_transitions(store::Connection& db, std::string_view service,
                                       std::string_view component, std::int64_t since_ms) {
  MCP_ASSIGN(auto count,
             db.first("SELECT count(*) FROM events WHERE service = ?1 AND component = ?2 AND kind = 'state' "
                      "AND timestamp_ms >= ?3",
                      {service, component, since_ms}, [](const store::Row& row) { return row.integer(0); }));
  return count.value_or(0);
}

Result<std::int64_t> prune_events(store::Connection& db, std::int64_t before_ms, std::int64_t keep) {
  std::int64_t gone = 0;
  MCP_TRY(db.transaction([&]() -> Result<void> {
    MCP_ASSIGN(gone, db.run("DELETE FROM events WHERE timestamp_ms < ?1", {before_ms}));
    MCP_ASSIGN(
        std::int64_t more,
        db.run("DELETE FROM events WHERE id IN (SELECT id FROM events ORDER BY timestamp_ms DESC, id DESC "
               "LIMIT -1 OFFSET ?1)",
               {keep}));
    gone += more;
    return {};
  }));
  return gone;
}

}  // namespace mcp::registry
