#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "internal/async/timer.h"
#include "internal/base/error.h"
#include "internal/crypto/aead.h"
#include "internal/jsonrpc/message.h"

namespace mcp::gateway {

struct ContinuationLimits {
  std::size_t total = 128;         // of all clients together
  std::size_t per_principal = 32;  // of one principal
  async::Millis patience{300'000};
};

// Something that waits for its client to come back.
class Continuation {
 public:
  virtual ~Continuation() = default;
  // The client did not, in time. Called once, after it has left the table.
  virtual void expired() = 0;
};

// Whose request a state belongs to: nobody else's, and no other request, may present it.
struct Binding {
  std::string principal;
  std::string endpoint;  // the server whose endpoint was asked; empty: the merged one
  std::string request;   // request_digest()
};

// The same for every spelling of the same method and params, whatever `_meta` and the members of a retry say
// (2026-07-28 MRTR: a retry is a new request with the original's params).
std::string request_digest(const jsonrpc::Message& request);

// What waits between the rounds of a modern client's request (2026-07-28 MRTR). The client holds only a
// sealed reference, its requestState: good for one return, for this client and this request.
class Continuations {
 public:
  // key: 32 random bytes.
  Continuations(async::Loop& loop, std::string key, ContinuationLimits limits);

  // Keeps it until it is taken or its time is over; the requestState. Errors: kLimit.
  Result<std::string> keep(std::shared_ptr<Continuation> what, const Binding& binding);
  // Gives it back, once. Errors: kDenied (not sealed here, changed, or bound to something else), kTimeout (of
  // ours, but expired or presented before).
  Result<std::shared_ptr<Continuation>> take(std::string_view state, const Binding& binding);

  std::size_t size() const { return waiting_.size(); }
  // The gateway stops: all expire.
  void clear();

 private:
  struct Waiting {
    std::shared_ptr<Continuation> what;
    std::string principal;
    std::unique_ptr<async::Timer> deadline;
  };

  std::shared_ptr<Continuation> remove(std::uint64_t id);

  async::Loop& loop_;
  crypto::Aead seal_;
  ContinuationLimits limits_;
  std::uint64_t next_ = 1;
  std::map<std::uint64_t, Waiting> waiting_;
  std::map<std::string, std::size_t> shares_;  // by principal
};

}  // namespace mcp::gateway
