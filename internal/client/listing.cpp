#include "internal/client/listing.h"

#include <set>

#include "internal/base/strings.h"
#include "internal/json/scan.h"
#include "internal/protocol/method.h"

namespace mcp::client {
namespace {

Error error_of(const Outcome& outcome, std::string_view method) {
  if (outcome.cause()) return outcome.cause()->wrap(method);
  return Error{ErrorCode::kProtocol,
               std::string(method) + ": error " + std::to_string(outcome.error().code) + ": " +
                   outcome.error().message,
               {}};
}

// Appends one page's items; the next cursor's raw value, empty at the end.
Result<std::string> read_page(const Bytes& result, std::string_view member, std::vector<Bytes>& items) {
  MCP_ASSIGN(auto fields, json::scan_object(result));
  std::string_view list = fields.get(member);
  if (list.empty()) return fail(ErrorCode::kProtocol, "the result has no member \"" + std::string(member) + "\"");
  MCP_ASSIGN(auto elements, json::scan_array(result.slice(list)));
  for (std::string_view element : elements) items.push_back(result.slice(element));
  std::string_view cursor = fields.get("nextCursor");
  if (cursor == "null") cursor = {};
  return std::string(cursor);
}

}  // namespace

Task<Result<std::vector<Bytes>>> list_all(PeerPtr peer, std::string method, ListLimits limits) {
  const protocol::Method* row = protocol::find_method(method);
  if (row == nullptr || row->list_member.empty()) co_return fail(ErrorCode::kInternal, method + " is not a list");
  std::vector<Bytes> items;
  std::set<std::string> seen;
  std::string cursor;
  for (std::size_t page = 0; page < limits.max_pages; ++page) {
    Request request;
    request.method = method;
    request.params = Bytes::adopt(cursor.empty() ? std::string("{}") : "{\"cursor\":" + cursor + "}");
    request.timeout = limits.timeout;
    Outcome outcome = co_await peer->request(std::move(request));
    if (!outcome.ok()) co_return fail(error_of(outcome, method));
    auto next = read_page(outcome.raw(), row->list_member, items);
    MCP_CO_CHECK(next);
    if (items.size() > limits.max_items) {
      co_return fail(ErrorCode::kLimit, method + ": more than " + std::to_string(limits.max_items) + " items");
    }
    if (next->empty()) co_return items;
    if (!seen.insert(*next).second) {
      co_return fail(ErrorCode::kProtocol, method + ": the server gave the same cursor twice");
    }
    cursor = std::move(*next);
  }
  co_return fail(ErrorCode::kLimit, method + ": more than " + std::to_string(limits.max_pages) + " pages");
}

}  // namespace mcp::client
