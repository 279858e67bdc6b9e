#pragma once

#include <string>
#include <vector>

#include "cmd/mcp/serve_config.h"

namespace mcp::cmd {

// A configuration read while an older one runs: whole and checked, or an error.
struct NextConfig {
  ServeConfig config;  // what is in effect from now on: keys that need a restart have their running values
  std::vector<Token> tokens;
  std::vector<std::string> need_restart;  // keys of [serve] whose new value waits for one
};

// vanished: may a file that the running configuration came from be gone? Not when its going was all that was
// seen: an editor may be about to put it back. Errors: those of load_serve_config() and resolve_tokens();
// nobody is asked for approval (kDenied).
enum class Vanished { kRefused, kAllowed };
Result<NextConfig> load_next(Env& env, ServeSources sources, const ServeConfig& running, Vanished vanished,
                             config::Report& report);

// Remembers what the servers' secrets are now, so that load_next() sees which changed.
void note_secrets(Env& env, ServeConfig& config);

// Every file whose change may change the configuration: also those that are not there yet.
std::vector<std::string> files_to_watch(Env& env, const ServeSources& sources, const ServeConfig& config);

}  // namespace mcp::cmd
