#include "cmd/mcp/reloader.h"

#include "internal/base/log.h"

namespace mcp::cmd {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

void log_plan(const gateway::ReloadPlan& plan) {
  if (plan.restarts_nothing() && !plan.reordered)
    return log::info("configuration reloaded, no server is touched");
  log::info("configuration reloaded", {{"changed", joined(plan.changed)},
                                       {"added", joined(plan.added)},
                                       {"removed", joined(plan.removed)},
                                       {"kept", joined(plan.kept)}});
}

// Every mistake of the files; the outcome's own error where it is none of them.
void log_refusal(const config::Report& report, const Error& why) {
  auto line = [](const Error& error) {
    log::error("configuration not reloaded", {{"reason", error.message}, {"hint", error.hint}});
  };
  for (const Error& error : report.errors()) line(error);
  if (report.ok()) line(why);
}

}  // namespace

Reloader::Reloader(async::Loop& loop, ServeRun& run,
                   std::function<gateway::ReloadPlan(const NextConfig&)> swap,
                   std::function<void(const Outcome&)> tell)
    : run_(run),
      swap_(std::move(swap)),
      tell_(std::move(tell)),
      files_(loop, [this] { reload(Vanished::kRefused); }) {}

void Reloader::start() { watch(); }

void Reloader::stop() {
  stopped_ = true;
  files_.stop();
}

void Reloader::watch() {
  if (!run_.config.watch) return files_.stop();
  auto files = files_to_watch(run_.env, run_.sources, run_.config);
  files.insert(files.end(), wanted_.begin(), wanted_.end());
  auto watched = files_.watch(std::move(files));
  if (watched) return;
  log::warn("changes of some files will not be seen; SIGHUP reloads", {{"reason", watched.error().message}});
}

void Reloader::reload(Vanished vanished) {
  if (stopped_) return;
  Outcome outcome = read_and_swap(vanished);
  if (outcome) log_plan(*outcome);
  watch();
  tell_(outcome);
}

Reloader::Outcome Reloader::read_and_swap(Vanished vanished) {
  config::Report report;
  wanted_.clear();
  auto next = load_next(run_.env, run_.sources, run_.config, vanished, report);
  for (const Error& warning : report.warnings()) log::warn("configuration", {{"warning", warning.message}});
  if (!next) {
    log_refusal(report, next.error());
    // Right but for a secret: the file that it misses may come.
    config::Report ignored;
    ServeSources sources = run_.sources;
    sources.ask = {};
    if (auto seen = load_serve_config(run_.env, sources, ignored))
      wanted_ = files_to_watch(run_.env, sources, *seen);
    return fail(std::move(next.error()));
  }
  for (const std::string& key : next->need_restart) {
    log::warn("the new value of a key needs a restart", {{"key", "[serve] " + key}});
  }
  log::configure(next->config.log_level, next->config.log_format);
  gateway::ReloadPlan plan = swap_(*next);
  run_.config = std::move(next->config);
  run_.tokens = std::move(next->tokens);
  return plan;
}

}  // namespace mcp::cmd
