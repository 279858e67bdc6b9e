#include "internal/gateway/vitals.h"

#include <algorithm>

namespace mcp::gateway {
namespace {

telemetry::Totals totals_of(const telemetry::ServerMeter& meter) {
  return {meter.calls(), meter.errors(), meter.durations()};
}

void add(telemetry::Totals& sum, const telemetry::Totals& one) {
  sum.calls += one.calls;
  sum.errors += one.errors;
  sum.durations.resize(std::max(sum.durations.size(), one.durations.size()));
  for (std::size_t i = 0; i < one.durations.size(); ++i) sum.durations[i] += one.durations[i];
}

}  // namespace

Vitals::Vitals(async::Loop& loop, std::shared_ptr<Gateway> gateway)
    : gateway_(std::move(gateway)),
      timer_(loop),
      lag_(gateway_->account()->registry().histogram(
          "mcp_loop_lag_seconds", "How late the event loop came to a timer, looked at once a second.", {},
          telemetry::duration_bounds())) {}

void Vitals::start() {
  due_ = Clock::now();
  look();
}

void Vitals::look() {
  auto now = Clock::now();
  double late = std::max(0.0, std::chrono::duration<double>(now - due_).count());
  if (looks_ > 0) lag_.observe(late);
  lags_[looks_++ % lags_.size()] = late;
  double at = std::chrono::duration<double>(now - began_).count();
  telemetry::Totals sum;
  for (const auto& [name, meter] : gateway_->account()->meters()) {
    telemetry::Totals one = totals_of(*meter);
    add(sum, one);
    servers_[name].note(at, std::move(one));
  }
  all_.note(at, std::move(sum));
  due_ = now + kPeriod;
  timer_.start(kPeriod, [this] { look(); });
}

telemetry::RateWindow::Rates Vitals::rates(const std::string& server) const {
  auto found = servers_.find(server);
  return found == servers_.end() ? telemetry::RateWindow::Rates() : found->second.rates();
}

double Vitals::loop_lag_seconds() const { return *std::max_element(lags_.begin(), lags_.end()); }

}  // namespace mcp::gateway
