#pragma once

#include <deque>

#include <gmock/gmock.h>

#include "internal/async/slot.h"
#include "internal/server/test_peer.h"

namespace mcp::server {

using async::Slot;
using protocol::Outcome;

// Answers "tools/list" at once; a "tools/call" waits for release() or asks the client.
class TestBackend final : public Backend {
 public:
  explicit TestBackend(async::Loop& loop) : offer_gate(loop), loop_(loop) {}

  Task<Offer> offer(SessionPtr) override {
    if (hold_offer) return held_offer(offer_gate, my_offer());
    return ready_offer(my_offer());
  }
  const std::string& server_info() const override { return info; }
  Task<Outcome> handle(CallPtr call) override {
    calls.push_back(call);
    call->on_cancel([this] { ++cancellations; });
    if (call->method() == "tools/list") return ready(Outcome::result(std::string(R"({"tools":[]})")));
    if (call->method() == "tools/call" && call->name() == "ask")
      return asking(call, question, question_params);
    if (call->method() == "tools/call") return held(gates.emplace_back(loop_));
    if (call->method() == "logging/setLevel") return ready(Outcome::result(std::string("{}")));
    return ready(Outcome::error(jsonrpc::kMethodNotFound, "method not found"));
  }
  void notified(SessionPtr, const jsonrpc::Message& message) override {
    notifications.push_back(message.method);
  }
  void session_opened(SessionPtr) override { ++opened; }
  void session_closed(SessionPtr) override { ++closed; }

  std::string info = R"({"name":"b","version":"2"})";
  std::deque<Slot<Outcome>> gates;  // of the slow calls
  Slot<int> offer_gate;
  bool hold_offer = false;
  std::string question = "roots/list";
  std::string question_params = "{}";
  std::vector<CallPtr> calls;
  std::vector<std::string> notifications;
  int cancellations = 0, opened = 0, closed = 0;

  void release(std::string result) {
    for (auto& gate : gates) gate.set(Outcome::result(result));
  }

 private:
  Offer my_offer() const {
    Offer offer;
    offer.capabilities.tools = true;
    offer.server_info = info;
    offer.instructions = "be kind";
    return offer;
  }
  static Task<Offer> ready_offer(Offer offer) { co_return offer; }
  static Task<Offer> held_offer(Slot<int> slot, Offer offer) {
    co_await slot.get();
    co_return offer;
  }
  static Task<Outcome> ready(Outcome outcome) { co_return outcome; }
  static Task<Outcome> held(Slot<Outcome> slot) {
    Outcome outcome = co_await slot.get();
    co_return outcome;
  }
  async::Loop& loop_;

  static Task<Outcome> asking(CallPtr call, std::string method, std::string text) {
    Bytes params = Bytes::adopt(std::move(text));
    Outcome answer = co_await call->ask(method, params);
    co_return answer;
  }
};

class SessionTest : public testing::Test {
 protected:
  void open(SessionOptions options = {}) {
    peer = std::make_unique<TestPeer>(
        loop, [this](async::Loop&) { return backend; }, std::move(options));
  }
  void TearDown() override {
    backend->release("{}");
    backend->offer_gate.set(1);
    if (peer) peer->settle();
    peer.reset();
    backend->calls.clear();
  }
  int code(const Value& answer) { return answer.contains("error") ? answer["error"]["code"].get<int>() : 0; }

  std::shared_ptr<async::Loop> loop = std::make_shared<async::Loop>();
  std::shared_ptr<TestBackend> backend = std::make_shared<TestBackend>(*loop);
  std::unique_ptr<TestPeer> peer;
};

inline const std::string kPing = R"({"jsonrpc":"2.0","id":99,"method":"ping"})";
inline const std::string kCall = legacy("7", "tools/call", R"({"name":"slow"})");

}  // namespace mcp::server
