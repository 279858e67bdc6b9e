#pragma once

#include <string>
#include <vector>

#include "internal/async/look_up.h"
#include "internal/sandbox/address.h"
#include "internal/sandbox/egress.h"

namespace mcp::runtime {

// Where a host of `allow` is, and what of that may be reached.
struct HostAddresses {
  async::Endpoints good;  // at most kMaxAddresses, in the order of the answer
  std::vector<sandbox::Address> refused;

  static constexpr std::size_t kMaxAddresses = 16;
};

// Pure: sorts an answer of the name service. `ranges`: of allow_private.
HostAddresses sort_addresses(const async::Endpoints& found, const std::vector<sandbox::Range>& ranges);

// "93.184.216.34 2606:2800::1"
std::string text_of(const HostAddresses& addresses);

// Errors: kUnavailable (no such host, no answer), kTimeout, kDenied (every address is refused: which, why and
// what to do about it).
Task<Result<HostAddresses>> look_up_host(async::Loop& loop, sandbox::Destination to,
                                         std::vector<sandbox::Range> ranges, async::Millis deadline);

}  // namespace mcp::runtime
