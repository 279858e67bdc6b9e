#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cmd/mcp/serve_config.h"
#include "cmd/mcp/spans_target.h"
#include "internal/async/local_lines.h"
#include "internal/gateway/gauges.h"
#include "internal/gateway/snapshot.h"
#include "internal/gateway/vitals.h"

namespace mcp::cmd {

// What shows from outside how a serving gateway fares: the account of its requests, metrics, spans, and the
// control socket that `mcp top` asks. Made before the gateway, which is given the account; begins when it is
// attached. Lives on the loop.
class Instruments {
 public:
  // spans: who is told of them; nullopt: nobody.
  Instruments(async::Loop& loop, Env& env, const ServeConfig& config,
              const std::optional<SpansTarget>& spans = std::nullopt);

  const std::shared_ptr<gateway::Account>& account() const { return account_; }
  // The keys that a reload applies.
  void configure(const ServeConfig& config);

  // The gateway is there.
  void attach(std::shared_ptr<gateway::Gateway> gateway, gateway::GaugeSources sources, std::string url);
  // Answers on DIRECTORY/control.sock. A socket that cannot be made is a warning: all else works without.
  void open_control_socket(const std::string& directory);
  // The text of /metrics; null when the configuration wants none.
  std::function<std::string()> metrics();
  // The text of /health.
  std::function<std::string()> health();
  // No more looks; spans that wait are given a moment to reach their collector.
  void stop();

 private:
  std::string control(std::string_view line) const;

  async::Loop& loop_;
  Env& env_;
  std::shared_ptr<telemetry::SpanExporter> exporter_;
  std::shared_ptr<gateway::Account> account_;
  bool shows_metrics_ = true;
  gateway::SnapshotAbout about_;
  std::shared_ptr<gateway::Gateway> gateway_;
  std::unique_ptr<gateway::Gauges> gauges_;
  std::unique_ptr<gateway::Vitals> vitals_;
  async::LocalLines control_;
};

}  // namespace mcp::cmd
