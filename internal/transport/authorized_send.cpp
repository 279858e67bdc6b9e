#include "internal/transport/authorized_send.h"

#include <utility>

namespace mcp::transport {
namespace {

constexpr std::size_t kMaxIgnoredBody = 64 << 10;

}  // namespace

Task<Result<http::ClientResponsePtr>> send_authorized(std::shared_ptr<http::Client> client,
                                                      std::shared_ptr<CredentialSource> credentials,
                                                      http::ClientRequest request, http::CancelToken cancel,
                                                      ResponseSeen seen) {
  for (bool again = true;; again = false) {
    if (credentials) {
      auto value = co_await credentials->authorization();
      MCP_CO_CHECK(value);
      if (*value) request.headers.set("Authorization", **value);
    }
    // Without credentials there is no second attempt.
    http::ClientRequest attempt = credentials ? request : std::exchange(request, {});
    auto sent = co_await client->send(std::move(attempt), cancel);
    MCP_CO_CHECK(sent);
    http::ClientResponsePtr response = std::move(*sent);
    if (!seen(response)) {
      response->abort();
      co_return fail(ErrorCode::kCancelled, "given up");
    }
    if (response->status() != 401 || !credentials || !again) co_return response;
    std::string challenge(response->headers().get("WWW-Authenticate"));
    bool renewed = co_await credentials->refused(challenge);
    if (!renewed || cancel.cancelled()) co_return response;
    // Read to its end, its connection can be used again.
    auto ignored = co_await response->read_all(kMaxIgnoredBody);
    (void)ignored;
  }
}

}  // namespace mcp::transport
