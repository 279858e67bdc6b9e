#include "internal/config/server_entry.h"

#include <algorithm>
#include <charconv>

#include "internal/base/printable.h"
#include "internal/base/strings.h"
#include "internal/config/header_field.h"
#include "internal/config/paths.h"
#include "internal/config/sandbox_keys.h"
#include "internal/config/secret.h"
#include "internal/config/text_template.h"
#include "internal/sandbox/program.h"

namespace mcp::config {
namespace {

constexpr std::int64_t kDay = 86'400'000;
constexpr std::int64_t kGiB = 1 << 30;

Result<void> check_not_empty(const Value& value) {
  if (!trim(value.text).empty()) return {};
  return fail(ErrorCode::kInvalid, "\"\" is empty", "leave the key out, or give it a value");
}

// ":0" and ":65536" at the end of host and port.
bool has_wrong_port(std::string_view authority) {
  auto colon = authority.rfind(':');
  if (colon == std::string_view::npos || authority.ends_with(']') ||
      authority.find('$') != std::string_view::npos)
    return false;
  std::uint16_t port = 0;
  std::string_view digits = authority.substr(colon + 1);
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return error != std::errc{} || end != digits.data() + digits.size() || port == 0;
}

Result<void> check_url(const Value& value) {
  if (value.text.starts_with("unix:/") && value.text.find(":/", 6) != std::string::npos &&
      value.text.find_first_of(" \t\r\n") == std::string::npos)
    return {};
  bool web = value.text.starts_with("http://") || value.text.starts_with("https://");
  auto host = web ? value.text.substr(value.text.find("//") + 2) : "";
  bool blank = value.text.find_first_of(" \t\r\n") != std::string::npos;
  if (web && host.substr(0, host.find_first_of("/?#")).find('@') != std::string::npos) {
    return fail(ErrorCode::kInvalid, "an address must not carry a user name or password",
                "write headers = { Authorization = \"Basic …\" }, best from file:PATH or env:NAME");
  }
  if (web && has_wrong_port(host.substr(0, host.find_first_of("/?#")))) {
    return fail(ErrorCode::kInvalid, json_quote(value.text) + " has no port that can be reached",
                "write a number from 1 to 65535 behind the host, or no port");
  }
  // A template's replacement may hold the scheme: read_server() looks again.
  if ((web && !host.empty() && host[0] != '/' && !blank) || value.text.starts_with("${")) return {};
  return fail(ErrorCode::kInvalid, json_quote(value.text) + " is not an http:// or https:// address",
              "write url = \"https://mcp.example.com/mcp\"");
}

Result<void> check_prefix(const Value& value) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./";
  if (value.text.size() <= 32 && value.text.find_first_not_of(kAllowed) == std::string::npos) return {};
  return fail(ErrorCode::kInvalid, json_quote(value.text) + " is no prefix for names",
              "at most 32 letters, digits, _ - . and /");
}

// The keys that only one kind of server has.
struct Belongs {
  const char* key;
  ServerEntry::Kind kind;
  const char* of;
};
constexpr Belongs kBelongs[] = {{"args", ServerEntry::Kind::kCommand, "command"},
                                {"env", ServerEntry::Kind::kCommand, "command"},
                                {"env_file", ServerEntry::Kind::kCommand, "command"},
                                {"directory", ServerEntry::Kind::kCommand, "command"},
                                {"headers", ServerEntry::Kind::kUrl, "url"},
                                {"transport", ServerEntry::Kind::kUrl, "url"}};

// Reads one table; every mistake goes to the report.
class Reader {
 public:
  Reader(Env& env, const Table& table, Report& report, const std::string& usual_profile)
      : env_(env), table_(table), report_(report), usual_profile_(usual_profile) {}

  std::optional<ServerEntry> run() {
    if (!kind()) return std::nullopt;
    belongs();
    if (table_.find("enabled") != nullptr && !table_.boolean("enabled")) return std::nullopt;
    common();
    launch();
    if (failed_) return std::nullopt;
    return std::move(entry_);
  }

 private:
  void error(const Origin& where, const std::string& what, std::string hint = {}) {
    failed_ = true;
    report_.error(where, what, std::move(hint));
  }

