#pragma once

#include <memory>
#include <string>
#include <vector>

#include "internal/async/loop.h"
#include "internal/transport/channel.h"

namespace mcp::transport {

// Remembers what a channel reports. For tests.
class TestListener final : public Listener {
 public:
  void on_message(Envelope envelope) override {
    messages.push_back(envelope);
    if (react) react(messages.back());
  }
  void on_undecodable(Bytes text, Error why) override {
    undecodable.emplace_back(std::move(text), std::move(why));
  }
  void on_stream_opened(std::optional<jsonrpc::Id> related) override { opened.push_back(std::move(related)); }
  void on_stream_closed(std::optional<jsonrpc::Id> related, ClosedBy by, Error why) override {
    ends.push_back({std::move(related), by, std::move(why)});
  }
  void on_fact(const Fact& fact) override {
    if (fact.status != 0) statuses.push_back(fact.status);
    if (!fact.sse_id.empty()) event_ids.push_back(fact.sse_id);
  }
  void on_renewed(Bytes result) override { renewals.push_back(std::move(result)); }
  void on_missed() override { ++missed; }
  void on_ending() override {
    ++endings;
    if (at_end) at_end();
  }
  void on_closed(Error why) override { closed = std::move(why); }

  struct StreamEnd {
    std::optional<jsonrpc::Id> related;
    ClosedBy by;
    Error why;
  };
  std::string text(std::size_t i) const { return std::string(messages.at(i).message.bytes.view()); }

  std::vector<Envelope> messages;
  std::vector<std::pair<Bytes, Error>> undecodable;
  std::vector<std::optional<jsonrpc::Id>> opened;
  std::vector<StreamEnd> ends;
  std::vector<int> statuses;
  std::vector<std::string> event_ids;
  std::vector<Bytes> renewals;
  std::optional<Error> closed;
  std::function<void(const Envelope&)> react;
  int missed = 0;
  int endings = 0;
  std::function<void()> at_end;
};

inline Envelope envelope_of(Bytes text) {
  Envelope envelope;
  envelope.message = jsonrpc::own_message(std::move(text));
  return envelope;
}
inline Envelope envelope_of(std::string_view text) { return envelope_of(Bytes::copy(text)); }

inline constexpr async::Millis kPatience{10'000};

}  // namespace mcp::transport
