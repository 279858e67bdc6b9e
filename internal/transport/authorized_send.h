#pragma once

#include <functional>
#include <memory>

#include "internal/http/client.h"
#include "internal/transport/credential_source.h"

namespace mcp::transport {

// Is told of each response's head, also of a 401 that is not the last. False: nobody wants it any more.
using ResponseSeen = std::function<bool(const http::ClientResponsePtr&)>;

// Sends with the credentials' value (they may be null); a refused one is asked for again, once.
// Errors: those of the client and of the credentials, kCancelled.
Task<Result<http::ClientResponsePtr>> send_authorized(std::shared_ptr<http::Client> client,
                                                      std::shared_ptr<CredentialSource> credentials,
                                                      http::ClientRequest request, http::CancelToken cancel,
                                                      ResponseSeen seen);

}  // namespace mcp::transport
