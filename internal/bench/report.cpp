#include "internal/bench/report.h"

#include <cmath>

#include <nlohmann/json.hpp>

namespace mcp::bench {
namespace {

using Json = nlohmann::ordered_json;

double rounded(double value) { return std::round(value * 100) / 100; }
double micros(std::int64_t nanoseconds) { return rounded(static_cast<double>(nanoseconds) / 1e3); }

Json spread(const Histogram& histogram) {
  Json json;
  json["p50"] = micros(histogram.percentile(50));
  json["p90"] = micros(histogram.percentile(90));
  json["p95"] = micros(histogram.percentile(95));
  json["p99"] = micros(histogram.percentile(99));
  json["p999"] = micros(histogram.percentile(99.9));
  json["max"] = micros(histogram.max());
  json["mean"] = rounded(histogram.mean() / 1e3);
  return json;
}

Json holding(const Holding& held) {
  Json json;
  json["processes"] = held.processes;
  json["rss_kb"] = held.rss_bytes / 1024;
  json["pss_kb"] = held.pss_bytes / 1024;
  json["peak_rss_kb"] = held.peak_rss_bytes / 1024;
  return json;
}

Json group_line(const GroupPlan& plan, const GroupResult& result, double seconds) {
  Json json;
  json["name"] = result.name;
  json["era"] = to_string(plan.era);
  json["sessions"] = plan.sessions;
  json["lanes"] = plan.lanes;
  json["loop"] = plan.rate > 0 ? "open" : "closed";
  if (plan.rate > 0) json["rate"] = plan.rate;
  json["calls"] = result.outcomes.of(Verdict::kOk);
  json["errors"] = result.outcomes.errors();
  for (std::size_t i = 1; i < kVerdicts; ++i) {
    auto verdict = static_cast<Verdict>(i);
    if (result.outcomes.of(verdict) > 0)
      json["errors_by_kind"][std::string(to_string(verdict))] = result.outcomes.of(verdict);
  }
  json["calls_per_second"] = rounded(static_cast<double>(result.outcomes.of(Verdict::kOk)) / seconds);
  json["latency_us"] = spread(result.latency);
  return json;
}

}  // namespace

std::string report_line(const std::string& label, const Plan& plan, const RunResult& result) {
  Json json;
  auto calls = static_cast<double>(result.calls());
  auto a_call = [&](double seconds) { return calls > 0 ? rounded(seconds * 1e6 / calls) : 0; };
  json["label"] = label;
  json["seconds"] = result.seconds;
  json["calls"] = result.calls();
  json["errors"] = result.errors();
  json["calls_per_second"] = rounded(calls / result.seconds);
  json["cpu_us_per_call"] = {{"own", a_call(result.cpu.own_seconds)},
                             {"servers", a_call(result.cpu.servers_seconds)},
                             {"all", a_call(result.cpu.own_seconds + result.cpu.servers_seconds)},
                             {"driver", a_call(result.driver_cpu_seconds)}};
  json["cpu_seconds"] = {{"own", rounded(result.cpu.own_seconds)},
                         {"servers", rounded(result.cpu.servers_seconds)}};
  if (!plan.counter_file.empty()) {
    json["allocations_per_call"] = calls > 0 ? rounded(static_cast<double>(result.counted) / calls) : 0;
  }
  json["own_before"] = holding(result.own_before);
  json["own"] = holding(result.own_after);
  json["servers"] = holding(result.servers_after);
  json["start_us"] = spread(result.starts);
  json["streams_held"] = result.streams_held;
  json["driver_was_late"] = result.driver_was_late();
  for (std::size_t i = 0; i < result.groups.size(); ++i) {
    json["groups"].push_back(group_line(plan.groups[i], result.groups[i], result.seconds));
  }
  return json.dump();
}

}  // namespace mcp::bench
