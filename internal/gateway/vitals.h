#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>

#include "internal/async/timer.h"
#include "internal/gateway/gateway.h"
#include "internal/telemetry/rate_window.h"

namespace mcp::gateway {

// Looks about once a second: how late is the loop, and what was counted meanwhile? For `mcp top` and for
// mcp_loop_lag_seconds. Lives on the loop.
class Vitals {
 public:
  static constexpr async::Millis kPeriod{1'000};

  Vitals(async::Loop& loop, std::shared_ptr<Gateway> gateway);

  void start();
  void stop() { timer_.cancel(); }

  telemetry::RateWindow::Rates rates(const std::string& server) const;
  // Of all servers, and of what the gateway answers by itself.
  telemetry::RateWindow::Rates rates() const { return all_.rates(); }
  // The worst of the last ten looks.
  double loop_lag_seconds() const;

 private:
  using Clock = std::chrono::steady_clock;

  void look();

  std::shared_ptr<Gateway> gateway_;
  async::Timer timer_;
  Clock::time_point began_ = Clock::now();
  Clock::time_point due_{};
  telemetry::Histogram lag_;
  std::array<double, 10> lags_{};
  std::size_t looks_ = 0;
  telemetry::RateWindow all_;
  std::map<std::string, telemetry::RateWindow> servers_;
};

}  // namespace mcp::gateway
