#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "internal/store/connection.h"

namespace mcp::registry {

// Something that happened to a component.
struct Event {
  // kState: the observed state became another; kAlert: someone was told; kDeploy: a generation came or went.
  enum class Kind { kState, kAlert, kDeploy };

  std::int64_t id = 0;  // counts up; never used twice
  std::string service;
  std::string component;
  Kind kind = Kind::kState;
  std::string prev_state = {};
  std::string new_state = {};
  std::string detail = {};  // one line for people
  std::int64_t timestamp_ms = 0;

  friend bool operator==(const Event&, const Event&) = default;
};
std::string_view to_string(Event::Kind kind);

// Which events: all that is given must fit. Times: from since, up to but not including until.
struct EventQuery {
  std::optional<std::string> service = {};
  std::optional<std::string> component = {};
  std::optional<std::int64_t> since_ms = {};
  std::optional<std::int64_t> until_ms = {};
  std::int64_t after_id = 0;  // only later ones: for who follows along
  bool newest_first = true;   // else oldest first
  int limit = 100;            // at most so many; 1 to kMaxEventsAsked
};
inline constexpr int kMaxEventsAsked = 10'000;

// Its id; event.id is not looked at.
Result<std::int64_t> insert_event(store::Connection& db, const Event& event);
// By time, and by id within one millisecond. Errors: kInvalid (limit).
Result<std::vector<Event>> query_events(store::Connection& db, const EventQuery& query);
// Changes of state from since_ms on: many of them is flapping.
Result<std::int64_t> count_transitions(store::Connection& db, std::string_view service,
                                       std::string_view component, std::int64_t since_ms);
// Removes what is older than before_ms, and then the oldest while more than `keep` are left; how many went.
Result<std::int64_t> prune_events(store::Connection& db, std::int64_t before_ms, std::int64_t keep);

}  // namespace mcp::registry
