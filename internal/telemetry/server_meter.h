#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "internal/telemetry/metrics.h"

namespace mcp::telemetry {

// How a call ended, as metrics and logs name it.
enum class CallEnd {
  kOk,
  kIsError,    // a result whose isError is true
  kRpcError,   // a JSON-RPC error
  kTransport,  // the server was not reached, was lost, or did not answer in time
  kCancelled,  // the client did not want it any more
  kRefused,    // nobody was asked: a limit, an unknown session, no message at all
};
inline constexpr std::size_t kCallEnds = 6;
std::string_view to_string(CallEnd end);

// What is counted of one call.
struct CallCount {
  std::size_t method = 0;  // index among the methods that the meter was made with
  CallEnd end = CallEnd::kOk;
  std::optional<double> seconds{};  // none: it took no time worth telling
  std::size_t bytes_in = 0;         // of the request and of the result, as the client's side sees them
  std::size_t bytes_out = 0;
};

// The counters of one server, looked up once: a call costs a few additions and no allocation. A series of
// method and outcome is made when it first counts, but for kTransport: an alarm has to see the first loss,
// and a series that begins at 1 has not increased. As long as its registry lives; from the loop.
class ServerMeter {
 public:
  // `methods`: the closed set of values of the label, the last for every other one.
  ServerMeter(Registry& registry, std::string server, std::span<const std::string_view> methods);
  ServerMeter(const ServerMeter&) = delete;
  ServerMeter& operator=(const ServerMeter&) = delete;

  const std::string& server() const { return server_; }
  void count(const CallCount& call);
  // An instance was started; again: not for the first time.
  void started(bool again);

  std::uint64_t calls() const { return calls_; }
  // Calls that did not end well; a client that changed its mind is no error.
  std::uint64_t errors() const { return errors_; }
  std::uint64_t starts() const { return starts_; }
  std::uint64_t restarts() const { return restarts_; }
  // Counts by bucket of duration_bounds(), and one more for what is longer than all.
  std::vector<std::uint64_t> durations() const { return seconds_.counts(); }

 private:
  Counter& requests(std::size_t method, CallEnd end);

  Registry& registry_;
  std::string server_;
  std::span<const std::string_view> methods_;
  std::vector<std::array<Counter, kCallEnds>> requests_;  // by method and outcome
  Histogram seconds_;
  Counter bytes_in_;
  Counter bytes_out_;
  Counter starts_total_;
  Counter restarts_total_;
  std::uint64_t calls_ = 0;
  std::uint64_t errors_ = 0;
  std::uint64_t starts_ = 0;
  std::uint64_t restarts_ = 0;
};

}  // namespace mcp::telemetry
