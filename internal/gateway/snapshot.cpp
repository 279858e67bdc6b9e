#include "internal/gateway/snapshot.h"

#include <unistd.h>

#include <cmath>

#include <nlohmann/json.hpp>

#include "internal/gateway/census.h"
#include "internal/gateway/evidence.h"
#include "internal/json/value.h"
#include "internal/telemetry/process_stats.h"

namespace mcp::gateway {
namespace {

double rounded(double value) { return std::round(value * 1000) / 1000; }

double uptime(Env& env, const SnapshotAbout& about) {
  return rounded(static_cast<double>(env.wall_clock_ms() - about.started_ms) / 1e3);
}

json::Value rates_json(const telemetry::RateWindow::Rates& rates) {
  return {{"calls_per_second", rounded(rates.calls)},
          {"errors_per_second", rounded(rates.errors)},
          {"p50_ms", rounded(rates.p50 * 1e3)},
          {"p99_ms", rounded(rates.p99 * 1e3)}};
}

std::size_t resident_of(Env& env, const std::vector<pid_t>& children) {
  std::size_t sum = 0;
  for (pid_t child : children) sum += telemetry::resident_bytes_of_tree(env, child);
  return sum;
}

json::Value server_json(Env& env, const ServerStatus& status, const ServerCensus& census,
                        const telemetry::ServerMeter& meter, const Vitals& vitals) {
  json::Value one = rates_json(vitals.rates(status.name));
  one["name"] = status.name;
  one["kind"] = status.kind;
  one["state"] = status.state;
  one["era"] = status.era;
  one["pid"] = status.pid;
  one["children"] = census.children.size();
  one["resident_bytes"] = resident_of(env, census.children);
  one["running"] = census.running;
  one["calls"] = meter.calls();
  one["errors"] = meter.errors();
  one["starts"] = meter.starts();
  one["restarts"] = meter.restarts();
  if (!status.last_error.empty()) one["last_error"] = status.last_error;
  if (!status.sandbox.profile.empty()) one["sandbox"] = evidence_json(status.sandbox);
  return one;
}

json::Value sessions_json(const Account& account) {
  json::Value all = json::Value::array();
  for (const Account::Sessions& sessions : account.sessions()) {
    all.push_back({{"era", sessions.era}, {"transport", sessions.transport}, {"open", sessions.open}});
  }
  return all;
}

json::Value totals_json(const Account& account, const Vitals& vitals) {
  json::Value totals = rates_json(vitals.rates());
  std::uint64_t calls = 0, errors = 0;
  for (const auto& [name, meter] : account.meters()) {
    calls += meter->calls();
    errors += meter->errors();
  }
  totals["calls"] = calls;
  totals["errors"] = errors;
  totals["window_seconds"] = rounded(vitals.rates().seconds);
  return totals;
}

}  // namespace

std::string health_json(Env& env, const Vitals& vitals, const SnapshotAbout& about) {
  return json::dump({{"status", "ok"},
                     {"version", about.version},
                     {"uptime_seconds", uptime(env, about)},
                     {"p95_latency_ms", rounded(vitals.rates().p95 * 1e3)}});
}

std::string snapshot_json(Env& env, const Gateway& gateway, const Vitals& vitals,
                          const SnapshotAbout& about) {
  Account& account = *gateway.account();
  auto own = telemetry::process_stats(env, ::getpid());
  json::Value all = {{"version", about.version},
                     {"pid", ::getpid()},
                     {"url", about.url},
                     {"uptime_seconds", uptime(env, about)},
                     {"resident_bytes", own ? own->resident_bytes : 0},
                     {"loop_lag_ms", rounded(vitals.loop_lag_seconds() * 1e3)}};
  all["sessions"] = sessions_json(account);
  all["totals"] = totals_json(account, vitals);
  all["refused"] = json::Value::object();
  for (const auto& [limit, counter] : account.refusals()) {
    auto times = static_cast<std::uint64_t>(counter.value());
    if (times > 0) all["refused"][limit] = times;
  }
  const auto& exporter = account.tracing().exporter();
  all["dropped_spans"] = exporter ? exporter->dropped() : 0;
  std::map<std::string, ServerCensus> census;
  for (ServerCensus& one : take_census(gateway)) census[one.name] = std::move(one);
  all["servers"] = json::Value::array();
  for (const ServerStatus& status : gateway.statuses()) {
    all["servers"].push_back(
        server_json(env, status, census[status.name], account.meter(status.name), vitals));
  }
  return json::dump(all);
}

}  // namespace mcp::gateway
