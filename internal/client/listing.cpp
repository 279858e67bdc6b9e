#include "internal/client/listing.h"

#include <set>

#include "internal/base/strings.h"
#include "internal/protocol/method.h"
#include "internal/protocol/pagination.h"

namespace mcp::client {
namespace {

Error error_of(const Outcome& outcome, std::string_view method) {
  if (outcome.cause()) {
    // A time limit names the method already.
    bool named = outcome.cause()->message.starts_with(std::string(method) + ":");
    return named ? *outcome.cause() : outcome.cause()->wrap(method);
  }
  bool absent = outcome.error().code == jsonrpc::kMethodNotFound;
  return Error{absent ? ErrorCode::kUnsupported : ErrorCode::kProtocol,
               std::string(method) + ": error " + std::to_string(outcome.error().code) + ": " +
                   outcome.error().message,
               {}};
}

}  // namespace

Task<Result<WholeList>> read_list(PeerPtr peer, std::string method, ListLimits limits) {
  const protocol::Method* row = protocol::find_method(method);
  if (row == nullptr || row->list_member.empty())
    co_return fail(ErrorCode::kInternal, method + " is not a list");
  WholeList list;
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
    for (std::string_view item : part->items) list.items.push_back(outcome.raw().slice(item));
    auto freshness = protocol::read_freshness(outcome.raw());
    list.freshness = page == 0 ? freshness : protocol::strictest(list.freshness, freshness);
    if (list.items.size() > limits.max_items) {
      co_return fail(ErrorCode::kLimit,
                     method + ": more than " + std::to_string(limits.max_items) + " items");
    }
    if (!part->next_cursor) co_return list;
    cursor = json_quote(*part->next_cursor);
    if (!seen.insert(cursor).second) {
      co_return fail(ErrorCode::kProtocol, method + ": the server gave the same cursor twice");
    }
  }
  co_return fail(ErrorCode::kLimit, method + ": more than " + std::to_string(limits.max_pages) + " pages");
}

Task<Result<std::vector<Bytes>>> list_all(PeerPtr peer, std::string method, ListLimits limits) {
  auto reading = read_list(std::move(peer), std::move(method), limits);
  auto list = co_await std::move(reading);
  MCP_CO_CHECK(list);
  co_return std::move(list->items);
}

}  // namespace mcp::client
