#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace mcp::protocol {

// Does `uri` come from an RFC 6570 template? The variables' values, percent-decoded, when it does. {x}, {/x},
// {.x} and
// {;x} match a non-empty run without '/', '?' and '#'; {+x}, {#x} and {/x*} may cross '/'; {?x,y} and {&x}
// match the named parameters that are there, in any order. Text and templates over 16 KiB match nothing.
std::optional<std::map<std::string, std::string>> match_uri_template(std::string_view pattern,
                                                                     std::string_view uri);

}  // namespace mcp::protocol
