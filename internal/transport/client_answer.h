#pragma once

#include "internal/http/message.h"
#include "internal/jsonrpc/message.h"

namespace mcp::transport {

// Why a server did not answer, from the status and the fields of its answer. The hint of kUnauthenticated is
// the challenge.
Error http_failure(int status, const http::Headers& headers);

// The JSON-RPC error in the body of an HTTP error, as the answer to `request`, whatever id the server gave
// it: it could often not read ours, and official servers write null. nullopt when the body is none.
std::optional<jsonrpc::Message> error_answer(const Bytes& body, const jsonrpc::Id& request);

}  // namespace mcp::transport
