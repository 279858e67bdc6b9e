#include "internal/http/otlp_sink.h"

namespace mcp::http {
namespace {

// The collector is one of several that may use the pool: a silent one is given up soon.
constexpr async::Millis kTimeout{5'000};

Result<void> verdict(const Result<FetchReply>& reply) {
  if (!reply) return fail(reply.error());
  if (reply->status >= 200 && reply->status < 300) return {};
  return fail(ErrorCode::kUnavailable, "the collector answered " + std::to_string(reply->status));
}

class OtlpSink final : public telemetry::Sink {
 public:
  OtlpSink(async::Loop& loop, FetchRequest target) : loop_(loop), target_(std::move(target)) {
    target_.method = "POST";
    target_.headers.set("Content-Type", "application/json");
    target_.timeout = kTimeout;
  }

  void send(std::string body, std::function<void(Result<void>)> done) override {
    FetchRequest request = target_;
    request.body = std::move(body);
    fetch(loop_, std::move(request),
          [done = std::move(done)](const Result<FetchReply>& reply) { done(verdict(reply)); });
  }

 private:
  async::Loop& loop_;
  FetchRequest target_;
};

}  // namespace

std::shared_ptr<telemetry::Sink> make_otlp_sink(async::Loop& loop, FetchRequest target) {
  return std::make_shared<OtlpSink>(loop, std::move(target));
}

}  // namespace mcp::http
