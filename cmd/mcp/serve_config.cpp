#include "cmd/mcp/serve_config.h"

#include <algorithm>
#include <charconv>

#include "cmd/mcp/config_serve_keys.h"
#include "cmd/mcp/missing_secrets.h"
#include "internal/base/strings.h"
#include "internal/config/approval.h"
#include "internal/config/foreign.h"
#include "internal/config/paths.h"
#include "internal/config/secret.h"
#include "internal/http/address.h"

namespace mcp::cmd {
namespace {

using config::Report;
using config::ServerEntry;

const std::vector<std::string>& builtin_names() {
  static const std::vector<std::string> names{"echo", "time"};
  return names;
}

// Refuses a local file until it is approved: by the list, or by a yes that is then put on the list.
std::function<Result<void>(const config::LocalFile&)> approval_gate(Env& env, const ServeSources& sources,
                                                                    std::string state) {
  if (sources.reads_only) return {};
  return [&env, &sources, state = std::move(state)](const config::LocalFile& file) -> Result<void> {
    config::Approvals approvals(env, state);
    MCP_ASSIGN(bool approved, approvals.is_approved(file.path, file.content));
    if (approved) return {};
    if (!sources.ask || !sources.ask({file.path, config::summarise(file.parsed)}))
      return fail(config::not_approved(file.path));
    return approvals.approve(file.path, file.content);
  };
}

// A value that may be a secret, as it is meant where it stands.
std::string anchored(Env& env, const config::Value& value) {
  bool file = value.origin.kind == config::Origin::Kind::kFile;
  return config::anchor_secret(env, file ? config::directory_of(value.origin.name) : "", value.text);
}

void read_collector(Env& env, const config::Table& table, ServeConfig& out) {
  out.otlp_endpoint = table.text("otlp_endpoint");
  const config::Value* endpoint = table.find("otlp_endpoint");
  out.otlp_endpoint_is_ours = endpoint != nullptr &&
                              endpoint->origin.kind != config::Origin::Kind::kDefault &&
                              !endpoint->origin.name.starts_with("OTEL_");
  for (const auto& [name, value] : table.entries("otlp_headers"))
    out.otlp_headers[name] = anchored(env, value);
}

void read_serve(Env& env, const config::Table& table, ServeConfig& out) {
  for (const ServeKey& key : serve_keys()) read_key(key, table, out);
  // Both were checked when the key was read.
  const std::string listen = table.text("listen");
  if (auto address = parse_listen(listen)) std::tie(out.host, out.port) = *address;
  if (auto path = http::socket_path_of(listen)) out.network.socket = *path;
  out.log_level = log::parse_level(table.text("log_level")).value_or(log::Level::kInfo);
  out.log_format = table.text("log_format") == "json" ? log::Format::kJson : log::Format::kLogfmt;
  out.origins = table.list("origins");
  out.allowed_hosts = table.list("allowed_hosts");
  out.profile = table.text("profile");
  out.insecure_listen = table.boolean("insecure_listen");
  out.access_log = table.text("access_log") == "on";
  read_collector(env, table, out);
  for (const auto& [principal, value] : table.entries("tokens")) {
    out.token_origins[principal] = value.origin;
    out.tokens.emplace_back(principal, anchored(env, value));
  }
}

std::map<std::string, std::string> fixed_keys(const config::Table& table) {
  std::map<std::string, std::string> fixed;
  for (const config::Key& key : serve_section().keys) {
    const config::Value* value = table.find(key.name);
    if (key.reload == config::Key::Reload::kRestart && key.type == config::Type::kSecretMap) {
      for (const auto& [name, entry] : table.entries(key.name))
        fixed[key.name] += name + "=" + entry.text + "\n";
      continue;
    }
    if (key.reload != config::Key::Reload::kRestart || value == nullptr) continue;
    std::string& text = fixed[key.name] = value->text + std::to_string(value->number);
    for (const std::string& item : value->list) text += "\n" + item;
  }
  return fixed;
}

// Without a key nobody listens to the network (DESIGN §5).
void check_exposure(const config::Table& table, const ServeConfig& serve, Report& report) {
  bool guarded = !serve.tokens.empty() || serve.network.asks_certificates;
  if (serve.insecure_listen || guarded || is_loopback(serve.host)) return;
  report.error(
      table.find("listen")->origin,
      "[serve] listen: " + json_quote(table.text("listen")) +
          " is open to the network and there are no tokens",
      "add a token to [serve.tokens] or tls_client_ca, listen on 127.0.0.1, or give --insecure-listen");
}

// Host and port of an http(s) URL.
std::optional<std::pair<std::string, std::uint16_t>> authority_of(std::string_view url) {
  bool secure = url.starts_with("https://");
  if (!secure && !url.starts_with("http://")) return std::nullopt;
  url.remove_prefix(secure ? 8 : 7);
  std::string text(url.substr(0, url.find_first_of("/?#")));
  if (text.find(':') == std::string::npos || text.ends_with(']')) text += secure ? ":443" : ":80";
  auto parsed = parse_listen(text);
  if (!parsed) return std::nullopt;
  return *parsed;
}

bool leads_to(const ServeConfig& serve, std::string_view url) {
  if (auto behind = http::socket_path_of(url))
    return !serve.network.socket.empty() && behind->starts_with(serve.network.socket + ":");
  auto there = authority_of(url);
  if (!there || serve.port == 0 || there->second != serve.port) return false;
  return there->first == serve.host || is_loopback(there->first);
}

// A gateway behind itself would start or call itself for ever.
bool is_ourselves(const ServeConfig& serve, const ServerEntry& entry, const ServeSources& sources) {
  if (config::is_own_serve(entry.command, entry.args, sources.own_executable)) return true;
  if (sources.stdio) return false;
  return leads_to(serve, entry.url) ||
         std::any_of(entry.args.begin(), entry.args.end(),
                     [&](const std::string& arg) { return leads_to(serve, arg); });
}

// A table with mistakes gives rise to others that are none; one that amends a table which is missing, too.
bool can_be_judged(const config::Document& document, const config::Table& table) {
  auto given = [&](const char* key) { return table.given(key); };
  return table.sound && (document.whole || given("command") || given("url") || given("builtin"));
}

// What one server writes must not decide what another is shown (sandbox/written.h).
void tell_what_is_written(std::vector<ServerEntry>& servers) {
  std::vector<std::string> written;
  for (const ServerEntry& entry : servers)
    written.insert(written.end(), entry.policy.write.begin(), entry.policy.write.end());
  for (ServerEntry& entry : servers) entry.written = written;
}

void read_servers(Env& env, const config::Document& document, const ServeSources& sources, ServeConfig& serve,
                  Report& report) {
  for (const config::Table* table : document.all("servers")) {
    if (!can_be_judged(document, *table)) continue;
    auto entry = config::read_server(env, *table, report, serve.profile);
    if (!entry) continue;
    if (is_ourselves(serve, *entry, sources)) {
      report.warn(table->origin, "server \"" + entry->name + "\" is this gateway itself and is left out",
                  "remove it from the file that mcp serve reads");
      continue;
    }
    serve.servers.push_back(std::move(*entry));
  }
  tell_what_is_written(serve.servers);
}

ServerEntry builtin_entry(const std::string& name) {
  ServerEntry entry;
  entry.name = name;
  entry.kind = ServerEntry::Kind::kBuiltin;
  entry.builtin = name;
  entry.prefix = "";
  return entry;
}

// The host, or the socket's file; nothing when it is no address.
std::optional<std::string> name_of_url(std::string_view url) {
  if (auto behind = http::socket_path_of(url)) {
    auto path = behind->substr(0, behind->find(':'));
    return std::string(path.substr(path.rfind('/') + 1));
  }
  auto authority = authority_of(url);
  if (!authority) return std::nullopt;
  return authority->first;
}

Result<ServerEntry> argv_entry(Env& env, const ServeSources& sources, const ServeConfig& serve) {
  if (!sources.command.empty()) {
    CommandSandbox sandbox = sources.sandbox;
    sandbox.profile = serve.profile;
    return command_entry(env, sources.command, sandbox);
  }
  auto name = name_of_url(sources.url);
  if (!name) {
    return fail(ErrorCode::kUsage, json_quote(sources.url) + " is not an http://, https:// or unix: address",
                "for a command write: mcp serve -- CMD ARGS");
  }
  ServerEntry entry;
  entry.prefix = "";
  entry.kind = ServerEntry::Kind::kUrl;
  entry.url = sources.url;
  entry.name = config::normalise_name(*name);
  return entry;
}

Result<void> choose_servers(Env& env, const config::Document& document, const ServeSources& sources,
                            ServeConfig& serve, Report& report) {
  if (!sources.url.empty() || !sources.command.empty()) {
    MCP_ASSIGN(ServerEntry entry, argv_entry(env, sources, serve));
    if (is_ourselves(serve, entry, sources))
      return fail(ErrorCode::kUsage, "the server to be served is this gateway itself");
    serve.servers.push_back(std::move(entry));
    return {};
  }
  read_servers(env, document, sources, serve, report);
  if (!document.all("servers").empty()) {
    if (serve.servers.empty() && report.ok()) {
      report.warn(Error{ErrorCode::kConfig, "no configured server is switched on: nothing is served",
                        "switch one on (enabled, or disabled in a JSON file), or add one"});
    }
    return {};
  }
  for (const auto& name : builtin_names()) serve.servers.push_back(builtin_entry(name));
  return {};
}

}  // namespace

const config::Schema& configuration_schema() {
  static const config::Schema schema{{serve_section(), config::servers_section(builtin_names())}};
  return schema;
}

Result<ServeConfig> load_serve_config(Env& env, const ServeSources& sources, Report& report) {
  ServeConfig serve;
  serve.state_directory =
      sources.state_directory.empty() ? config::state_directory(env) : sources.state_directory;
  bool from_argv = !sources.url.empty() || !sources.command.empty();
  config::Sources layers{.file = sources.config_file,
                         .local = !from_argv,
                         .flags = sources.flags,
                         .gate = approval_gate(env, sources, serve.state_directory)};
  config::Document document = config::load(env, configuration_schema(), layers, report);
  serve.files = document.files;
  const config::Table& table = document.table("serve");
  read_serve(env, table, serve);
  serve.fixed = fixed_keys(table);
  // Who listens on nothing shows nobody a certificate, and may not be allowed to read its key.
  if (!sources.stdio && table.sound && document.whole) {
    read_tls(env, table, serve.network, report);
    check_exposure(table, serve, report);
  }
  if (auto chosen = choose_servers(env, document, sources, serve, report); !chosen)
    report.add(std::move(chosen.error()));
  if (sources.reads_only) warn_of_missing_secrets(env, document, report);
  if (!report.ok()) return fail(report.first());
  return serve;
}

Result<std::vector<Token>> resolve_tokens(Env& env, const ServeConfig& config) {
  std::vector<Token> tokens;
  for (const auto& [principal, secret] : config.tokens) {
    std::string where = "[serve.tokens] " + principal;
    if (auto origin = config.token_origins.find(principal); origin != config.token_origins.end())
      where = origin->second.to_string() + ": " + where;
    auto text = config::resolve_secret(env, secret);
    if (!text) return fail(std::move(text.error()).wrap(where));
    bool blank = text->empty() || text->find_first_of(" \t\r\n") != std::string::npos;
    // RFC 6750 §2.1: a bearer token has no blanks.
    if (blank)
      return fail(ErrorCode::kConfig, where + ": the token is empty or has a blank in it",
                  "for example: openssl rand -hex 32 > FILE");
    for (const auto& other : tokens) {
      if (other.text == *text)
        return fail(ErrorCode::kConfig, where + ": has the same token as " + other.principal,
                    "give each its own");
    }
    tokens.push_back({principal, std::move(*text)});
  }
  return tokens;
}

Result<std::pair<std::string, std::uint16_t>> parse_listen(std::string_view text) {
  auto wrong = [&] {
    return fail(ErrorCode::kInvalid, json_quote(text) + " is not HOST:PORT",
                "for example \"127.0.0.1:8080\", \"[::1]:8080\" or \"unix:/run/mcp.sock\"");
  };
  if (http::socket_path_of(text)) return std::pair(std::string("localhost"), std::uint16_t{0});
  auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return wrong();
  std::string_view host = text.substr(0, colon), digits = text.substr(colon + 1);
  bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!bracketed && host.find_first_of(":[]") != std::string_view::npos) return wrong();
  if (host.find_first_of("/?#@ \t") != std::string_view::npos) return wrong();
  std::uint16_t port = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size()) return wrong();
  return std::pair(std::string(host), port);
}

bool is_loopback(std::string_view host) {
  if (host == "::1" || iequals(host, "localhost")) return true;
  // 127.0.0.0/8, and nothing that only looks like it ("127.0.0.1.example.com").
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace mcp::cmd
