#pragma once

#include "internal/transport/http_client_channel.h"

namespace mcp::transport {

// A remote of the legacy era whose transport nobody named: Streamable HTTP, and when the server answers the
// POST of `initialize` with 400, 404 or 405, HTTP+SSE at the same URL (2025-11-25 transports, "Backwards
// Compatibility"). When it has neither, its refusal of the POST is what counts.
ChannelPtr make_legacy_remote_channel(async::Loop& loop, std::shared_ptr<http::Client> client,
                                      HttpClientOptions options);

}  // namespace mcp::transport
