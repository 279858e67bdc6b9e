#include "internal/runtime/packages.h"

#include <chrono>

#include "internal/async/timer.h"
#include "internal/base/log.h"
#include "internal/base/strings.h"
#include "internal/runtime/child_run.h"
#include "internal/runtime/confinement.h"
#include "internal/runtime/package_program.h"
#include "internal/sandbox/plan.h"

namespace mcp::runtime {
namespace {

// A package manager that takes longer than this hangs.
constexpr std::chrono::minutes kInstallTime{15};
constexpr async::Millis kLockPause{100};

// The line of the many that says why, as npm and uv write it.
std::string reason_of(const ChildRun& run) {
  std::string last;  // pip goes on after some errors: the last one ended it
  for (const std::string& line : run.last_lines) {
    bool npm = line.starts_with("npm error ") || line.starts_with("npm ERR! ");
    bool about_log = line.find("A complete log of this run") != std::string::npos ||
                     line.find("code E") != std::string::npos;
    if (npm && !about_log) return line.substr(line.find(' ', 4) + 1);
    if (line.starts_with("error: ") || line.starts_with("ERROR: ")) last = line.substr(7);
  }
  if (!last.empty()) return last;
  return run.last_lines.empty() ? run.status.text() : run.last_lines.back();
}

std::string remedy_of(const ChildRun& run) {
  auto said = [&run](std::string_view what) {
    for (const std::string& line : run.last_lines) {
      if (line.find(what) != std::string::npos) return true;
    }
    return false;
  };
  if (said("E404") || said("was not found in the package registry"))
    return "check the package's name and version";
  if (said("E401") || said("E403")) return "the registry wants credentials: put them into ~/.npmrc";
  if (said("ENOTFOUND") || said("EAI_AGAIN") || said("ECONNREFUSED") || said("ETIMEDOUT") ||
      said("ENETUNREACH") || said("ECONNRESET") || said("dns error") || said("tcp connect error"))
    return "the registry cannot be reached from here: run mcp install where it can, or set a proxy";
  if (said("ENOSPC")) return "the disk is full";
  return "mcp install shows all that it says; profile = \"none\" starts the command unprotected";
}

void log_lines(const std::string& server, const ChildRun& run) {
  for (const std::string& line : run.last_lines) log::info("install", {{"server", server}, {"line", line}});
}

}  // namespace

std::string package_directory(Env& env) {
  auto cache = env.variable("XDG_CACHE_HOME");
  if (cache && cache->starts_with('/')) return *cache + "/mcp/packages";
  auto home = env.variable("HOME");
  return home && !home->empty() ? *home + "/.cache/mcp/packages" : "";
}

std::shared_ptr<Packages> Packages::create(async::Loop& loop, Env& env, process::Spawner* spawner,
                                           sandbox::Workshop& workshop) {
  return std::shared_ptr<Packages>(new Packages(loop, env, spawner, workshop));
}

Packages::Packages(async::Loop& loop, Env& env, process::Spawner* spawner, sandbox::Workshop& workshop)
    : loop_(loop), env_(env), spawner_(spawner), workshop_(workshop), store_(env, package_directory(env)) {}

Result<std::optional<Packages::Program>> Packages::find(Env& env, const PackageCommand& wanted) {
  PackageStore store(env, package_directory(env));
  MCP_ASSIGN(auto installed, store.current(key_of(wanted)));
  if (!installed) return std::optional<Program>();
  MCP_ASSIGN(std::string file, program_in(env, wanted, *installed));
  std::string version = installed->version.empty() ? "" : "@" + installed->version;
  return std::optional(Program{std::move(file), installed->folder, installed->name + version, false});
}

Task<Result<Packages::Program>> Packages::get(std::shared_ptr<Packages> self, PackageCommand wanted,
                                              Mode mode, std::string server) {
  if (package_directory(self->env_).empty()) {
    co_return fail(ErrorCode::kConfig, "there is no place for packages: HOME is not set",
                   "set HOME or XDG_CACHE_HOME");
  }
  auto known = find(self->env_, wanted);
  MCP_CO_CHECK(known);
  if (*known && mode != Mode::kUpdate) co_return std::move(**known);
  if (mode == Mode::kNever) {
    co_return fail(ErrorCode::kUnavailable,
                   "package " + json_quote(describe(wanted)) + " is not installed, and install = \"never\"",
                   "run mcp install " + server);
  }
  std::string key = key_of(wanted);
  auto running = self->running_.find(key);
  if (running != self->running_.end()) {
    async::Slot<Result<Program>> done(self->loop_);
    running->second.push_back(done);
    auto outcome = co_await done.get();
    co_return outcome;
  }
  self->running_[key];
  auto installing = install(self, wanted, mode, server);
  auto outcome = co_await std::move(installing);
  self->finished(key, outcome);
  co_return outcome;
}

void Packages::finished(const std::string& key, const Result<Program>& outcome) {
  auto waiting = running_.extract(key);
  if (waiting.empty()) return;
  for (auto& slot : waiting.mapped()) slot.set(outcome);
}

Task<Result<Packages::Program>> Packages::install(std::shared_ptr<Packages> self, PackageCommand wanted,
                                                  Mode mode, std::string server) {
  if (self->spawner_ == nullptr)
    co_return fail(ErrorCode::kInternal, "this command does not install packages");
  std::string key = key_of(wanted);
  auto locking = lock(self, key);
  auto held = co_await std::move(locking);
  MCP_CO_CHECK(held);
  // Another process may have done it meanwhile.
  auto known = find(self->env_, wanted);
  MCP_CO_CHECK(known);
  if (*known && mode != Mode::kUpdate) co_return std::move(**known);
  auto folder = self->store_.begin(key);
  MCP_CO_CHECK(folder);
  log::info("installing a package, once",
            {{"server", server}, {"package", describe(wanted)}, {"into", *folder}});
  if (self->tell_) self->tell_("installing " + describe(wanted) + ", once");
  auto began = std::chrono::steady_clock::now();
  auto filling = fill(self, wanted, *folder);
  auto made = co_await std::move(filling);
  auto committed = made ? self->store_.commit(key, *made) : Result<void>();
  if (!made || !committed) {
    self->store_.abandon(*folder);
    Error why = made ? std::move(committed.error()) : std::move(made.error());
    co_return fail(std::move(why).wrap("installing " + describe(wanted)));
  }
  auto took = std::chrono::steady_clock::now() - began;
  log::info("installed", {{"server", server},
                          {"package", made->name},
                          {"version", made->version},
                          {"ms", std::chrono::duration_cast<async::Millis>(took).count()}});
  auto there = find(self->env_, wanted);
  MCP_CO_CHECK(there);
  if (!*there) co_return fail(ErrorCode::kIo, "the package went away again: " + *folder);
  (*there)->fresh = true;
  co_return std::move(**there);
}

Task<Result<UniqueFd>> Packages::lock(std::shared_ptr<Packages> self, std::string key) {
  for (bool told = false;; told = true) {
    auto held = self->store_.try_lock(key);
    MCP_CO_CHECK(held);
    if (*held) co_return std::move(**held);
    if (!told) log::info("waiting for another mcp that installs this package", {{"package", key}});
    auto pausing = async::sleep_for(self->loop_, kLockPause);
    bool waited = co_await std::move(pausing);
    if (!waited) co_return fail(ErrorCode::kCancelled, "stopped while another mcp installed the package");
  }
}

Task<Result<PackageStore::Installed>> Packages::fill(std::shared_ptr<Packages> self, PackageCommand wanted,
                                                     std::string folder) {
  // npm looks for a package.json in the folders above when there is none.
  if (wanted.tool == PackageCommand::Tool::kNpm) {
    auto written = self->env_.write_file(folder + "/package.json", "{\"private\": true}\n", 0644);
    MCP_CO_CHECK(written);
  }
  auto temporary = self->env_.make_directories(folder + "/.tmp");
  MCP_CO_CHECK(temporary);
  ToolRun fetch = fetch_run(self->env_, wanted, folder);
  auto fetching = run_tool(self, std::move(fetch), wanted, folder);
  auto fetched = co_await std::move(fetching);
  MCP_CO_CHECK(fetched);
  if (auto build = build_run(self->env_, wanted, folder)) {
    auto building = run_tool(self, std::move(*build), wanted, folder);
    auto built = co_await std::move(building);
    MCP_CO_CHECK(built);
  }
  self->store_.abandon(folder + "/.cache");
  self->store_.abandon(folder + "/.tmp");
  auto made = look_at_installation(self->env_, wanted, folder);
  MCP_CO_CHECK(made);
  auto program = program_in(self->env_, wanted, *made);
  MCP_CO_CHECK(program);
  co_return std::move(*made);
}

Task<Result<void>> Packages::run_tool(std::shared_ptr<Packages> self, ToolRun run, PackageCommand wanted,
                                      std::string folder) {
  auto spec = self->shut_in(run, folder);
  MCP_CO_CHECK(spec);
  auto running = run_child(self->loop_, *self->spawner_, std::move(*spec));
  auto ran = co_await std::move(running);
  MCP_CO_CHECK(ran);
  if (ran->well()) co_return Result<void>();
  log_lines(describe(wanted), *ran);
  co_return fail(ErrorCode::kUnavailable, run.says + ": " + reason_of(*ran), remedy_of(*ran));
}

Result<process::SpawnSpec> Packages::shut_in(const ToolRun& run, const std::string& folder) {
  sandbox::Policy policy;
  policy.profile = "compat";  // compilers and what else builds a package
  policy.network = sandbox::Network::kHost;
  policy.read = run.read;
  policy.read.push_back(folder);
  policy.write = {folder};
  policy.limits.wall = kInstallTime;
  process::SpawnSpec spec;
  std::string path = search_path(env_);
  // npm's first line says "env node": the node beside it.
  if (auto slash = run.argv[0].rfind('/'); slash != std::string::npos)
    path = run.argv[0].substr(0, slash) + ":" + path;
  spec.environment = sandbox::inner_environment(path, run.environment);
  sandbox::Command command{run.argv[0], path, folder, env_.variable("HOME").value_or("")};
  if (sandbox::find_command(command).empty()) {
    return fail(ErrorCode::kNotFound, json_quote(run.argv[0]) + " is not installed: it is not in PATH",
                "install " + run.argv[0] + "; packages of this command are installed with it");
  }
  MCP_ASSIGN(sandbox::Plan plan, workshop_.plan(policy, command));
  spec.argv = run.argv;
  spec.directory = folder;
  spec.jail = std::make_shared<const sandbox::Jail>(std::move(plan.jail));
  return spec;
}

void use_program(const PackageCommand& wanted, const Packages::Program& program, config::ServerEntry& entry) {
  entry.command = program.file;
  entry.args = wanted.args;
}

std::string search_prefix(const PackageCommand& wanted, const Packages::Program& program) {
  auto slash = wanted.runner.rfind('/');
  std::string prefix = slash == std::string::npos ? "" : wanted.runner.substr(0, slash) + ":";
  if (wanted.tool != PackageCommand::Tool::kNpm) return prefix;
  return prefix + program.folder + "/node_modules/.bin:";
}

}  // namespace mcp::runtime