  bool kind() {
    struct Source {
      const char* key;
      ServerEntry::Kind kind;
    };
    const Source* chosen = nullptr;
    static constexpr Source kSources[] = {{"command", ServerEntry::Kind::kCommand},
                                          {"url", ServerEntry::Kind::kUrl},
                                          {"builtin", ServerEntry::Kind::kBuiltin}};
    for (const auto& source : kSources) {
      const Value* value = table_.find(source.key);
      if (value == nullptr) continue;
      if (chosen != nullptr) {
        error(value->origin, table_.label() + " has both " + chosen->key + " and " + source.key,
              "keep one of command, url and builtin");
        return false;
      }
      chosen = &source;
    }
    if (chosen == nullptr) {
      error(table_.origin, table_.label() + " does not say what to start",
            "add one of command, url and builtin");
      return false;
    }
    entry_.kind = chosen->kind;
    return true;
  }

  void belongs() {
    for (const auto& [key, kind, of] : kBelongs) {
      if (entry_.kind == kind || !table_.given(key)) continue;
      auto entries = table_.entries(key);
      const Origin& where = entries.empty() ? table_.find(key)->origin : entries.front().second.origin;
      error(where, table_.label() + " " + key + ": belongs to a server with " + of,
            std::string("remove ") + key);
    }
    const Key* shut_in = given_sandbox_key(table_);
    if (shut_in != nullptr && entry_.kind != ServerEntry::Kind::kCommand) {
      error(table_.find(shut_in->name)->origin,
            table_.label() + " " + shut_in->name + ": belongs to a server with command",
            "remove " + shut_in->name);
    }
  }

  void common() {
    entry_.name = table_.name;
    entry_.origin = table_.origin.name + ":" + std::to_string(table_.origin.at.line);
    std::string isolation = table_.text("isolation");
    if (isolation == "shared") entry_.isolation = ServerEntry::Isolation::kShared;
    if (isolation == "session") entry_.isolation = ServerEntry::Isolation::kSession;
    if (table_.given("prefix")) entry_.prefix = table_.text("prefix");
    entry_.required = table_.boolean("required");
    if (table_.find("era") != nullptr) entry_.era = table_.text("era");
    transport();
    entry_.allow_tools = table_.list("tools.allow");
    entry_.deny_tools = table_.list("tools.deny");
    if (table_.find("start_timeout") != nullptr)
      entry_.start_timeout = std::chrono::milliseconds(table_.number("start_timeout"));
    entry_.call_timeout = std::chrono::milliseconds(table_.number("call_timeout"));
    entry_.max_call_time = std::chrono::milliseconds(table_.number("max_call_time"));
    lifetime();
    limits();
  }

  void limits() {
    auto read = [this](const char* key, std::size_t& into) {
      if (table_.find(key) != nullptr) into = static_cast<std::size_t>(table_.number(key));
    };
    read("max_in_flight", entry_.max_in_flight);
    read("max_queue", entry_.max_queue);
    read("max_result_bytes", entry_.max_result_bytes);
    read("max_children", entry_.max_children);
  }

  void lifetime() {
    if (table_.text("start") == "demand") entry_.start = ServerEntry::Start::kDemand;
    entry_.idle_stop = std::chrono::milliseconds(table_.number("idle_stop"));
    if (table_.find("list_grace") != nullptr)
      entry_.list_grace = std::chrono::milliseconds(table_.number("list_grace"));
    entry_.retry_tools = table_.list("retry");
  }

  void transport() {
    std::string name = table_.text("transport");
    if (name == "http") entry_.transport = ServerEntry::Transport::kHttp;
    if (name != "sse") return;
    entry_.transport = ServerEntry::Transport::kSse;
    if (entry_.era == "modern") {
      error(table_.find("transport")->origin,
            table_.label() + " transport: HTTP+SSE is older than the modern era", "remove era");
    }
    entry_.era = "legacy";
  }

  void launch() {
    entry_.command = expanded("command");
    entry_.url = expanded("url");
    entry_.builtin = table_.text("builtin");
    entry_.directory = path("directory");
    entry_.env_file = path("env_file");
    if (const Value* args = table_.find("args")) {
      for (const auto& arg : args->list) entry_.args.push_back(expanded(*args, "args", arg));
    }
    for (const auto& [name, value] : table_.entries("env")) {
      check_variable(name, value);
      entry_.env[name] = anchored(value);
    }
    for (const auto& [name, value] : table_.entries("headers")) {
      check_header(name, value);
      entry_.headers.emplace_back(name, anchored(value));
    }
    if (entry_.kind == ServerEntry::Kind::kCommand) policy();
    if (entry_.kind != ServerEntry::Kind::kUrl || failed_) return;
    if (auto right = check_url(Value{.text = entry_.url, .list = {}, .origin = {}});
        !right || entry_.url.starts_with("$")) {
      error(table_.find("url")->origin,
            table_.label() + " url: is not an http:// or https:// address once its variables are replaced",
            right ? "set the variables to a whole address" : right.error().hint);
    }
  }

