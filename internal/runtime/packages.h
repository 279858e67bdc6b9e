#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "internal/async/loop.h"
#include "internal/async/slot.h"
#include "internal/base/env.h"
#include "internal/config/server_entry.h"
#include "internal/process/spawner.h"
#include "internal/runtime/package_command.h"
#include "internal/runtime/package_store.h"
#include "internal/runtime/package_tools.h"
#include "internal/sandbox/workshop.h"

namespace mcp::runtime {

// Where packages are kept: $XDG_CACHE_HOME/mcp/packages, else ~/.cache/mcp/packages. Empty: no HOME.
std::string package_directory(Env& env);

// Installs what npx, uvx and pipx would fetch at every start, once, in a sandbox of its own that has the
// network and may write to the package's new folder alone; servers then run from there, without either.
// Lives on the loop.
class Packages : public std::enable_shared_from_this<Packages> {
 public:
  // A program that is there.
  struct Program {
    std::string file;     // absolute
    std::string folder;   // of the installation: what has to be shown
    std::string package;  // "@scope/server@1.2.3", for people
    bool fresh = false;   // installed just now
  };
  enum class Mode { kAsNeeded, kNever, kUpdate };

  // `workshop` lives longer. The spawner may be null: then nothing is installed.
  static std::shared_ptr<Packages> create(async::Loop& loop, Env& env, process::Spawner* spawner,
                                          sandbox::Workshop& workshop);

  // Called with "installing PACKAGE, once" when that begins; the log has it anyway.
  void on_install(std::function<void(const std::string&)> tell) { tell_ = std::move(tell); }

  // What is there already; starts nothing. nullopt: not installed. Errors: those of the store, and of
  // program_in().
  static Result<std::optional<Program>> find(Env& env, const PackageCommand& wanted);

  // The same, installed where it is not there (or, kUpdate, anew: the old one stays until that has gone
  // well). Who asks for what is being installed already waits for it, in this process or another. Errors:
  // kUnavailable (kNever and not there; the installation failed, with its last words), kNotFound (no npm or
  // uv), kUnsupported (no sandbox here), kIo.
  static Task<Result<Program>> get(std::shared_ptr<Packages> self, PackageCommand wanted, Mode mode,
                                   std::string server);

 private:
  Packages(async::Loop& loop, Env& env, process::Spawner* spawner, sandbox::Workshop& workshop);
  static Task<Result<Program>> install(std::shared_ptr<Packages> self, PackageCommand wanted, Mode mode,
                                       std::string server);
  static Task<Result<PackageStore::Installed>> fill(std::shared_ptr<Packages> self, PackageCommand wanted,
                                                    std::string folder);
  static Task<Result<void>> run_tool(std::shared_ptr<Packages> self, ToolRun run, PackageCommand wanted,
                                     std::string folder);
  static Task<Result<UniqueFd>> lock(std::shared_ptr<Packages> self, std::string key);
  Result<process::SpawnSpec> shut_in(const ToolRun& run, const std::string& folder);
  void finished(const std::string& key, const Result<Program>& outcome);

  async::Loop& loop_;
  Env& env_;
  process::Spawner* spawner_;
  sandbox::Workshop& workshop_;
  PackageStore store_;
  std::function<void(const std::string&)> tell_;
  // Those who wait for an installation that runs, by key.
  std::map<std::string, std::vector<async::Slot<Result<Program>>>> running_;
};

// The entry as it is started: the program that is there in place of npx or uvx.
void use_program(const PackageCommand& wanted, const Packages::Program& program, config::ServerEntry& entry);

// What has to stand before PATH for it, with ":" at its end: the folder of a runner that was written with
// one (its node is meant), and the programs of npm packages that were installed along.
std::string search_prefix(const PackageCommand& wanted, const Packages::Program& program);

}  // namespace mcp::runtime
