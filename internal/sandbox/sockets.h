#pragma once

#include <string>
#include <vector>

namespace mcp::sandbox {

// The sockets at `path` or directly in it, sorted; of very large folders not all. To show one is to let a
// program speak to whoever listens there: that it is shown read-only changes nothing.
std::vector<std::string> sockets_at(const std::string& path);

}  // namespace mcp::sandbox
