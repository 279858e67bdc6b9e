#include "internal/bench/request_bytes.h"

#include "internal/base/strings.h"

namespace mcp::bench {
namespace {

constexpr std::string_view kLegacyRevision = "2025-11-25";
constexpr std::string_view kModernRevision = "2026-07-28";
constexpr std::string_view kFirstId = "1000000000";
constexpr std::string_view kMeta =
    R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
    R"("io.modelcontextprotocol/clientInfo":{"name":"mcp-bench","version":"1"},)"
    R"("io.modelcontextprotocol/clientCapabilities":{}})";

std::string with_meta(std::string_view params) {
  if (params.empty() || params == "{}") return "{" + std::string(kMeta) + "}";
  return "{" + std::string(kMeta) + "," + std::string(params.substr(1));
}

std::string head(const Sender& sender, std::string_view verb) {
  std::string text(verb);
  text.append(" ").append(sender.target.path).append(" HTTP/1.1\r\nHost: ").append(sender.target.authority());
  text.append("\r\n").append(sender.extra_fields);
  return text;
}

// Fields that all but `initialize` carry.
std::string revision_fields(const Sender& sender) {
  std::string text = "MCP-Protocol-Version: ";
  text.append(sender.era == Era::kModern ? kModernRevision : kLegacyRevision).append("\r\n");
  if (!sender.session.empty()) text.append("Mcp-Session-Id: ").append(sender.session).append("\r\n");
  return text;
}

std::string post(const Sender& sender, std::string_view fields, std::string_view body) {
  std::string text = head(sender, "POST");
  text.append("Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n");
  text.append(fields).append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n");
  return text.append(body);
}

std::string envelope(std::string_view method, std::string_view params) {
  std::string body =
      R"({"jsonrpc":"2.0","id":)" + std::string(kFirstId) + R"(,"method":)" + json_quote(method);
  if (!params.empty()) body.append(R"(,"params":)").append(params);
  return body + "}";
}

}  // namespace

std::string_view to_string(Era era) { return era == Era::kModern ? "modern" : "legacy"; }

RequestBytes RequestBytes::request(const Sender& sender, std::string_view method, std::string_view name,
                                   std::string_view params) {
  std::string fields = method == "initialize" ? std::string() : revision_fields(sender);
  std::string filled(params);
  if (sender.era == Era::kModern) {
    fields.append("Mcp-Method: ").append(method).append("\r\n");
    if (!name.empty()) fields.append("Mcp-Name: ").append(name).append("\r\n");
    filled = with_meta(params);
  }
  RequestBytes made;
  made.bytes_ = post(sender, fields, envelope(method, filled));
  made.id_at_ = made.bytes_.find("\"id\":", made.bytes_.find("\r\n\r\n")) + 5;
  return made;
}

RequestBytes RequestBytes::notification(const Sender& sender, std::string_view method) {
  RequestBytes made;
  made.bytes_ =
      post(sender, revision_fields(sender), R"({"jsonrpc":"2.0","method":)" + json_quote(method) + "}");
  return made;
}

RequestBytes RequestBytes::get_stream(const Sender& sender) {
  RequestBytes made;
  made.bytes_ = head(sender, "GET") + "Accept: text/event-stream\r\n" + revision_fields(sender) + "\r\n";
  return made;
}

const std::string& RequestBytes::under(std::int64_t number) {
  for (std::size_t digit = kIdDigits - 1; digit > 0; --digit, number /= 10) {
    bytes_[id_at_ + digit] = static_cast<char>('0' + number % 10);
  }
  return bytes_;
}

RequestBytes call_bytes(const Sender& sender, std::string_view tool, std::string_view arguments) {
  std::string params = R"({"name":)" + json_quote(tool) + R"(,"arguments":)" +
                       std::string(arguments.empty() ? "{}" : arguments) + "}";
  return RequestBytes::request(sender, "tools/call", tool, params);
}

RequestBytes initialize_bytes(const Sender& sender) {
  return RequestBytes::request(sender, "initialize", "",
                               R"({"protocolVersion":"2025-11-25","capabilities":{},)"
                               R"("clientInfo":{"name":"mcp-bench","version":"1"}})");
}

}  // namespace mcp::bench
