#pragma once

#include <functional>

#include "cmd/mcp/serve_reload.h"
#include "cmd/mcp/serve_run.h"
#include "internal/async/file_watch.h"
#include "internal/gateway/reload_plan.h"

namespace mcp::cmd {

// Reads the configuration again, on SIGHUP and when a file of it changes: read, check, swap, clean up. A bad
// one changes nothing. Lives on the loop, with the run whose configuration it replaces.
class Reloader {
 public:
  // What came of it; the error is why nothing was changed, in the words of its first mistake.
  using Outcome = Result<gateway::ReloadPlan>;

  // swap: makes the running parts obey; cannot fail. tell: the outcome, after it was logged.
  Reloader(async::Loop& loop, ServeRun& run, std::function<gateway::ReloadPlan(const NextConfig&)> swap,
           std::function<void(const Outcome&)> tell);

  // Begins to watch, where the configuration wants it.
  void start();
  // SIGHUP.
  void hang_up() { reload(Vanished::kAllowed); }
  void stop();

 private:
  void reload(Vanished vanished);
  Outcome read_and_swap(Vanished vanished);
  void watch();

  ServeRun& run_;
  std::function<gateway::ReloadPlan(const NextConfig&)> swap_;
  std::function<void(const Outcome&)> tell_;
  async::FileWatch files_;
  std::vector<std::string> wanted_;  // files that a configuration names which was refused
  bool stopped_ = false;
};

}  // namespace mcp::cmd
