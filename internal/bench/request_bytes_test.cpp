#include "internal/bench/request_bytes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mcp::bench {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Sender sender_of(Era era) {
  Sender sender;
  sender.target = *Target::parse("http://127.0.0.1:8080/mcp");
  sender.era = era;
  return sender;
}

std::string body_of(const std::string& bytes) { return bytes.substr(bytes.find("\r\n\r\n") + 4); }

TEST(RequestBytes, WritesALegacyCall) {
  Sender sender = sender_of(Era::kLegacy);
  sender.session = "s-1";
  RequestBytes call = call_bytes(sender, "echo", R"({"message":"hello"})");
  const std::string& bytes = call.under(42);
  EXPECT_THAT(bytes, ::testing::StartsWith("POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"));
  EXPECT_THAT(bytes, HasSubstr("Mcp-Session-Id: s-1\r\n"));
  EXPECT_THAT(bytes, HasSubstr("MCP-Protocol-Version: 2025-11-25\r\n"));
  EXPECT_EQ(body_of(bytes), R"({"jsonrpc":"2.0","id":1000000042,"method":"tools/call",)"
                            R"("params":{"name":"echo","arguments":{"message":"hello"}}})");
  EXPECT_THAT(bytes, HasSubstr("Content-Length: " + std::to_string(body_of(bytes).size()) + "\r\n"));
  EXPECT_EQ(call.id(), "1000000042");
}

TEST(RequestBytes, WritesAModernCallWithWhatTheHeadersMirror) {
  RequestBytes call = call_bytes(sender_of(Era::kModern), "echo", "{}");
  EXPECT_THAT(call.bytes(), HasSubstr("MCP-Protocol-Version: 2026-07-28\r\n"));
  EXPECT_THAT(call.bytes(), HasSubstr("Mcp-Method: tools/call\r\nMcp-Name: echo\r\n"));
  EXPECT_THAT(body_of(call.bytes()),
              HasSubstr(R"("params":{"_meta":{"io.modelcontextprotocol/protocolVersion")"));
  EXPECT_THAT(body_of(call.bytes()), HasSubstr(R"(},"name":"echo","arguments":{}}})"));
  EXPECT_THAT(call.bytes(), Not(HasSubstr("Mcp-Session-Id")));
}

TEST(RequestBytes, AModernRequestWithoutParamsStillHasMeta) {
  RequestBytes list = RequestBytes::request(sender_of(Era::kModern), "tools/list", "", "");
  EXPECT_THAT(body_of(list.bytes()), HasSubstr(R"("io.modelcontextprotocol/clientCapabilities":{}}}})"));
  EXPECT_THAT(list.bytes(), Not(HasSubstr("Mcp-Name")));
}

TEST(RequestBytes, AnIdOverwritesTheFormerOneAndNothingElse) {
  RequestBytes call = call_bytes(sender_of(Era::kLegacy), "echo", "{}");
  std::string first = call.under(999'999'999);
  EXPECT_EQ(call.id(), "1999999999");
  std::string second = call.under(0);
  EXPECT_EQ(call.id(), "1000000000");
  EXPECT_EQ(first.size(), second.size());
}

TEST(RequestBytes, InitializeNamesNoRevisionOutsideItsBody) {
  RequestBytes hello = initialize_bytes(sender_of(Era::kLegacy));
  EXPECT_THAT(hello.bytes(), Not(HasSubstr("MCP-Protocol-Version")));
  EXPECT_THAT(hello.bytes(), HasSubstr(R"("protocolVersion":"2025-11-25")"));
}

TEST(RequestBytes, CarriesTheFieldsOfItsSender) {
  Sender sender = sender_of(Era::kLegacy);
  sender.extra_fields = "Authorization: Bearer t\r\n";
  sender.session = "s";
  for (const RequestBytes& request : {RequestBytes::get_stream(sender), initialize_bytes(sender),
                                      RequestBytes::notification(sender, "notifications/initialized")}) {
    EXPECT_THAT(request.bytes(), HasSubstr("\r\nAuthorization: Bearer t\r\n"));
  }
  EXPECT_THAT(RequestBytes::get_stream(sender).bytes(), ::testing::StartsWith("GET /mcp HTTP/1.1\r\n"));
}

}  // namespace
}  // namespace mcp::bench
