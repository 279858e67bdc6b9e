#pragma once

#include <string_view>

#include "internal/http/client.h"

namespace mcp::transport {

// The address that the `endpoint` event of an HTTP+SSE stream names, a URI reference relative to the stream's
// own address (RFC 3986 §5.2). Errors: kProtocol (no address; not of the stream's origin: a server must not
// send a client, with its credentials, elsewhere).
Result<http::Url> endpoint_uri(const http::Url& stream, std::string_view reference);

}  // namespace mcp::transport
