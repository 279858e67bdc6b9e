#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "internal/async/loop.h"
#include "internal/base/env.h"
#include "internal/config/server_entry.h"
#include "internal/http/client.h"
#include "internal/process/spawner.h"
#include "internal/runtime/server_counts.h"
#include "internal/sandbox/workshop.h"
#include "internal/transport/channel.h"

namespace mcp::runtime {

// In the environment of every server that a gateway starts: how many gateways stand above it. A configuration
// that starts itself, however wrapped, is stopped by it.
inline constexpr const char* kDepthVariable = "MCP_GATEWAY_DEPTH";
// One gateway behind another is a use; a third means that a configuration starts itself.
inline constexpr int kMaxDepth = 1;
// How deep this process stands; 0 at the top.
int serve_depth(Env& env);

// Makes server instances: a process behind stdio, a remote behind Streamable HTTP or HTTP+SSE, a built-in
// behind an in-process pair. Each open() is a new instance (a new child, a new HTTP session).
class Launcher {
 public:
  using BuiltinFactory = std::function<Result<transport::ChannelPtr>(const std::string& name)>;

  // The spawner may be null: then commands are refused. `builtin` comes from cmd (the server package lives
  // beside us).
  Launcher(async::Loop& loop, Env& env, process::Spawner* spawner, std::shared_ptr<http::Client> http,
           BuiltinFactory builtin);

  // Errors: those of the spawner; kConfig (unreadable secret, bad URL); kNotFound (no such built-in); those
  // of a sandbox's plan.
  Task<Result<transport::ChannelPtr>> open(config::ServerEntry entry, protocol::Era era);

  // What the sandbox of this server's latest instance gave; nullptr: it has none.
  const sandbox::Evidence* evidence(const std::string& server) const;
  // Of all its instances; nullptr: it never had one that is a process.
  const ServerCounts* counts(const std::string& server) const;

 private:
  Task<Result<transport::ChannelPtr>> open_process(config::ServerEntry entry);
  // The environment of a command and, where its policy asks for one, its jail.
  Result<void> shut_in(const config::ServerEntry& entry, process::SpawnSpec& spec,
                       const std::map<std::string, std::string>& environment);
  std::shared_ptr<ServerCounts> counts_of(const std::string& server);
  Result<transport::ChannelPtr> open_remote(const config::ServerEntry& entry, protocol::Era era);

  async::Loop& loop_;
  Env& env_;
  process::Spawner* spawner_;
  std::shared_ptr<http::Client> http_;
  BuiltinFactory builtin_;
  sandbox::Workshop workshop_;
  std::map<std::string, sandbox::Evidence> evidence_;
  std::map<std::string, std::shared_ptr<ServerCounts>> counts_;
};

}  // namespace mcp::runtime
