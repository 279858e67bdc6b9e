#include "internal/config/sandbox_keys.h"

#include "internal/base/strings.h"
#include "internal/config/convert.h"
#include "internal/config/paths.h"
#include "internal/config/secret.h"
#include "internal/sandbox/machine.h"
#include "internal/sandbox/paths.h"
#include "internal/sandbox/sockets.h"

namespace mcp::config {
namespace {

constexpr std::int64_t kDay = 86'400'000;

Result<std::int64_t> parse_percent(std::string_view text) {
  return parse_cpu_percent(text, static_cast<std::int64_t>(sandbox::kMaxCpuPercent));
}

Result<void> check_percent(const Value& value) {
  auto percent = parse_percent(value.text);
  if (percent) return {};
  return fail(std::move(percent.error()));
}

sandbox::Network network_of(const std::string& text) {
  if (text == "host") return sandbox::Network::kHost;
  return text == "private-loopback" ? sandbox::Network::kPrivateLoopback : sandbox::Network::kNone;
}

// Given, and not merely the default written out, as `mcp config show` does.
bool is_chosen(const Table& table, const Key& key) {
  if (!table.given(key.name)) return false;
  const Value* value = table.find(key.name);
  Value usual = default_value(key, table.name);
  return value->text != usual.text || value->number != usual.number || value->list != usual.list;
}

class PolicyReader {
 public:
  PolicyReader(Env& env, const Table& table, Report& report) : env_(env), table_(table), report_(report) {}

  std::optional<sandbox::Policy> run(const std::string& usual) {
    sandbox::Policy policy;
    policy.profile = table_.given("profile") ? table_.text("profile") : usual;
    // Whoever takes away the sandbox of all servers knows that it takes their policies along.
    if (!policy.active() && !table_.given("profile")) return policy;
    if (!policy.active()) return refuse_the_rest() ? std::optional(policy) : std::nullopt;
    policy.read = paths("read");
    policy.write = paths("write");
    policy.network = network_of(table_.text("network"));
    policy.allow = table_.list("allow");
    policy.allow_private = table_.list("allow_private");
    policy.egress.connections = static_cast<std::size_t>(table_.number("allow_connections"));
    policy.egress.connect_timeout = std::chrono::milliseconds(table_.number("allow_connect_timeout"));
    policy.egress.idle = std::chrono::milliseconds(table_.number("allow_idle"));
    policy.limits.memory = static_cast<std::uint64_t>(table_.number("memory"));
    if (table_.given("cpu"))
      policy.limits.cpu_percent = static_cast<std::uint64_t>(parse_percent(table_.text("cpu")).value_or(0));
    policy.limits.pids = static_cast<std::uint64_t>(table_.number("pids"));
    policy.limits.files = static_cast<std::uint64_t>(table_.number("files"));
    policy.limits.wall = std::chrono::milliseconds(table_.number("wall"));
    policy.limits.output = static_cast<std::uint64_t>(table_.number("output"));
    policy.require = table_.list("require");
    if (auto right = sandbox::validate(policy); !right) complain(right.error());
    if (auto right = sandbox::validate_links(policy); !right && !failed_) complain(right.error());
    must_exist("read", policy.read);
    must_exist("write", policy.write);
    warn_of_homes("read", policy.read);
    warn_of_homes("write", policy.write);
    warn_of_more_than_there_is(policy.limits);
    warn_of_sockets("read", policy.read);
    warn_of_sockets("write", policy.write);
    if (failed_) return std::nullopt;
    return policy;
  }

 private:
  // What would have no effect is a mistake: somebody believes in a protection that is not there.
  bool refuse_the_rest() {
    for (const Key& key : sandbox_keys()) {
      bool protects = key.name != "profile" && key.name != "show_arguments" && key.name != "install";
      if (!protects || !is_chosen(table_, key)) continue;
      failed_ = true;
      report_.error(table_.find(key.name)->origin,
                    table_.label() + " " + key.name + ": protects nothing with profile = \"none\"",
                    "remove profile, or remove " + key.name);
    }
    return !failed_;
  }

