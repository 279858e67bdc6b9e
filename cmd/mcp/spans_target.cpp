#include "cmd/mcp/spans_target.h"

#include "internal/base/strings.h"
#include "internal/config/header_field.h"
#include "internal/config/secret.h"
#include "internal/http/client.h"

namespace mcp::cmd {
namespace {

constexpr std::string_view kSpansPath = "/v1/traces";
constexpr const char* kTracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

// "%20" is a blank. As it stands where no two digits follow a '%'.
std::string unescaped(std::string_view text) {
  auto digit = [](char c) {
    return c >= '0' && c <= '9'                     ? c - '0'
           : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                    : -1;
  };
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool escape = text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
    plain += escape ? static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])) : text[i];
    if (escape) i += 2;
  }
  return plain;
}

// "name=value,name=value", values with the escapes of a URL (W3C Baggage).
Result<void> read_list(const char* variable, std::string_view list,
                       std::map<std::string, std::string>& into) {
  for (std::string_view part : split(list, ',')) {
    part = trim(part);
    if (part.empty()) continue;
    auto equals = part.find('=');
    std::string name(trim(part.substr(0, equals)));
    std::string value = equals == part.npos ? "" : unescaped(trim(part.substr(equals + 1)));
    if (equals == part.npos || !config::check_header_name(name) || !config::check_header_value(value))
      return fail(ErrorCode::kConfig,
                  std::string("environment variable ") + variable + " is no list of header fields",
                  "write NAME=VALUE,NAME=VALUE, or use otlp_headers in [serve]");
    into[name] = std::move(value);
  }
  return {};
}

Result<std::map<std::string, std::string>> headers_of(Env& env, const ServeConfig& config) {
  std::map<std::string, std::string> headers;
  for (const char* variable : {"OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"}) {
    MCP_TRY(read_list(variable, env.variable(variable).value_or(""), headers));
  }
  for (const auto& [name, secret] : config.otlp_headers) {
    const std::string where = "[serve.otlp_headers] " + name;
    auto value = config::resolve_secret(env, secret);
    if (!value) return fail(std::move(value.error()).wrap(where));
    if (!config::check_header_value(*value))
      return fail(ErrorCode::kConfig, where + ": the value cannot stand in a header field",
                  "it has a line end or another control character in it");
    // Names compare without case: ours wins.
    std::erase_if(headers, [&name = name](const auto& other) { return iequals(other.first, name); });
    headers[name] = std::move(*value);
  }
  return headers;
}

Result<std::string> url_of(Env& env, const ServeConfig& config) {
  if (config.otlp_endpoint_is_ours)
    return config.otlp_endpoint.empty() ? "" : spans_url(config.otlp_endpoint);
  // The signal's own variable is the whole address.
  std::string own = env.variable(kTracesEndpoint).value_or("");
  if (own.empty()) return config.otlp_endpoint.empty() ? "" : spans_url(config.otlp_endpoint);
  if (http::parse_url(own)) return own;
  return fail(
      ErrorCode::kConfig,
      std::string("environment variable ") + kTracesEndpoint + " is not an http:// or https:// address",
      "an OTLP/HTTP collector: http://127.0.0.1:4318/v1/traces");
}

}  // namespace

std::string spans_url(std::string endpoint) {
  while (endpoint.ends_with('/')) endpoint.pop_back();
  if (!endpoint.ends_with(kSpansPath)) endpoint += kSpansPath;
  return endpoint;
}

Result<std::optional<SpansTarget>> spans_target(Env& env, const ServeConfig& config) {
  if (iequals(env.variable("OTEL_SDK_DISABLED").value_or(""), "true")) return std::nullopt;
  SpansTarget target;
  MCP_ASSIGN(target.url, url_of(env, config));
  if (target.url.empty()) return std::nullopt;
  MCP_ASSIGN(target.headers, headers_of(env, config));
  if (std::string name = env.variable("OTEL_SERVICE_NAME").value_or(""); !name.empty()) target.service = name;
  return target;
}

}  // namespace mcp::cmd
