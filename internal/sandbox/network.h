#pragma once

#include <vector>

#include "internal/base/unique_fd.h"
#include "internal/sandbox/jail.h"

namespace mcp::sandbox {

// Brings up the loopback interface of this network namespace. False with errno.
bool raise_loopback();

// Non-blocking sockets that listen at these places of this network namespace, in their order; an address
// outside of 127.0.0.0/8 becomes one of the loopback interface. Fewer than asked for, with errno, when one
// cannot be opened. Wants the rights of the namespace's owner.
std::vector<UniqueFd> open_listeners(const std::vector<Listener>& places);

}  // namespace mcp::sandbox
