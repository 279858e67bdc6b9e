#include "internal/client/tool_book.h"

#include <set>

#include "internal/base/log.h"
#include "internal/base/strings.h"
#include "internal/json/scan.h"

namespace mcp::client {

ToolBook ToolBook::build(const std::vector<Bytes>& declarations, bool strict_headers) {
  ToolBook book;
  std::set<std::string> seen;
  auto drop = [&book](std::string name, Error why) {
    log::warn("a tool is left out", {{"tool", name}, {"reason", why.message}});
    book.dropped_.emplace_back(std::move(name), std::move(why));
  };
  for (const Bytes& raw : declarations) {
    auto fields = json::scan_object(raw);
    auto name = fields ? json::decode_string(fields->get("name")) : Result<std::string>(fail(fields.error()));
    if (!name || name->empty()) {
      drop({}, Error{ErrorCode::kProtocol, "a tool has no name", {}});
      continue;
    }
    if (!seen.insert(*name).second) {
      drop(*name, Error{ErrorCode::kProtocol, "the server lists \"" + *name + "\" twice", {}});
      continue;
    }
    std::string_view schema = fields->get("inputSchema");
    auto headers = protocol::find_param_headers(schema);
    if (!headers && strict_headers) {
      drop(*name, Error{ErrorCode::kProtocol, std::move(headers.error().message), {}});
      continue;
    }
    Tool tool{*name, raw, schema.empty() ? Bytes() : raw.slice(schema), {}};
    if (headers) tool.param_headers = std::move(*headers);
    book.tools_.push_back(std::move(tool));
  }
  return book;
}

Result<Tool> ToolBook::find(std::string_view name) const {
  std::vector<std::string> names;
  for (const Tool& tool : tools_) {
    if (tool.name == name) return tool;
    names.push_back(tool.name);
  }
  for (const auto& [dropped, why] : dropped_) {
    if (dropped == name) return fail(Error(why).wrap("the tool \"" + dropped + "\" cannot be used"));
  }
  auto meant = nearest(name, names);
  return fail(ErrorCode::kNotFound, "the server lists no tool \"" + std::string(name) + "\"",
              meant ? "did you mean \"" + *meant + "\"?" : "");
}

Task<Result<ToolBook>> list_tools(PeerPtr peer, ListLimits limits) {
  auto listing = list_all(peer, "tools/list", limits);
  auto declarations = co_await std::move(listing);
  MCP_CO_CHECK(declarations);
  co_return ToolBook::build(*declarations, peer->mirrors_params());
}

}  // namespace mcp::client
