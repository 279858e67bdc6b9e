#include "internal/runtime/allowed_host.h"

#include <algorithm>

#include "internal/base/strings.h"

namespace mcp::runtime {
namespace {

sandbox::Address address_of(const async::TcpEndpoint& endpoint) {
  sandbox::Address address;
  auto ip = endpoint.address();
  address.bytes = ip.is_v6()
                      ? ip.to_v6().to_bytes()
                      : async::asio::ip::make_address_v6(async::asio::ip::v4_mapped, ip.to_v4()).to_bytes();
  return address;
}

Error refused(const sandbox::Destination& to, const sandbox::Address& address) {
  sandbox::Place place = sandbox::place_of(address);
  std::string where = to_string(address);
  bool never = place.kind == sandbox::Place::Kind::kNever;
  return {ErrorCode::kDenied,
          "allow: host " + json_quote(to.host) + " is at " + where + ", which is " + std::string(place.what),
          never ? "such addresses are never reached: is the name service right?"
                : "if that is meant, add allow_private = [\"" + where + "\"]"};
}

}  // namespace

HostAddresses sort_addresses(const async::Endpoints& found, const std::vector<sandbox::Range>& ranges) {
  HostAddresses out;
  for (const async::TcpEndpoint& endpoint : found) {
    sandbox::Address address = address_of(endpoint);
    if (!sandbox::may_reach(address, ranges)) {
      if (std::find(out.refused.begin(), out.refused.end(), address) == out.refused.end())
        out.refused.push_back(address);
    } else if (out.good.size() < HostAddresses::kMaxAddresses) {
      out.good.push_back(endpoint);
    }
  }
  return out;
}

std::string text_of(const HostAddresses& addresses) {
  std::string out;
  for (const async::TcpEndpoint& endpoint : addresses.good)
    out += (out.empty() ? "" : " ") + endpoint.address().to_string();
  return out;
}

Task<Result<HostAddresses>> look_up_host(async::Loop& loop, sandbox::Destination to,
                                         std::vector<sandbox::Range> ranges, async::Millis deadline) {
  auto waiting = async::look_up(loop, to.host, to.port);
  auto found = co_await waiting.get_within(deadline);
  if (!found)
    co_return fail(ErrorCode::kTimeout, "host " + json_quote(to.host) + ": the name service is silent");
  MCP_CO_CHECK(*found);
  HostAddresses sorted = sort_addresses(**found, ranges);
  if (sorted.good.empty() && !sorted.refused.empty()) co_return fail(refused(to, sorted.refused.front()));
  co_return sorted;
}

}  // namespace mcp::runtime
