#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "internal/async/timer.h"
#include "internal/base/line_budget.h"
#include "internal/base/log.h"
#include "internal/telemetry/server_meter.h"

namespace mcp::gateway {

// What a line says of one request: ids, names and counts, never its content. Valid during the call.
struct CallLine {
  std::string_view request;  // its id, raw
  std::string_view session;
  std::string_view principal;
  std::string_view server;  // empty: none was asked
  std::string_view method;
  std::string_view name;  // of the tool or the prompt
  std::string_view uri;   // of the resource
  std::string_view trace;
  telemetry::CallEnd end = telemetry::CallEnd::kOk;
  int status = 0;  // of HTTP, where a request was refused
  std::optional<std::chrono::nanoseconds> duration{};
  std::size_t bytes_in = 0;
  std::size_t bytes_out = 0;
};

// One line a request, at info. Lines are gathered (log::hold()) and written together, many a system call, at
// the latest after kDelay, or ahead of the next warning.
class AccessLog {
 public:
  static constexpr async::Millis kDelay{100};
  static constexpr std::size_t kFlushBytes = 32 << 10;

  explicit AccessLog(async::Loop& loop) : timer_(loop) {}
  ~AccessLog() { flush(); }

  void write(const CallLine& call);
  void flush();
  bool empty() const { return log::held() == 0; }

 private:
  async::Timer timer_;
};

// A warning for each call that took too long, at most kLinesASecond.
class SlowCalls {
 public:
  using Clock = LineBudget::Clock;
  static constexpr int kLinesASecond = 10;

  // 0: none is too slow.
  void limit(async::Millis slow) { slow_ = slow; }
  bool is_slow(std::chrono::nanoseconds duration) const { return slow_.count() > 0 && duration >= slow_; }
  void warn(const CallLine& call, Clock::time_point now = Clock::now());

 private:
  async::Millis slow_{0};
  LineBudget budget_{kLinesASecond};
};

}  // namespace mcp::gateway
