#include "cmd/mcp/gateway_parts.h"

#include "cmd/mcp/http_client.h"
#include "internal/base/strings.h"
#include "internal/server/builtin.h"
#include "internal/transport/pair_channel.h"

namespace mcp::cmd {
namespace {

runtime::Launcher::BuiltinFactory builtin_factory(async::Loop& loop) {
  return [&loop](const std::string& name) -> Result<transport::ChannelPtr> {
    auto backend = server::make_builtin(name, loop);
    if (!backend) return fail(ErrorCode::kConfig, "there is no built-in server \"" + name + "\"");
    auto [ours, theirs] = transport::make_channel_pair(loop);
    server::serve(loop, theirs, std::move(backend));
    return ours;
  };
}

}  // namespace

GatewayParts::GatewayParts(async::Loop& loop, Env& env, process::Spawner* spawner, std::string lineage)
    : http_(make_http_client(loop, env)),
      launcher_(loop, env, spawner, http_, builtin_factory(loop), std::move(lineage)) {
  if (spawner != nullptr) spawner->attach(loop);
}

std::string implementation_info(const std::string& title) {
  return "{\"name\":\"mcp\",\"title\":" + json_quote(title) + ",\"version\":\"" MCP_VERSION "\"}";
}

}  // namespace mcp::cmd
