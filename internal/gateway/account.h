#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>

#include "internal/gateway/access_log.h"
#include "internal/gateway/tracing.h"
#include "internal/telemetry/metrics.h"

namespace mcp::gateway {

struct AccountSettings {
  bool access_log = false;
  async::Millis slow_call{100};  // 0: no call is too slow
};

// What is said of requests from outside: counted, logged, traced. The one place that all of them pass when
// they begin and when they end; what happens between tells it only which server was asked (Call::note()).
// Lives on the loop, longer than the sessions that it observes.
class Account final : public server::SessionObserver {
 public:
  // The server's name in metrics where the gateway answered by itself. No server can have it.
  static constexpr const char* kNobody = "_gateway";

  Account(async::Loop& loop, Env& env, std::shared_ptr<telemetry::SpanExporter> exporter = nullptr);

  void configure(const AccountSettings& settings);
  telemetry::Registry& registry() { return registry_; }
  const Tracing& tracing() const { return tracing_; }
  // Of a configured server, or of kNobody; the same one for the same name, for ever.
  telemetry::ServerMeter& meter(const std::string& server);
  const std::map<std::string, std::unique_ptr<telemetry::ServerMeter>>& meters() const { return meters_; }
  // Writes what the access log still holds.
  void flush() { log_.flush(); }

  void opened(const server::Session& session) override;
  void closed(const server::Session& session) override;
  void began(server::Call& call) override;
  void ended(server::Call& call, const protocol::Outcome& outcome) override;
  void answered(const server::Session& session, const jsonrpc::Message& request,
                const protocol::Outcome& outcome) override;
  // `limit`: one of a small set of names, mostly the configuration key.
  void refused(std::string_view limit) override;
  // The counter behind it. Those of limits() are there from the beginning, at 0: an alarm has to see the
  // first refusal, and a series that begins at 1 has not increased.
  telemetry::Counter& refusal(std::string_view limit);
  // Every name that refusals are counted under.
  static std::span<const std::string_view> limits();
  // A request over HTTP that no session was given; `status`: what it was answered. An empty body: it was not
  // read.
  void turned_away(const Bytes& body, std::string_view principal, int status);

  // Something that went on until a limit ended it.
  void ended_by(std::string_view limit);

  // Open sessions and running modern requests, by era and transport.
  struct Sessions {
    std::string era;
    std::string transport;
    std::size_t open = 0;
    telemetry::Gauge gauge{};
  };
  const std::vector<Sessions>& sessions() const { return sessions_; }
  const std::map<std::string, telemetry::Counter, std::less<>>& refusals() const { return refused_; }

 private:
  Sessions& sessions_of(const server::Session& session);

  telemetry::Registry registry_;
  std::map<std::string, std::unique_ptr<telemetry::ServerMeter>> meters_;
  telemetry::ServerMeter& nobody_;
  std::vector<Sessions> sessions_;
  std::map<std::string, telemetry::Counter, std::less<>> refused_;
  Tracing tracing_;
  bool logs_ = false;
  AccessLog log_;
  SlowCalls slow_;
};

}  // namespace mcp::gateway
