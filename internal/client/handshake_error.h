#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "internal/client/peer.h"

namespace mcp::client {

// Why a handshake's request failed: its cause, or kProtocol with the server's own words.
Error handshake_error(const Outcome& outcome, std::string_view method);
// The same for server/discover. kUnsupported: an error that only modern servers give (2026-07-28 versioning,
// "Era Detection"), so the other era is not to be tried.
Error discover_error(const Outcome& outcome);

bool contains_our_version(const std::vector<std::string>& supported);
// A refusal of the version (-32022) that names ours among the supported ones.
bool offers_our_version(const Outcome& outcome);
// The server answered that it knows no such method (-32601).
bool has_no_discover(const Outcome& outcome);
// kUnsupported, with what both sides speak.
Error no_common_version(const std::vector<std::string>& supported);

}  // namespace mcp::client
