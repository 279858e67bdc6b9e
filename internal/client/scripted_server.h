#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "internal/async/loop.h"
#include "internal/transport/pair_channel.h"

namespace mcp::client {

// For tests: the far end of an in-process channel, which answers by a script and remembers what it was sent.
class ScriptedServer final : public transport::Listener, public std::enable_shared_from_this<ScriptedServer> {
 public:
  // The answer's raw result for a request, an RpcError's JSON behind "!" for an error, empty for silence.
  using Script = std::function<std::string(const jsonrpc::Message&)>;

  ScriptedServer(transport::ChannelPtr channel, Script script)
      : channel_(std::move(channel)), script_(std::move(script)) {}
  void start() { channel_->start(weak_from_this()); }

  void on_message(transport::Envelope envelope) override {
    seen.push_back(envelope.message);
    headers.push_back(envelope.headers);
    if (!envelope.message.is_request()) return;
    std::string answer = script_(envelope.message);
    if (answer.empty()) return;
    std::string id = envelope.message.id->raw();
    std::string member = answer[0] == '!' ? "\"error\":" + answer.substr(1) : "\"result\":" + answer;
    send("{\"jsonrpc\":\"2.0\",\"id\":" + id + "," + member + "}");
  }
  void on_undecodable(Bytes, Error) override {}
  void on_closed(Error) override { closed = true; }

  void send(const std::string& text) {
    transport::Envelope envelope;
    envelope.message = jsonrpc::own_message(Bytes::copy(text));
    (void)channel_->send(std::move(envelope));
  }
  void hang_up() { channel_->close(); }
  // From now on it follows this one.
  void answer_by(Script script) { script_ = std::move(script); }

  std::size_t count(std::string_view method) const {
    std::size_t n = 0;
    for (const auto& message : seen) n += message.method == method ? 1 : 0;
    return n;
  }

  std::vector<jsonrpc::Message> seen;
  std::vector<http::Headers> headers;  // of each
  bool closed = false;                 // the client hung up

 private:
  transport::ChannelPtr channel_;
  Script script_;
};

}  // namespace mcp::client
