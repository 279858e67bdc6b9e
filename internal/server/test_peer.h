#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "internal/async/loop.h"
#include "internal/json/value.h"
#include "internal/server/session.h"
#include "internal/transport/pair_channel.h"
#include "internal/transport/test_listener.h"

namespace mcp::server {

using json::Value;

// A hand-driven client at the other end of a pair channel. For tests.
class TestPeer {
 public:
  explicit TestPeer(std::shared_ptr<Backend> backend, SessionOptions options = {})
      : TestPeer(
            std::make_shared<async::Loop>(), [&](async::Loop&) { return backend; }, std::move(options)) {}
  TestPeer(std::shared_ptr<async::Loop> loop,
           const std::function<std::shared_ptr<Backend>(async::Loop&)>& make, SessionOptions options = {})
      : loop_(std::move(loop)) {
    auto [ours, theirs] = transport::make_channel_pair(*loop_);
    client_ = std::move(ours);
    session_ = serve(*loop_, theirs, make(*loop_), std::move(options));
    client_->start(listener_);
  }
  ~TestPeer() { hang_up(); }

  async::Loop& loop() { return *loop_; }
  const SessionPtr& session() const { return session_; }
  transport::TestListener& listener() { return *listener_; }
  std::size_t received() const { return listener_->messages.size(); }

  void send(std::string_view text) { ASSERT_TRUE(client_->send(transport::envelope_of(text))); }
  // The next message that was not read yet; null when none comes.
  Value next() {
    if (!wait([this] { return listener_->messages.size() > read_; })) return {};
    return json::parse(listener_->text(read_++)).value();
  }
  Value ask(std::string_view text) {
    send(text);
    return next();
  }
  bool wait(const std::function<bool()>& done) { return loop_->run_until(done, transport::kPatience); }
  // Runs what is due, so that "nothing came" can be seen: a ping's answer comes after everything before it.
  void settle() {
    for (int i = 0; i < 20; ++i) loop_->context().poll();
    loop_->context().restart();
  }

  Value initialize(std::string_view capabilities = "{}", std::string_view version = "2025-11-25") {
    Value answer = ask(R"({"jsonrpc":"2.0","id":"init","method":"initialize","params":{"protocolVersion":")" +
                       std::string(version) + R"(","capabilities":)" + std::string(capabilities) +
                       R"(,"clientInfo":{"name":"t","version":"1"}}})");
    send(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
    settle();
    return answer;
  }

  void hang_up() {
    if (!client_) return;
    client_->close();
    client_.reset();
    for (int i = 0; i < 5; ++i) settle();
  }

 private:
  std::shared_ptr<async::Loop> loop_;
  std::shared_ptr<transport::TestListener> listener_ = std::make_shared<transport::TestListener>();
  transport::ChannelPtr client_;
  SessionPtr session_;
  std::size_t read_ = 0;
};

// A request with the envelope of 2026-07-28. params: members of params after `_meta`, with a leading comma,
// or empty.
inline std::string modern(std::string_view id, std::string_view method, std::string_view params = {},
                          std::string_view capabilities = "{}", std::string_view meta = {}) {
  return R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"method":")" + std::string(method) +
         R"(","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)" +
         R"("io.modelcontextprotocol/clientCapabilities":)" + std::string(capabilities) + std::string(meta) +
         "}" + std::string(params) + "}}";
}

inline std::string legacy(std::string_view id, std::string_view method, std::string_view params = "{}") {
  return R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"method":")" + std::string(method) +
         R"(","params":)" + std::string(params) + "}";
}

}  // namespace mcp::server
