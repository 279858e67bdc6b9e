#pragma once

#include "internal/transport/http_client_channel.h"

namespace mcp::transport {

// The client's side of HTTP+SSE, the transport of revision 2024-11-05: a GET of the URL opens the one stream
// that the server speaks on; its `endpoint` event names the address that messages are POSTed to. Until it has
// come (options.endpoint_deadline; of the stream's own origin only) messages wait; then
// on_stream_opened(nullopt). The end of the stream is the end of the channel (on_closed), and so is a 404 to
// a POST: the server no longer knows the session.
// Uses url, headers, credentials, max_message_bytes and endpoint_deadline of the options.
ChannelPtr make_http_sse_client_channel(async::Loop& loop, std::shared_ptr<http::Client> client,
                                        HttpClientOptions options);

}  // namespace mcp::transport
