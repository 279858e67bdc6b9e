#pragma once

#include <memory>
#include <string>

#include "internal/async/loop.h"
#include "internal/http/client.h"
#include "internal/transport/channel.h"
#include "internal/transport/credential_source.h"

namespace mcp::transport {

struct HttpClientOptions {
  http::Url url;
  http::Headers headers;                          // sent with every request
  std::shared_ptr<CredentialSource> credentials;  // may be null
  protocol::Era era = protocol::Era::kLegacy;
  std::size_t max_message_bytes = 64 << 20;  // of one JSON body or one SSE event
  async::Millis retry{1000};               // before a cut stream is resumed, when the server named no `retry`
  int max_resumptions = 5;                 // of one answer's stream without any event between
  async::Millis renewal_deadline{30'000};  // for the handshake that replaces a forgotten session
  async::Millis endpoint_deadline{10'000};  // HTTP+SSE: for the event that names where to send messages
};

// The client's side of Streamable HTTP.
// Legacy: one channel = one session. POST for every message; an SSE answer that is cut before its response
// and has an event id is resumed by GET with Last-Event-ID after `retry` (2025-11-25 transports,
// "Resumability"; SEP-1699); the GET stream opens after negotiated() and is opened again, less and less often
// while the server is away, as long as the channel lives; DELETE at close(). 404 with a session id:
// on_closed(kNotFound). Modern: POST only, no session; MCP-Protocol-Version, Mcp-Method come from the
// peer by Envelope.headers; abandon() drops the stream, which cancels. A stream cut before its response:
// on_stream_closed(kFault). HTTP errors whose body is a JSON-RPC error are delivered as that message (id
// filled in when the body has none); others become on_stream_closed(id, kPeer, why) with kUnauthenticated
// (401, hint carries WWW-Authenticate), kDenied (403), kNotFound (404), kUnsupported (405), kLimit (413,
// 429), kUnavailable (5xx).
ChannelPtr make_http_client_channel(async::Loop& loop, std::shared_ptr<http::Client> client,
                                    HttpClientOptions options);

}  // namespace mcp::transport
