#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "internal/server/session.h"

namespace mcp::server {

class Peer;
using ClientViewPtr = std::shared_ptr<const protocol::ClientView>;

// One request of a client from its arrival to its answer. Handlers share it with the peer's table.
class RunningCall final : public Call, public std::enable_shared_from_this<RunningCall> {
 public:
  // `view`: of a modern request, which brings its own; null in a legacy session.
  RunningCall(std::shared_ptr<Peer> peer, transport::Envelope request, ClientViewPtr view);

  const SessionPtr& session() const override { return session_; }
  const protocol::ClientView& client() const override;
  const jsonrpc::Message& message() const override { return request_.message; }
  const std::string& name() const override { return name_; }
  const std::string& uri() const override { return uri_; }
  const http::Headers* headers() const override;
  std::string_view field(std::string_view name) const override { return request_.headers.get(name); }

  void notify(std::string_view method, std::string_view params) override;
  Task<Outcome> ask(std::string method, Bytes params) override;
  void last(std::shared_ptr<Lasting> what) override;
  void conclude(Outcome outcome) override;
  void withdraw_questions() override;
  void on_cancel(std::function<void()> fn) override;
  bool cancelled() const override { return cancelled_; }
  void close_stream() override;

  const jsonrpc::Id& id() const { return *request_.message.id; }
  bool is_modern() const { return view_ != nullptr; }
  // The connection is about to end.
  void ending();
  void cancel();
  // Answered: nothing more is sent for it, and who waited for a cancellation is forgotten.
  void finish();

 private:
  std::shared_ptr<Peer> peer_;
  SessionPtr session_;
  transport::Envelope request_;
  ClientViewPtr view_;
  std::string name_;
  std::string uri_;
  std::shared_ptr<Lasting> lasting_;
  std::vector<std::function<void()>> on_cancel_;
  bool cancelled_ = false;
  bool finished_ = false;
};

}  // namespace mcp::server
