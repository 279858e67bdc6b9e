#include "cmd/mcp/instruments.h"

#include <nlohmann/json.hpp>

#include "cmd/mcp/control_client.h"
#include "cmd/mcp/http_client.h"
#include "internal/base/log.h"
#include "internal/config/paths.h"
#include "internal/http/otlp_sink.h"
#include "internal/json/value.h"

namespace mcp::cmd {
namespace {

constexpr async::Millis kLastSpans{2'000};  // for the collector, when we leave

// The way to the collector: as to any remote.
http::FetchRequest collector(Env& env, const SpansTarget& spans) {
  http::FetchRequest target;
  target.url = spans.url;
  for (const auto& [name, value] : spans.headers) target.headers.add(name, value);
  target.ca_file = env.variable("SSL_CERT_FILE").value_or("");
  http::ProxySettings settings = proxy_settings(env);
  auto url = http::parse_url(target.url);
  auto proxy = url ? http::ProxyRules(settings).proxy_for(*url) : Result<const http::Proxy*>(nullptr);
  if (proxy && *proxy != nullptr) target.proxy = url->is_https() ? settings.https : settings.http;
  return target;
}

std::shared_ptr<telemetry::SpanExporter> make_exporter(async::Loop& loop, Env& env,
                                                       const std::optional<SpansTarget>& spans) {
  if (!spans) return nullptr;
  telemetry::SpanExporterOptions options;
  options.service = spans->service;
  options.version = MCP_VERSION;
  return std::make_shared<telemetry::SpanExporter>(loop, http::make_otlp_sink(loop, collector(env, *spans)),
                                                   std::move(options));
}

std::string control_error(std::string_view what) { return json::dump({{"error", what}}); }

}  // namespace

Instruments::Instruments(async::Loop& loop, Env& env, const ServeConfig& config,
                         const std::optional<SpansTarget>& spans)
    : loop_(loop),
      env_(env),
      exporter_(make_exporter(loop, env, spans)),
      account_(std::make_shared<gateway::Account>(loop, env, exporter_)),
      control_(
          loop, [this](std::string_view line) { return control(line); }, kControlFull) {
  about_.version = MCP_VERSION;
  about_.started_ms = env.wall_clock_ms();
  configure(config);
}

void Instruments::configure(const ServeConfig& config) {
  shows_metrics_ = config.metrics;
  account_->configure({config.access_log, config.slow_call});
}

void Instruments::attach(std::shared_ptr<gateway::Gateway> gateway, gateway::GaugeSources sources,
                         std::string url) {
  gateway_ = std::move(gateway);
  about_.url = std::move(url);
  gauges_ = std::make_unique<gateway::Gauges>(env_, gateway_, std::move(sources));
  vitals_ = std::make_unique<gateway::Vitals>(loop_, gateway_);
  account_->registry()
      .gauge("mcp_build_info", "1, with the version that runs.", {{"version", about_.version}})
      .set(1);
  vitals_->start();
}

void Instruments::open_control_socket(const std::string& directory) {
  if (directory.empty()) {
    Error why = config::no_state_directory();
    return log::warn("no control socket, and no lock: mcp top cannot ask",
                     {{"reason", why.message}, {"hint", why.hint}});
  }
  auto listening = control_.listen(directory, kControlSocket);
  if (!listening) log::warn("no control socket: mcp top cannot ask", {{"reason", listening.error().message}});
}

std::function<std::string()> Instruments::metrics() {
  if (!shows_metrics_) return nullptr;
  return [this] {
    gauges_->refresh();
    return account_->registry().text();
  };
}

std::function<std::string()> Instruments::health() {
  return [this] { return gateway::health_json(env_, *vitals_, about_); };
}

// A line of the control socket: {"get":"snapshot"}.
std::string Instruments::control(std::string_view line) const {
  auto request = json::parse(line);
  if (!request || !request->is_object()) return control_error("a request is a JSON object on one line");
  if (request->value("get", json::Value()) != "snapshot")
    return control_error("unknown request: get snapshot");
  return gateway::snapshot_json(env_, *gateway_, *vitals_, about_);
}

void Instruments::stop() {
  if (vitals_) vitals_->stop();
  control_.stop();
  account_->flush();
  if (!exporter_) return;
  exporter_->flush();
  loop_.run_until([this] { return exporter_->flushed(); }, kLastSpans);
}

}  // namespace mcp::cmd
