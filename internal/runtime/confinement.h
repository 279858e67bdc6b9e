#pragma once

#include <map>
#include <string>

#include "internal/base/env.h"
#include "internal/config/server_entry.h"
#include "internal/process/spawner.h"
#include "internal/sandbox/workshop.h"

namespace mcp::runtime {

// PATH as a server gets it when nobody says otherwise.
std::string search_path(Env& env);

// What a configured command gets here; the one way from an entry to a plan, for starting it and for
// explaining it. `environment`: of the entry, resolved (its PATH is where the command is looked for).
// `package`: the folder that the command was installed to, or empty. Errors: those of a sandbox's plan;
// kUnsupported for commands that no sandbox can hold (docker).
Result<sandbox::Plan> plan_for(sandbox::Workshop& workshop, Env& env, const config::ServerEntry& entry,
                               const std::map<std::string, std::string>& environment,
                               const std::string& package);

// Where it is started, inside: its own directory, the current one when the command or its arguments name
// something in it, else /tmp.
std::string directory_for(Env& env, const config::ServerEntry& entry);

}  // namespace mcp::runtime