  std::vector<std::string> paths(const char* key) {
    std::vector<std::string> out;
    const Value* value = table_.find(key);
    if (value == nullptr) return out;
    std::string home = value->origin.kind == Origin::Kind::kFile ? directory_of(value->origin.name) : "";
    for (const std::string& path : value->list) out.push_back(anchor_folder(env_, home, path));
    return out;
  }

  void must_exist(const char* key, const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
      if (failed_ || env_.exists(path)) continue;
      complain({ErrorCode::kNotFound, std::string(key) + ": " + json_quote(path) + " is not there",
                std::string("create it, or take it out of ") + key});
    }
  }

  void warn_of_homes(const char* key, const std::vector<std::string>& paths) {
    std::string home = env_.variable("HOME").value_or("");
    for (const std::string& path : paths) {
      std::string real = sandbox::real_path(path);
      bool led_there = !real.empty() && sandbox::is_whole_home(real, home);
      if (!led_there && !sandbox::is_whole_home(path, home)) continue;
      report_.warn(table_.find(key)->origin,
                   table_.label() + " " + key + ": " + json_quote(path) +
                       " is a whole home directory: keys, tokens and mail are in it",
                   "name the folders in it that the server needs");
    }
  }

  // A file may serve several machines, so that more than this one has is no mistake: it limits nothing here.
  void warn_of_more_than_there_is(const sandbox::Limits& limits) {
    sandbox::Machine machine = sandbox::look_at_machine();
    auto compare = [this](const char* key, std::uint64_t wanted, std::uint64_t there,
                          const std::string& has) {
      if (there == 0 || wanted <= there) return;
      report_.warn(table_.find(key)->origin, table_.label() + " " + key + ": more than " + has,
                   std::string("a smaller ") + key + " limits something; here this one does not");
    };
    compare("memory", limits.memory, machine.memory,
            "the " + std::to_string(machine.memory >> 20) + " MiB that this machine has");
    compare("cpu", limits.cpu_percent, machine.processors * 100,
            "the " + std::to_string(machine.processors * 100) + "% that this machine has");
    compare("files", limits.files, machine.open_files,
            "the " + std::to_string(machine.open_files) + " that one process may open here (ulimit -Hn)");
  }

  void warn_of_sockets(const char* key, const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
      std::vector<std::string> sockets = sandbox::sockets_at(path);
      if (sockets.empty()) continue;
      report_.warn(table_.find(key)->origin,
                   table_.label() + " " + key + ": " + json_quote(sockets.front()) +
                       (sockets.size() > 1 ? " and others are sockets" : " is a socket") +
                       ": the server can ask whoever listens there for whatever that does, in `read` too",
                   "name the folders and files that the server needs, if it is not meant to");
    }
  }

  // The message begins with its key.
  void complain(const Error& error) {
    failed_ = true;
    const Value* value = table_.find(error.message.substr(0, error.message.find(':')));
    report_.error(value == nullptr ? table_.origin : value->origin, table_.label() + " " + error.message,
                  error.hint);
  }

  Env& env_;
  const Table& table_;
  Report& report_;
  bool failed_ = false;
};

}  // namespace