  void policy() {
    if (table_.find("show_arguments") != nullptr) entry_.show_arguments = table_.boolean("show_arguments");
    if (table_.text("install") == "never") entry_.install = ServerEntry::Install::kNever;
    if (auto right = read_policy(env_, table_, usual_profile_, report_)) {
      entry_.policy = std::move(*right);
      // The others can be served all the same: it fails when it is started, and says why.
      if (entry_.policy.active() && sandbox::asks_a_container_engine(entry_.command)) {
        report_.warn(table_.find("command")->origin,
                     table_.label() + " " + sandbox::container_engine_error(entry_.command),
                     sandbox::kContainerEngineHint);
      }
    } else {
      failed_ = true;
    }
  }

  void check_variable(const std::string& name, const Value& value) {
    if (is_variable_name(name)) return;
    error(value.origin, table_.label() + " env: " + json_quote(name) + " is no name of a variable",
          "letters, digits and _ as in API_TOKEN, no digit first");
  }

  void check_header(const std::string& name, const Value& value) {
    if (auto right = check_header_name(name); !right)
      error(value.origin, table_.label() + " headers: " + right.error().message, right.error().hint);
    if (auto right = check_header_value(value.text); !right)
      error(value.origin, table_.label() + " headers." + name + ": " + right.error().message,
            right.error().hint);
  }

  // What a relative path is relative to: the file that has it.
  static std::string home_of(const Value& value) {
    return value.origin.kind == Origin::Kind::kFile ? directory_of(value.origin.name) : "";
  }
  std::string anchored(const Value& value) { return anchor_secret(env_, home_of(value), value.text); }
  std::string path(const char* key) {
    const Value* value = table_.find(key);
    return value == nullptr ? "" : anchor_path(env_, home_of(*value), expanded(key));
  }

  std::string expanded(const char* key) {
    const Value* value = table_.find(key);
    return value == nullptr ? "" : expanded(*value, key, value->text);
  }

  std::string expanded(const Value& value, const std::string& key, const std::string& text) {
    if (!table_.boolean("expand")) return text;
    auto right = expand_variables(text);
    if (right) return std::move(*right);
    error(value.origin, table_.label() + " " + key + ": " + right.error().message, right.error().hint);
    return "";
  }

  Result<std::string> expand_variables(const std::string& text) {
    MCP_ASSIGN(auto segments, parse_template(text));
    for (const auto& segment : segments) {
      if (segment.kind == Segment::Kind::kFile) {
        return fail(ErrorCode::kInvalid, "a file's content must not become part of a command line or address",
                    "put the secret into env or headers");
      }
    }
    return resolve_secret(env_, "text:" + text);
  }

  Env& env_;
  const Table& table_;
  Report& report_;
  const std::string& usual_profile_;
  ServerEntry entry_;
  bool failed_ = false;
};

// Readable as an argument of a shell, and harmless on a terminal.
std::string shown_word(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@=+,%";
  return !word.empty() && word.find_first_not_of(kPlain) == std::string::npos ? word
                                                                              : printable(json_quote(word));
}

}  // namespace

