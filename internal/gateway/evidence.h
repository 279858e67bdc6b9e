#pragma once

#include "internal/json/value.h"
#include "internal/sandbox/plan.h"

namespace mcp::gateway {

// {"profile":"runtime","profile_hash":…,"namespaces":[…],"landlock":7,"seccomp":true,"cgroups":"v1",
// "network":"none","hosts":[{"host":"api.example.com:443","addresses":["…"]}],
// "degraded":[…],"shown":[{"path","write","why"}],"not_shown":[PATH…],
// "refused":[{"path","why"}],"sockets":[PATH…]};
// {"profile":"none"} for a command without a sandbox.
json::Value evidence_json(const sandbox::Evidence& evidence);

}  // namespace mcp::gateway
