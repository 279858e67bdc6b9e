#pragma once

#include "internal/config/schema.h"

namespace mcp::service {

// The keys of a definition's top, `components` aside, and of one component.
const config::Section& service_keys();
const config::Section& component_keys();

}  // namespace mcp::service
