#pragma once

#include <memory>
#include <string>
#include <vector>

#include "internal/async/loop.h"
#include "internal/base/unique_fd.h"
#include "internal/runtime/server_counts.h"
#include "internal/sandbox/plan.h"
#include "internal/sandbox/policy.h"

namespace mcp::runtime {

// The way out of one sandboxed server: what it connects to inside leads, byte for byte, to the hosts of its
// `allow`, and nowhere else. Each host is looked up and checked here, outside, and its addresses stay those
// until none of them takes a connection any more; then it is looked up, and checked, anew. So what the name
// service says later cannot lead elsewhere. On the loop; destruction breaks every connection.
class Egress {
 public:
  // counts: of the server, shared by its instances.
  Egress(async::Loop& loop, std::string server, const sandbox::Policy& policy,
         std::shared_ptr<ServerCounts> counts);
  ~Egress();
  Egress(const Egress&) = delete;
  Egress& operator=(const Egress&) = delete;

  // Looks the hosts up, all at once. One that is not found is tried again when it is needed. Errors: kDenied
  // (a host is where it must not be reached, look_up_host()).
  Task<Result<void>> prepare();
  // Where they are, for the evidence.
  std::vector<sandbox::ReachedHost> hosts() const;

  // Takes connections on the sockets of the jail's listeners, which are in the order of `allow`. Errors: kIo.
  Result<void> open(std::vector<UniqueFd> listeners);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace mcp::runtime
