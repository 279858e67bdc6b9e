#include "internal/async/look_up.h"

#include <memory>

namespace mcp::async {

Slot<Result<Endpoints>> look_up(Loop& loop, std::string host, std::uint16_t port) {
  Slot<Result<Endpoints>> found(loop);
  boost::system::error_code failed;
  auto address = asio::ip::make_address(host, failed);
  if (!failed) {
    found.set(Endpoints(1, TcpEndpoint(address, port)));
    return found;
  }
  auto resolver = std::make_shared<TcpResolver>(loop.executor());
  resolver->async_resolve(
      host, std::to_string(port), asio::ip::resolver_base::numeric_service,
      [found, resolver, host](boost::system::error_code error, TcpResolver::results_type results) {
        if (error)
          return found.set(fail(ErrorCode::kUnavailable, "host \"" + host + "\": " + error.message()));
        found.set(Endpoints(results.begin(), results.end()));
      });
  return found;
}

}  // namespace mcp::async
