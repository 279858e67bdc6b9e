#include "internal/runtime/launcher.h"

#include "internal/base/log.h"
#include "internal/config/secret.h"
#include "internal/runtime/confinement.h"
#include "internal/runtime/lineage.h"
#include "internal/runtime/process_channel.h"
#include "internal/transport/http_sse_client_channel.h"
#include "internal/transport/legacy_remote_channel.h"

namespace mcp::runtime {

namespace {

void log_evidence(const std::string& server, const sandbox::Evidence& evidence) {
  std::string namespaces, missing, shown;
  for (const auto& grant : evidence.grants)
    shown += (shown.empty() ? "" : ",") + grant.path + (grant.write ? ":write" : "");
  for (const auto& name : evidence.namespaces) namespaces += (namespaces.empty() ? "" : ",") + name;
  for (const auto& gap : evidence.degraded) missing += (missing.empty() ? "" : ",") + gap.protection;
  log::info("server in a sandbox", {{"server", server},
                                    {"profile", evidence.profile},
                                    {"profile_hash", evidence.profile_hash.substr(0, 12)},
                                    {"namespaces", namespaces},
                                    {"landlock", evidence.landlock},
                                    {"seccomp", evidence.seccomp ? "yes" : "no"},
                                    {"cgroups", evidence.cgroups},
                                    {"shown", shown},
                                    {"degraded", missing.empty() ? "none" : missing}});
}

// What this machine cannot do has nothing to do with what the server speaks.
Error as_not_there(Error why) {
  if (why.code == ErrorCode::kUnsupported) why.code = ErrorCode::kUnavailable;
  return why;
}

}  // namespace

Launcher::Launcher(async::Loop& loop, Env& env, process::Spawner* spawner, std::shared_ptr<http::Client> http,
                   BuiltinFactory builtin, std::string lineage)
    : loop_(loop),
      env_(env),
      spawner_(spawner),
      http_(std::move(http)),
      builtin_(std::move(builtin)),
      lineage_(std::move(lineage)),
      packages_(Packages::create(loop, env, spawner, workshop_)) {}

Task<Result<transport::ChannelPtr>> Launcher::open(config::ServerEntry entry, protocol::Era era) {
  using Kind = config::ServerEntry::Kind;
  if (entry.kind == Kind::kCommand) {
    auto opened = co_await open_process(std::move(entry));
    co_return opened;
  }
  if (entry.kind == Kind::kUrl) co_return open_remote(entry, era);
  co_return builtin_(entry.builtin);
}

Task<Result<transport::ChannelPtr>> Launcher::open_process(config::ServerEntry entry) {
  if (spawner_ == nullptr) co_return fail(ErrorCode::kInternal, "this command does not start servers");
  auto environment = config::resolve_environment(env_, entry);
  MCP_CO_CHECK(environment);
  auto resolving = resolve(packages_, entry);
  auto command = co_await std::move(resolving);
  if (!command) co_return fail(as_not_there(std::move(command.error())));
  process::SpawnSpec spec;
  spec.argv.push_back(command->entry.command);
  for (const std::string& arg : command->entry.args) spec.argv.push_back(arg);
  spec.directory = entry.directory;
  auto ready = shut_in(*command, spec, std::move(*environment));
  if (!ready) co_return fail(as_not_there(std::move(ready.error())));
  if (!lineage_.empty()) spec.environment[kLineageVariable] = lineage_;
  ServerProcess process;
  process.counts = counts_of(entry.name);
  if (entry.policy.active() && !entry.policy.allow.empty()) {
    process.egress = std::make_shared<Egress>(loop_, entry.name, entry.policy, process.counts);
    auto prepared = co_await process.egress->prepare();
    MCP_CO_CHECK(prepared);
    (*ready)->hosts = process.egress->hosts();
  }
  process.evidence = std::move(*ready);
  auto child = co_await spawner_->spawn(std::move(spec));
  MCP_CO_CHECK(child);
  process.child = std::move(*child);
  if (process.egress) {
    auto opened = process.egress->open(process.child->take_listeners());
    MCP_CO_CHECK(opened);
  }
  transport::StdioLimits limits;
  limits.to_server = true;
  limits.max_message_bytes = entry.max_result_bytes;
  if (entry.policy.active()) {
    std::uint64_t output = entry.policy.limits.output;
    limits.max_bytes_per_second = output == 0 ? sandbox::kDefaultOutput : output;
  }
  co_return make_process_channel(loop_, entry.name, std::move(process), limits);
}

Task<Result<Launcher::Resolved>> Launcher::resolve(std::shared_ptr<Packages> packages,
                                                   config::ServerEntry entry) {
  Resolved command{entry, "", ""};
  // Without a sandbox npx does what npx does.
  if (!entry.policy.active()) co_return command;
  auto wanted = parse_package_command(entry.command, entry.args);
  MCP_CO_CHECK(wanted);
  if (!*wanted) co_return command;
  bool never = entry.install == config::ServerEntry::Install::kNever;
  auto getting = Packages::get(packages, **wanted, never ? Packages::Mode::kNever : Packages::Mode::kAsNeeded,
                               entry.name);
  auto program = co_await std::move(getting);
  MCP_CO_CHECK(program);
  use_program(**wanted, *program, command.entry);
  command.package = program->folder;
  command.path = search_prefix(**wanted, *program);
  co_return command;
}

Result<std::shared_ptr<sandbox::Evidence>> Launcher::shut_in(const Resolved& command,
                                                             process::SpawnSpec& spec,
                                                             std::map<std::string, std::string> environment) {
  const config::ServerEntry& entry = command.entry;
  if (!entry.policy.active()) {
    spec.environment = process::child_environment(env_.variables(), environment);
    log::warn("server without a sandbox: it has all rights of its user", {{"server", entry.name}});
    return std::shared_ptr<sandbox::Evidence>();
  }
  environment.insert({"PATH", command.path + search_path(env_)});
  spec.environment = sandbox::inner_environment(environment["PATH"], environment);
  MCP_ASSIGN(sandbox::Plan plan, plan_for(workshop_, env_, entry, environment, command.package));
  spec.directory = directory_for(env_, entry);
  spec.jail = std::make_shared<const sandbox::Jail>(std::move(plan.jail));
  log_evidence(entry.name, plan.evidence);
  return std::make_shared<sandbox::Evidence>(std::move(plan.evidence));
}

std::optional<Error> Launcher::commands_lost() const {
  return spawner_ == nullptr ? std::nullopt : spawner_->lost();
}

std::shared_ptr<ServerCounts> Launcher::counts_of(const std::string& server) {
  auto& counts = counts_[server];
  if (!counts) counts = std::make_shared<ServerCounts>();
  return counts;
}

const ServerCounts* Launcher::counts(const std::string& server) const {
  auto found = counts_.find(server);
  return found == counts_.end() ? nullptr : found->second.get();
}

Result<transport::ChannelPtr> Launcher::open_remote(const config::ServerEntry& entry, protocol::Era era) {
  MCP_ASSIGN(auto url, http::parse_url(entry.url));
  MCP_ASSIGN(auto headers, config::resolve_headers(env_, entry));
  transport::HttpClientOptions options;
  options.url = std::move(url);
  options.era = era;
  options.max_message_bytes = entry.max_result_bytes;
  for (auto& [name, value] : headers) options.headers.add(name, value);
  using Transport = config::ServerEntry::Transport;
  if (entry.transport == Transport::kSse && era == protocol::Era::kModern) {
    return fail(ErrorCode::kUnsupported, "HTTP+SSE is older than the modern era", "leave the era to mcp");
  }
  if (entry.transport == Transport::kSse)
    return transport::make_http_sse_client_channel(loop_, http_, std::move(options));
  if (entry.transport == Transport::kAuto && era == protocol::Era::kLegacy)
    return transport::make_legacy_remote_channel(loop_, http_, std::move(options));
  return transport::make_http_client_channel(loop_, http_, std::move(options));
}

}  // namespace mcp::runtime
