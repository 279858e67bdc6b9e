#pragma once

#include <string>

#include "internal/base/env.h"
#include "internal/base/error.h"
#include "internal/runtime/package_command.h"
#include "internal/runtime/package_store.h"

namespace mcp::runtime {

// What a fresh installation in `folder` turned out to be: name and version. Errors: kMalformed.
Result<PackageStore::Installed> look_at_installation(Env& env, const PackageCommand& wanted,
                                                     const std::string& folder);

// The file to start, in an installation. For npm by npx's own rule: the program that was named, else the
// package's only one, else the one with the package's name. Errors: kNotFound (it has no such program, with
// those that it has), kMalformed.
Result<std::string> program_in(Env& env, const PackageCommand& wanted,
                               const PackageStore::Installed& installed);

}  // namespace mcp::runtime
