#pragma once

#include <string>
#include <vector>

#include "cmd/mcp/serve_config.h"
#include "internal/gateway/door.h"
#include "internal/gateway/gateway.h"
#include "internal/transport/http_endpoint.h"

namespace mcp::cmd {

// The gateway's mark (runtime/lineage.h): of the files that it reads, and of what its command line names.
std::string mark_of(const ServeConfig& config, const ServeSources& sources);

// What the configuration says to each part of a serving gateway, at the start and at every reload.
std::vector<config::ServerEntry> served_servers(const ServeConfig& config);
gateway::GatewayOptions gateway_options(const ServeConfig& config);
gateway::DoorOptions door_options(const ServeConfig& config, const std::vector<Token>& tokens);
transport::HttpEndpointOptions endpoint_options(const ServeConfig& config);
http::ServerLimits server_limits(const ServeConfig& config);

}  // namespace mcp::cmd
