#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "internal/service/spec.h"
#include "internal/store/connection.h"

namespace mcp::registry {

// How a deployment ended. kUnchanged is of single components only.
enum class Outcome { kPending, kDeployed, kUnchanged, kRolledBack, kFailed };
std::string_view to_string(Outcome outcome);  // "pending", "deployed", "unchanged", "rolled-back", "failed"

struct GenerationComponent {
  std::string component;
  std::string image;   // as the spec says
  std::string digest;  // the registry's, of what was pulled; empty: not pulled
  Outcome outcome = Outcome::kPending;
  std::string reason;

  friend bool operator==(const GenerationComponent&, const GenerationComponent&) = default;
};

// One attempt to make a service as a spec says, and all that is needed to make it so again.
struct Generation {
  std::string service;
  std::int64_t generation = 0;  // 1, 2, … of this service
  service::ServiceSpec spec;
  Outcome outcome = Outcome::kPending;
  std::string reason;
  std::string actor;  // who asked for it
  std::int64_t created_ms = 0;
  std::int64_t finished_ms = 0;  // 0: not yet
  std::vector<GenerationComponent> components = {};

  friend bool operator==(const Generation&, const Generation&) = default;
};

// A pending generation with its components, all pending. Its number.
Result<std::int64_t> begin_generation(store::Connection& db, const service::ServiceSpec& spec,
                                      std::string_view actor, std::int64_t now_ms);
// Errors of the next two: kNotFound; kInvalid, when it was finished already.
Result<void> note_component(store::Connection& db, std::string_view service, std::int64_t generation,
                            const GenerationComponent& result);
Result<void> finish_generation(store::Connection& db, std::string_view service, std::int64_t generation,
                               Outcome outcome, std::string_view reason, std::int64_t now_ms);

// nullopt: there is none.
Result<std::optional<Generation>> get_generation(store::Connection& db, std::string_view service,
                                                 std::int64_t generation);
// Newest first.
Result<std::vector<Generation>> list_generations(store::Connection& db, std::string_view service, int limit);
// The newest that was deployed, before `below` when it is not 0: what a rollback goes back to.
Result<std::optional<Generation>> last_deployed(store::Connection& db, std::string_view service,
                                                std::int64_t below = 0);
// Of all services: what an agent that was killed left in the middle.
Result<std::vector<Generation>> pending_generations(store::Connection& db);
// Keeps the newest `keep` of each service, every pending one, and the newest that was deployed; how many
// went.
Result<std::int64_t> prune_generations(store::Connection& db, std::int64_t keep);

}  // namespace mcp::registry
