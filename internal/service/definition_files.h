#pragma once

#include <optional>
#include <string>
#include <vector>

#include "internal/base/env.h"
#include "internal/config/report.h"
#include "internal/service/spec.h"

namespace mcp::service {

struct LoadedDefinition {
  std::string path;
  ServiceSpec spec;
};

// More files than this in a folder of definitions are an error.
inline constexpr std::size_t kMaxDefinitions = 1024;

// nullopt: it cannot be read, or is wrong; the report says why.
std::optional<ServiceSpec> load_definition(Env& env, const std::string& path, config::Report& report);

// Every *.toml of a folder, by name; hidden files are left out. What is right is returned, what is wrong is
// reported: files, two of one service, two containers of one name. A folder that is missing has no
// definitions.
std::vector<LoadedDefinition> load_definitions(Env& env, const std::string& directory,
                                               config::Report& report);

// Atomically; an old file's mode is kept, a new one is 0644. Errors: kInvalid (validate()), kIo and its kin.
Result<void> write_definition(Env& env, const std::string& path, const ServiceSpec& spec);

// `active` in the file and nothing else (with_active()); true when the file had to be changed. A symbolic
// link stays one. Errors: kConfig (it is no definition), kNotFound, kIo and its kin.
Result<bool> set_active(Env& env, const std::string& path, bool active);

}  // namespace mcp::service
