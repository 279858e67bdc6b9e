#pragma once

#include <memory>
#include <string>

#include "internal/async/timer.h"
#include "internal/server/session.h"

namespace mcp::gateway {

// While it lives, a client that asked for progress hears that its call waits for a server that is starting:
// after a second, then every ten, so that a client that counts its patience from report to report goes on
// waiting. What the call notes keeps the server's own reports above these (progress.h).
class WaitingNotice {
 public:
  WaitingNotice(async::Loop& loop, const server::CallPtr& call, std::string server);
  WaitingNotice(const WaitingNotice&) = delete;
  WaitingNotice& operator=(const WaitingNotice&) = delete;

 private:
  void tell();

  async::Timer timer_;
  std::weak_ptr<server::Call> call_;
  std::string server_;
};

}  // namespace mcp::gateway
