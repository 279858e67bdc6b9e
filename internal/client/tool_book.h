#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "internal/client/listing.h"
#include "internal/protocol/headers.h"

namespace mcp::client {

// One tool as its server declares it.
struct Tool {
  std::string name;
  Bytes raw;                                         // the whole declaration
  Bytes input_schema;                                // raw; empty when there is none
  std::vector<protocol::ParamHeader> param_headers;  // what of the arguments travels in headers too
};

// The tools of one server, as one tools/list said.
class ToolBook {
 public:
  // Declarations in the server's order. What cannot be used is left out and logged: no name, a name that
  // stands twice, and with strict_headers an x-mcp-header that breaks the rules (2026-07-28 tools,
  // "x-mcp-header": an HTTP client drops that tool and no other).
  static ToolBook build(const std::vector<Bytes>& declarations, bool strict_headers);

  const std::vector<Tool>& tools() const { return tools_; }
  // Errors: kNotFound (with the name that may be meant), kProtocol (declared, but left out: why).
  Result<Tool> find(std::string_view name) const;

 private:
  std::vector<Tool> tools_;
  std::vector<std::pair<std::string, Error>> dropped_;
};

// Reads all of tools/list. Errors: those of list_all().
Task<Result<ToolBook>> list_tools(PeerPtr peer, ListLimits limits = {});

}  // namespace mcp::client