std::vector<Key> sandbox_keys() {
  return {
      {.name = "profile",
       .fallback = sandbox::kDefaultProfile,
       .help = "the sandbox the command runs in: `runtime` for node, python and native servers, `compat` for "
               "those that need more system calls, `none` for no sandbox at all ([sandbox.md](sandbox.md)); "
               "without it that of `[serve]`",
       .choices = {"runtime", "compat", "none"}},
      {.name = "read",
       .type = Type::kStringList,
       .fallback = "[]",
       .help = "files and folders that the sandbox shows read-only, under their own names"},
      {.name = "write",
       .type = Type::kStringList,
       .fallback = "[]",
       .help = "files and folders that it shows writable; programs in them may be executed only when they "
               "stand in `read` too"},
      {.name = "network",
       .help = "nothing (also without this key), a loopback interface of its own, or the machine's network",
       .choices = {"none", "private-loopback", "host"}},
      {.name = "allow",
       .type = Type::kStringList,
       .fallback = "[]",
       .help = "hosts with ports that it may connect to in spite of `network`: `[\"api.example.com:443\"]`"},
      {.name = "allow_private",
       .type = Type::kStringList,
       .fallback = "[]",
       .help = "addresses and ranges in which those hosts may lie although they are not public: "
               "`[\"10.1.2.3\", \"192.168.0.0/16\"]`"},
      {.name = "allow_connections",
       .type = Type::kInteger,
       .fallback = "256",
       .help = "how many connections to them it may have at once, all its instances together; the next is "
               "refused; 0 is no limit",
       .max = 100'000},
      {.name = "allow_connect_timeout",
       .type = Type::kDuration,
       .fallback = "10s",
       .help = "how long looking a host up and connecting to it may take",
       .min = 1,
       .max = kDay},
      {.name = "allow_idle",
       .type = Type::kDuration,
       .fallback = "15m",
       .help = "a connection on which nothing moved for so long is broken; `\"0\"` is never",
       .max = kDay},
      {.name = "memory",
       .type = Type::kSize,
       .help = "how much memory its processes may use together; without it as much as there is",
       .min = static_cast<std::int64_t>(sandbox::kMinMemory)},
      {.name = "cpu",
       .help = "how much of a processor it may use: `\"50%\"`, `\"200%\"`; without it as much as there is",
       .check = check_percent},
      {.name = "pids",
       .type = Type::kInteger,
       .fallback = std::to_string(sandbox::kDefaultPids),
       .help = "how many processes and threads it may have",
       .min = 1,
       .max = static_cast<std::int64_t>(sandbox::kMaxPids)},
      {.name = "files",
       .type = Type::kInteger,
       .fallback = std::to_string(sandbox::kDefaultFiles),
       .help = "how many files each of its processes may have open",
       .min = static_cast<std::int64_t>(sandbox::kMinFiles),
       .max = static_cast<std::int64_t>(sandbox::kMaxFiles)},
      {.name = "wall",
       .type = Type::kDuration,
       .fallback = "0",
       .help = "how long it may run before it is ended (and started again); `\"0\"` is for ever",
       .max = 365 * kDay},
      {.name = "output",
       .type = Type::kSize,
       .fallback = "128M",
       .help = "how many bytes a second it may write, beside a burst of `max_result_bytes`; more is read no "
               "faster, and after ten seconds of it the server is ended",
       .min = static_cast<std::int64_t>(sandbox::kMinOutput),
       .max = static_cast<std::int64_t>(sandbox::kMaxOutput)},
      {.name = "require",
       .type = Type::kStringList,
       .fallback = "[]",
       .help = "protections without which it is not started: `namespaces`, `proc`, `landlock`, `seccomp`, "
               "`memory`, `cpu`, `pids`, `ownership`, `files`"},
      {.name = "show_arguments",
       .type = Type::kBoolean,
       .fallback = "true",
       .help =
           "existing absolute paths among `args` are shown too, read-only, but for whole home directories"},
      {.name = "install",
       .fallback = "auto",
       .help = "`auto`: the package of an `npx` or `uvx` command is installed when the server is first "
               "started; `never`: only by `mcp install` ([sandbox.md](sandbox.md#npx-and-uvx))",
       .choices = {"auto", "never"}},
  };
}

const Key* given_sandbox_key(const Table& table) {
  static const std::vector<Key> keys = sandbox_keys();
  for (const Key& key : keys) {
    if (is_chosen(table, key)) return &key;
  }
  return nullptr;
}

std::optional<sandbox::Policy> read_policy(Env& env, const Table& table, const std::string& usual,
                                           Report& report) {
  return PolicyReader(env, table, report).run(usual);
}

}  // namespace mcp::config
