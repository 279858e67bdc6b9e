#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "internal/async/loop.h"
#include "internal/async/slot.h"
#include "internal/protocol/lifecycle.h"
#include "internal/server/session.h"

namespace mcp::server {

// One `subscriptions/listen` of a modern client (2026-07-28 subscriptions): acknowledged first, every message
// tagged with the id of the request as it was sent. Lives until end(), the client's cancellation, or its
// stream's close.
class Listen {
 public:
  // Sends the acknowledgement. `agreed`: the part of the client's filter that the server honours.
  static std::shared_ptr<Listen> open(async::Loop& loop, CallPtr call, protocol::ListenFilter agreed);

  const protocol::ListenFilter& filter() const { return filter_; }
  // Does the client want this notification? `key`: the uri of notifications/resources/updated, the task's id
  // of notifications/tasks.
  bool wants(std::string_view method, std::string_view key = {}) const;
  // params: raw object or empty.
  void emit(std::string_view method, std::string_view params);
  // We tear it down: the request is answered with the closing result.
  void end();
  bool over() const { return outcome_.is_set(); }

  // What the handler of subscriptions/listen answers. Waited for once.
  static Task<Outcome> wait(std::shared_ptr<Listen> self);

 private:
  Listen(async::Loop& loop, CallPtr call, protocol::ListenFilter agreed);
  Outcome closing_result() const;

  CallPtr call_;
  protocol::ListenFilter filter_;
  std::string id_;  // raw
  async::Slot<Outcome> outcome_;
};

}  // namespace mcp::server
