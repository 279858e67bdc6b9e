#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "internal/async/loop.h"
#include "internal/base/env.h"
#include "internal/config/server_entry.h"
#include "internal/http/client.h"
#include "internal/process/spawner.h"
#include "internal/runtime/packages.h"
#include "internal/runtime/server_counts.h"
#include "internal/sandbox/workshop.h"
#include "internal/transport/channel.h"

namespace mcp::runtime {

// Makes server instances: a process behind stdio, a remote behind Streamable HTTP or HTTP+SSE, a built-in
// behind an in-process pair. Each open() is a new instance (a new child, a new HTTP session).
class Launcher {
 public:
  using BuiltinFactory = std::function<Result<transport::ChannelPtr>(const std::string& name)>;

  // The spawner may be null: then commands are refused. `builtin` comes from cmd (the server package lives
  // beside us). lineage: what commands are told of the gateways above them (lineage.h).
  Launcher(async::Loop& loop, Env& env, process::Spawner* spawner, std::shared_ptr<http::Client> http,
           BuiltinFactory builtin, std::string lineage = {});

  // Errors: those of the spawner; kConfig (unreadable secret, bad URL); kNotFound (no such built-in); those
  // of a sandbox's plan and of Packages. The package of an npx or uvx command is installed first, once.
  Task<Result<transport::ChannelPtr>> open(config::ServerEntry entry, protocol::Era era);

  // Why no command can be started any more, for good (process::Spawner::lost); unset: they can.
  std::optional<Error> commands_lost() const;
  // Who else hears that a package is being installed.
  void on_install(std::function<void(const std::string&)> tell) { packages_->on_install(std::move(tell)); }

  // Of all its instances; nullptr: it never had one that is a process.
  const ServerCounts* counts(const std::string& server) const;

 private:
  // A command as it is started: for npx and the like the program that was installed, and where.
  struct Resolved {
    config::ServerEntry entry;
    std::string package;  // the installation's folder; empty: the command is none of those
    std::string path;     // folders to be looked through before PATH, each with ":" behind it
  };
  Task<Result<transport::ChannelPtr>> open_process(config::ServerEntry entry);
  static Task<Result<Resolved>> resolve(std::shared_ptr<Packages> packages, config::ServerEntry entry);
  // The environment of a command and, where its policy asks for one, its jail; what that gives, or null.
  Result<std::shared_ptr<sandbox::Evidence>> shut_in(const Resolved& command, process::SpawnSpec& spec,
                                                     std::map<std::string, std::string> environment);
  std::shared_ptr<ServerCounts> counts_of(const std::string& server);
  Result<transport::ChannelPtr> open_remote(const config::ServerEntry& entry, protocol::Era era);

  async::Loop& loop_;
  Env& env_;
  process::Spawner* spawner_;
  std::shared_ptr<http::Client> http_;
  BuiltinFactory builtin_;
  std::string lineage_;
  sandbox::Workshop workshop_;
  std::shared_ptr<Packages> packages_;
  std::map<std::string, std::shared_ptr<ServerCounts>> counts_;
};

}  // namespace mcp::runtime
