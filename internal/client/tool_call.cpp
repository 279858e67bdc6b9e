#include "internal/client/tool_call.h"

#include "internal/client/input_rounds.h"
#include "internal/json/scan.h"

namespace mcp::client {
namespace {

// What of the call travels in headers, as the book says now. Of a tool that it does not have nobody knows.
Result<protocol::HeaderList> mirrored(const ToolBook& book, const Bytes& params) {
  MCP_ASSIGN(auto fields, json::scan_object(params));
  MCP_ASSIGN(auto name, json::decode_string(fields.get("name")));
  auto tool = book.find(name);
  if (!tool && tool.error().code == ErrorCode::kNotFound) return protocol::HeaderList();
  if (!tool) return fail(std::move(tool.error()));
  return protocol::param_headers(tool->param_headers, fields.get("arguments"));
}

Request with_headers(Request request, const protocol::HeaderList& headers) {
  for (const auto& [name, value] : headers) request.headers.set(name, value);
  return request;
}

}  // namespace

Task<Outcome> call_tool(PeerPtr peer, std::shared_ptr<ToolBook> book, Request request,
                        std::shared_ptr<PeerEvents> events) {
  auto headers = mirrored(*book, request.params);
  if (!headers) co_return Outcome::failure(std::move(headers.error()));
  Request first = with_headers(request, *headers);
  auto calling = complete_request(peer, std::move(first), events);
  Outcome outcome = co_await std::move(calling);
  bool refused = !outcome.ok() && !outcome.cause() && outcome.error().code == jsonrpc::kHeaderMismatch;
  if (!refused || !peer->mirrors_params()) co_return outcome;
  ListLimits limits;
  if (request.timeout.count() > 0) limits.timeout = request.timeout;
  auto listing = list_tools(peer, limits);
  auto fresh = co_await std::move(listing);
  if (!fresh) co_return outcome;
  *book = std::move(*fresh);
  auto changed = mirrored(*book, request.params);
  if (!changed || *changed == *headers) co_return outcome;
  Request second = with_headers(std::move(request), *changed);
  auto again = complete_request(peer, std::move(second), events);
  Outcome last = co_await std::move(again);
  co_return last;
}

}  // namespace mcp::client