Section servers_section(std::vector<std::string> builtins) {
  Section section{
      .name = "servers",
      .help = "One table a server: exactly one of `command`, `url` and `builtin` says what it is.",
      .repeated = true,
      .keys = {},
      .defining = {"command", "url", "builtin"}};
  section.keys = {
      {.name = "command",
       .help = "a program that speaks MCP on its standard input and output",
       .check = check_not_empty},
      {.name = "args", .type = Type::kStringList, .help = "the command's arguments"},
      {.name = "env",
       .type = Type::kSecretMap,
       .help = "variables the command is given, beside HOME, PATH and the like; values may be secrets"},
      {.name = "env_file",
       .help = "a file of NAME=VALUE lines, read when the command is started; `env` wins",
       .check = check_not_empty},
      {.name = "directory",
       .help = "where the command is started; without it where mcp was, in a sandbox only if `args` name "
               "something there",
       .check = check_not_empty},
      {.name = "url",
       .help = "the address of a remote server; `unix:/SOCKET:/PATH` over a Unix-domain socket",
       .check = check_url},
      {.name = "headers",
       .type = Type::kSecretMap,
       .help = "header fields sent to the remote server; values may be secrets"},
      {.name = "transport",
       .help =
           "`http` is Streamable HTTP, `sse` the HTTP+SSE of revision 2024-11-05; without it mcp finds out",
       .choices = {"http", "sse"}},
      {.name = "builtin", .help = "a server that is compiled in", .choices = std::move(builtins)},
      {.name = "image", .refused = "image is not supported by this version"},
      {.name = "enabled",
       .type = Type::kBoolean,
       .fallback = "true",
       .help = "false switches the server off"},
      {.name = "required",
       .type = Type::kBoolean,
       .fallback = "false",
       .help = "mcp is not ready before this server is"},
      {.name = "isolation",
       .fallback = "auto",
       .help = "who shares one instance of the server",
       .choices = {"auto", "shared", "session"}},
      {.name = "prefix",
       .fallback = "NAME__",
       .help = "put before the names of its tools and prompts; `\"\"` leaves them as they are",
       .check = check_prefix},
      {.name = "era",
       .fallback = "auto",
       .help = "the protocol era the server is spoken to in",
       .choices = {"auto", "legacy", "modern"}},
      {.name = "tools.allow",
       .type = Type::kStringList,
       .fallback = "[]",
       .help = "only tools whose own name matches one of these (`*` stands for any text)"},
      {.name = "tools.deny",
       .type = Type::kStringList,
       .fallback = "[]",
       .help = "no tool whose own name matches one of these; wins over `tools.allow`"},
      {.name = "start_timeout",
       .type = Type::kDuration,
       .fallback = "60s",
       .help = "how long the server may take to answer its first message",
       .min = 1,
       .max = kDay},
      {.name = "call_timeout",
       .type = Type::kDuration,
       .fallback = "0",
       .help =
           "how long one request may take, counted anew from each report of progress; `\"0\"` is no limit",
       .max = kDay},
      {.name = "max_call_time",
       .type = Type::kDuration,
       .fallback = "0",
       .help = "how long it may take in all, with progress; `\"0\"` is ten times `call_timeout`",
       .max = kDay},
      {.name = "max_in_flight",
       .type = Type::kInteger,
       .fallback = "1024",
       .help = "how many calls it is sent at once; others wait, and clients take turns; 0 is no limit",
       .max = 1'000'000},
      {.name = "max_queue",
       .type = Type::kInteger,
       .fallback = "1024",
       .help =
           "how many calls may wait for that; the next is refused, or the last one of the client that has "
           "the most waiting",
       .max = 1'000'000},
      {.name = "max_result_bytes",
       .type = Type::kSize,
       .fallback = "64M",
       .help = "the longest message that is taken from it, results first of all",
       .min = 1024,
       .max = kGiB},
      {.name = "max_children",
       .type = Type::kInteger,
       .fallback = "256",
       .help = "how many instances of it single sessions and calls may have to themselves, see `isolation`",
       .max = 100'000},
      {.name = "start",
       .fallback = "eager",
       .help = "when it is started: with mcp, or when the first client needs it",
       .choices = {"eager", "demand"}},
      {.name = "idle_stop",
       .type = Type::kDuration,
       .fallback = "0",
       .help =
           "stopped when nobody used it for this long, and started again by the next call; `\"0\"` is never",
       .max = kDay},
      {.name = "list_grace",
       .type = Type::kDuration,
       .fallback = "60s",
       .help = "how long the lists of a server that went away stay while it is brought back",
       .max = kDay},
      {.name = "retry",
       .type = Type::kStringList,
       .fallback = "[]",
       .help = "tools that may be called once more when their server died during the call, beside those "
               "annotated read-only or idempotent (`*` stands for any text)"},
      {.name = "expand",
       .type = Type::kBoolean,
       .fallback = "false",
       .help = "replace `${NAME}` and `${NAME:-default}` in command, args, directory, env_file and url"},
      {.name = "streams",
       .refused = "event streams are switched for the whole gateway",
       .instead = "streams = false in [serve]"},
      {.name = "auth", .refused = "auth is not supported by this version; use headers"},
  };
  for (Key& key : sandbox_keys()) section.keys.push_back(std::move(key));
  return section;
}

std::optional<ServerEntry> read_server(Env& env, const Table& table, Report& report,
                                       const std::string& usual_profile) {
  return Reader(env, table, report, usual_profile).run();
}

std::string describe(const ServerEntry& entry) {
  switch (entry.kind) {
    case ServerEntry::Kind::kUrl: return shown_word(entry.url);
    case ServerEntry::Kind::kBuiltin: return "built-in " + entry.builtin;
    case ServerEntry::Kind::kCommand: break;
  }
  std::string line = shown_word(entry.command);
  for (const auto& arg : entry.args) line += " " + shown_word(arg);
  return line;
}

}  // namespace mcp::config
