#pragma once

#include "internal/base/error.h"
#include "internal/process/spawner.h"
#include "internal/process/wire.h"

namespace mcp::process {

// What a failed launch means to the reader: the command or directory is named, the remedy hinted.
Error launch_error(const SpawnSpec& spec, const Report& report);

// kLimit for what runs out (descriptors, processes, memory), else kIo.
Error system_error(std::string_view what, int errno_value);

}  // namespace mcp::process
