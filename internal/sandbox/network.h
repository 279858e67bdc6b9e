#pragma once

namespace mcp::sandbox {

// Brings up the loopback interface of this network namespace. False with errno.
bool raise_loopback();

}  // namespace mcp::sandbox
