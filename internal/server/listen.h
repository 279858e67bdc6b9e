#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "internal/protocol/lifecycle.h"
#include "internal/server/session.h"

namespace mcp::server {

// One `subscriptions/listen` of a modern client (2026-07-28 subscriptions): acknowledged first, every message
// tagged with the id of the request as it was sent. Lives until end(), the client's cancellation, or its
// stream's close; its call keeps it so long.
class Listen final : public Lasting, public std::enable_shared_from_this<Listen> {
 public:
  // Sends the acknowledgement; the handler of the call then returns Outcome::later(). `agreed`: the part of
  // the client's filter that the server honours.
  static std::shared_ptr<Listen> open(CallPtr call, protocol::ListenFilter agreed);

  const protocol::ListenFilter& filter() const { return filter_; }
  // Does the client want this notification? `key`: the uri of notifications/resources/updated, the task's id
  // of notifications/tasks.
  bool wants(std::string_view method, std::string_view key = {}) const;
  // params: raw object or empty.
  void emit(std::string_view method, std::string_view params);
  // We tear it down: the request is answered with the closing result.
  void end();
  bool over() const { return over_; }
  // Called once, however it ends; at once when it is over already.
  void on_over(std::function<void()> fn);

  void cancelled() override;
  void ending() override { end(); }

 private:
  Listen(CallPtr call, protocol::ListenFilter agreed);
  void conclude(Outcome outcome);

  CallPtr call_;
  protocol::ListenFilter filter_;
  std::function<void()> on_over_;
  bool over_ = false;
};

}  // namespace mcp::server
