#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "internal/jsonrpc/message.h"
#include "internal/protocol/capabilities.h"
#include "internal/protocol/exchange.h"

namespace mcp::protocol {

// `initialize` (legacy lifecycle).
struct InitializeParams {
  std::string requested;  // protocolVersion as the client wrote it
  ClientCapabilities capabilities;
  std::string client_info = "{}";
};
// The error is -32602.
tl::expected<InitializeParams, jsonrpc::RpcError> read_initialize(const jsonrpc::Message& request);
std::string initialize_params(Revision wanted, std::string_view capabilities, std::string_view client_info);

// What a server answers to `initialize` and to `server/discover`.
struct ServerHello {
  std::string version;                 // initialize
  std::vector<std::string> supported;  // discover
  ServerCapabilities capabilities;
  std::string server_info = "{}";
  std::string instructions;
};
std::string initialize_result(Revision agreed, std::string_view capabilities, std::string_view server_info,
                              std::string_view instructions);
// With ttlMs and cacheScope (SEP-2549) and `resultType`.
std::string discover_result(std::string_view capabilities, std::string_view server_info,
                            std::string_view instructions);
// Errors: kProtocol (a member is missing or of the wrong type).
Result<ServerHello> read_initialize_result(std::string_view raw);
Result<ServerHello> read_discover_result(std::string_view raw);

// `subscriptions/listen`: what a client asked for, or what a server agreed to.
struct ListenFilter {
  bool tools = false;
  bool prompts = false;
  bool resources = false;
  std::vector<std::string> uris;
  std::vector<std::string> task_ids;  // of the extension io.modelcontextprotocol/tasks
  bool empty() const { return !tools && !prompts && !resources && uris.empty() && task_ids.empty(); }
};
tl::expected<ListenFilter, jsonrpc::RpcError> read_listen(std::string_view params);
// The raw `notifications` object of the acknowledgement.
std::string to_json(const ListenFilter& filter);

// -32022 with data {supported, requested}.
jsonrpc::RpcError unsupported_version(std::string_view requested);
// -32021 with data.requiredCapabilities (raw ClientCapabilities).
jsonrpc::RpcError missing_capability(std::string_view required);
// The same for the extension io.modelcontextprotocol/tasks.
jsonrpc::RpcError missing_tasks_extension();

// HTTP status of a modern error answer: 404 for -32601, 400 for -32020 … -32022 and for the envelope's -32700
// and -32600, else 200 (2026-07-28 transports; the `_meta` case of -32602 is decided by the caller).
int modern_http_status(int rpc_code);

}  // namespace mcp::protocol
