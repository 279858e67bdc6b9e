#pragma once

#include "internal/base/env.h"
#include "internal/config/document.h"
#include "internal/config/report.h"

namespace mcp::cmd {

// Names each file that a secret is to be read from and that is not there, and each variable that is not set.
// Secrets are read when they are used, so that is no mistake yet. Nothing is read.
void warn_of_missing_secrets(Env& env, const config::Document& document, config::Report& report);

}  // namespace mcp::cmd
