#include "internal/registry/generations.h"

#include "internal/service/definition.h"

namespace mcp::registry {
namespace {

Outcome parse_outcome(std::string_view text) {
  for (Outcome each : {Outcome::kDeployed, Outcome::kUnchanged, Outcome::kRolledBack, Outcome::kFailed}) {
    if (to_string(each) == text) return each;
  }
  return Outcome::kPending;
}

// The spec is kept as a definition: people can read it, and keys that a later version adds do not change it.
Result<service::ServiceSpec> read_spec(const store::Connection& db, const std::string& service,
                                       std::int64_t generation, const std::string& text) {
  config::Report report;
  std::string label = db.path() + ": generation " + std::to_string(generation) + " of " + service;
  auto spec = service::parse_definition(label, text, report);
  if (spec) return std::move(*spec);
  return fail(ErrorCode::kMalformed, report.first().message, "it was written by a newer mcp, or is damaged");
}

struct Raw {
  Generation generation;
  std::string spec;
};

Raw read_raw(const store::Row& row) {
  Raw raw;
  raw.generation.service = row.text(0);
  raw.generation.generation = row.integer(1);
  raw.spec = row.text(2);
  raw.generation.outcome = parse_outcome(row.text(3));
  raw.generation.reason = row.text(4);
  raw.generation.actor = row.text(5);
  raw.generation.created_ms = row.integer(6);
  raw.generation.finished_ms = row.integer(7);
  return raw;
}

GenerationComponent read_component(const store::Row& row) {
  return {row.text(0), row.text(1), row.text(2), parse_outcome(row.text(3)), row.text(4)};
}

#define MCP_SELECT_GENERATIONS \
  "SELECT service, generation, spec, outcome, reason, actor, created_ms, finished_ms FROM generations "

Result<std::vector<Generation>> select(store::Connection& db, std::string_view sql, store::Params params) {
  MCP_ASSIGN(auto raws, db.all(sql, params, read_raw));
  std::vector<Generation> found;
  for (auto& [generation, text] : raws) {
    MCP_ASSIGN(generation.spec, read_spec(db, generation.service, generation.generation, text));
    MCP_ASSIGN(generation.components,
               db.all("SELECT component, image, digest, outcome, reason FROM generation_components "
                      "WHERE service = ?1 AND generation = ?2 ORDER BY component",
                      {generation.service, generation.generation}, read_component));
    found.push_back(std::move(generation));
  }
  return found;
}

Result<std::optional<Generation>> select_one(store::Connection& db, std::string_view sql,
                                             store::Params params) {
  MCP_ASSIGN(auto found, select(db, sql, params));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

// Is it there, and still going on?
Result<void> must_be_pending(store::Connection& db, std::string_view service, std::int64_t generation) {
  MCP_ASSIGN(auto outcome,
             db.first("SELECT outcome FROM generations WHERE service = ?1 AND generation = ?2",
                      {service, generation}, [](const store::Row& row) { return row.text(0); }));
  std::string label =
      "generation " + std::to_string(generation) + " of service \"" + std::string(service) + "\"";
  if (!outcome) return fail(ErrorCode::kNotFound, "no " + label);
  if (*outcome == "pending") return {};
  return fail(ErrorCode::kInvalid, label + " is finished: " + *outcome);
}

}  // namespace

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPending: return "pending";
    case Outcome::kDeployed: return "deployed";
    case Outcome::kUnchanged: return "unchanged";
    case Outcome::kRolledBack: return "rolled-back";
    case Outcome::kFailed: return "failed";
  }
  return "failed";
}

Result<std::int64_t> begin_generation(store::Connection& db, const service::ServiceSpec& spec,
                                      std::string_view actor, std::int64_t now_ms) {
  std::int64_t number = 0;
  auto done = db.transaction([&]() -> Result<void> {
    MCP_ASSIGN(
        auto made,
        db.first("INSERT INTO generations SELECT ?1, coalesce(max(generation), 0) + 1, ?2, 'pending', '', "
                 "?3, ?4, 0 FROM generations WHERE service = ?1 RETURNING generation",
                 {spec.name, service::render_definition(spec), actor, now_ms},
                 [](const store::Row& row) { return row.integer(0); }));
    number = made.value_or(0);
    for (const auto& component : spec.components) {
      MCP_TRY(db.run("INSERT INTO generation_components VALUES (?1, ?2, ?3, ?4, '', 'pending', '')",
                     {spec.name, number, component.name, component.image}));
    }
    return {};
  });
  if (!done) return fail(std::move(done.error()));
  return number;
}

Result<void> note_component(store::Connection& db, std::string_view service, std::int64_t generation,
                            const GenerationComponent& result) {
  return db.transaction([&]() -> Result<void> {
    MCP_TRY(must_be_pending(db, service, generation));
    MCP_ASSIGN(auto changed,
               db.run("UPDATE generation_components SET image = ?4, digest = ?5, outcome = ?6, reason = ?7 "
                      "WHERE service = ?1 AND generation = ?2 AND component = ?3",
                      {service, generation, result.component, result.image, result.digest,
                       to_string(result.outcome), result.reason}));
    if (changed == 1) return {};
    return fail(ErrorCode::kNotFound, "no component \"" + result.component + "\" in generation " +
                                          std::to_string(generation) + " of service \"" +
                                          std::string(service) + "\"");
  });
}

Result<void> finish_generation(store::Connection& db, std::string_view service, std::int64_t generation,
                               Outcome outcome, std::string_view reason, std::int64_t now_ms) {
  return db.transaction([&]() -> Result<void> {
    MCP_TRY(must_be_pending(db, service, generation));
    MCP_TRY(
        db.run("UPDATE generations SET outcome = ?3, reason = ?4, finished_ms = ?5 "
               "WHERE service = ?1 AND generation = ?2",
               {service, generation, to_string(outcome), reason, now_ms}));
    return {};
  });
}

Result<std::optional<Generation>> get_generation(store::Connection& db, std::string_view service,
                                                 std::int64_t generation) {
  return select_one(db, MCP_SELECT_GENERATIONS "WHERE service = ?1 AND generation = ?2",
                    {service, generation});
}

Result<std::vector<Generation>> list_generations(store::Connection& db, std::string_view service, int limit) {
  return select(db, MCP_SELECT_GENERATIONS "WHERE service = ?1 ORDER BY generation DESC LIMIT ?2",
                {service, limit});
}

Result<std::optional<Generation>> last_deployed(store::Connection& db, std::string_view service,
                                                std::int64_t below) {
  return select_one(db,
                    MCP_SELECT_GENERATIONS
                    "WHERE service = ?1 AND outcome = 'deployed' AND (?2 = 0 OR generation < ?2) "
                    "ORDER BY generation DESC LIMIT 1",
                    {service, below});
}

Result<std::vector<Generation>> pending_generations(store::Connection& db) {
  return select(db, MCP_SELECT_GENERATIONS "WHERE outcome = 'pending' ORDER BY service, generation", {});
}

Result<std::int64_t> prune_generations(store::Connection& db, std::int64_t keep) {
  return db.run(
      "DELETE FROM generations AS g WHERE outcome <> 'pending' AND "
      "(SELECT count(*) FROM generations AS n WHERE n.service = g.service AND n.generation > g.generation) "
      ">= ?1 AND "
      "generation <> coalesce((SELECT max(generation) FROM generations AS d WHERE d.service = g.service AND "
      "d.outcome = 'deployed'), 0)",
      {keep});
}

}  // namespace mcp::registry
