#include "internal/client/listing.h"

#include <set>

#include "internal/base/strings.h"
#include "internal/protocol/method.h"
#include "internal/protocol/pagination.h"

namespace mcp::client {
namespace {

Error error_of(const Outcome& outcome, std::string_view method) {
  if (outcome.cause()) return outcome.cause()->wrap(method);
  return Error{ErrorCode::kProtocol,
               std::string(method) + ": error " + std::to_string(outcome.error().code) + ": " +
                   outcome.error().message,
               {}};
}

}  // namespace

Task<Result<std::vector<Bytes>>> list_all(PeerPtr peer, std::string method, ListLimits limits) {
  const protocol::Method* row = protocol::find_method(method);
  if (row == nullptr || row->list_member.empty())
    co_return fail(ErrorCode::kInternal, method + " is not a list");
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
    auto part = protocol::read_page(outcome.raw(), row->list_member);
    MCP_CO_CHECK(part);
    for (std::string_view item : part->items) items.push_back(outcome.raw().slice(item));
    if (items.size() > limits.max_items) {
      co_return fail(ErrorCode::kLimit,
                     method + ": more than " + std::to_string(limits.max_items) + " items");
    }
    if (!part->next_cursor) co_return items;
    cursor = json_quote(*part->next_cursor);
    if (!seen.insert(cursor).second) {
      co_return fail(ErrorCode::kProtocol, method + ": the server gave the same cursor twice");
    }
  }
  co_return fail(ErrorCode::kLimit, method + ": more than " + std::to_string(limits.max_pages) + " pages");
}

}  // namespace mcp::client
