#include "internal/protocol/headers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/base/strings.h"

namespace mcp::protocol {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

jsonrpc::Message request(std::string_view method, std::string_view params) {
  return jsonrpc::own_message(jsonrpc::make_request(jsonrpc::Id::number(1), method, params));
}

HeaderLookup lookup(HeaderList headers) {
  return [headers = std::move(headers)](std::string_view name) -> std::optional<std::string> {
    for (const auto& [key, value] : headers) {
      if (iequals(key, name)) return value;
    }
    return std::nullopt;
  };
}

constexpr std::string_view kParams =
    R"({"name":"get_weather","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}})";

// 2026-07-28 transports, "Value Encoding", "Encoding examples".
TEST(HeaderValue, EncodesTheExamplesOfTheSpecification) {
  for (auto [plain, encoded] : {std::pair{"us-west1", "us-west1"},
                                {"Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="},
                                {" padded ", "=?base64?IHBhZGRlZCA=?="},
                                {"line1\nline2", "=?base64?bGluZTEKbGluZTI=?="},
                                {"=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="}}) {
    EXPECT_EQ(encode_header_value(plain), encoded);
    EXPECT_EQ(decode_header_value(encoded).value(), plain);
  }
}

TEST(HeaderValue, BringsEveryTextBack) {
  for (std::string_view text : {"", "a b", "a\tb", "\t", " ", "a\r\nX: y", "\x7f", "=?base64?", "=?base64?x",
                                "?=", "=?BASE64?eA==?=", "=?base64?=", "é"}) {
    std::string encoded = encode_header_value(text);
    for (char c : encoded) EXPECT_TRUE(c >= ' ' && c <= '~') << encoded;
    EXPECT_EQ(decode_header_value(encoded).value(), text);
  }
}

TEST(HeaderValue, BringsAZeroByteBack) {
  const std::string zero(1, '\0');
  EXPECT_EQ(encode_header_value(zero), "=?base64?AA==?=");
  EXPECT_EQ(decode_header_value("=?base64?AA==?=").value(), zero);
}

TEST(HeaderValue, TravelsPlainWhereItCan) {
  for (std::string_view text : {"", "a b", "file:///x?y=%20#z", "=?base64?x", "=?BASE64?eA==?="}) {
    EXPECT_EQ(encode_header_value(text), text);
  }
  EXPECT_EQ(encode_header_value("a\tb"), "=?base64?YQli?=");
}

TEST(HeaderValue, RefusesWhatIsMalformed) {
  for (std::string_view value :
       {"=?base64?SGVsbG8?=", "=?base64?*?=", "=?base64?/w==?=", "caf\xc3\xa9", "a\x01", "a\x7f"}) {
    auto decoded = decode_header_value(value);
    ASSERT_FALSE(decoded) << value;
    EXPECT_EQ(decoded.error().code, ErrorCode::kMalformed);
  }
}

TEST(HeaderValue, TrimsOptionalBlanks) {
  EXPECT_EQ(decode_header_value(" \ttools/call ").value(), "tools/call");
}

TEST(StandardHeaders, MirrorMethodAndName) {
  EXPECT_THAT(standard_headers(request("tools/call", kParams), "2026-07-28"),
              ElementsAre(Pair("MCP-Protocol-Version", "2026-07-28"), Pair("Mcp-Method", "tools/call"),
                          Pair("Mcp-Name", "get_weather")));
  EXPECT_THAT(standard_headers(request("resources/read", R"({"uri":"file:///ü"})"), "2026-07-28"),
              ElementsAre(testing::_, Pair("Mcp-Method", "resources/read"),
                          Pair("Mcp-Name", "=?base64?ZmlsZTovLy/DvA==?=")));
  EXPECT_THAT(standard_headers(request("tasks/get", R"({"taskId":"t1"})"), "2026-07-28"),
              ElementsAre(testing::_, testing::_, Pair("Mcp-Name", "t1")));
}

TEST(StandardHeaders, HaveNoNameWhereTheMethodHasNone) {
  EXPECT_EQ(standard_headers(request("tools/list", R"({"name":"x"})"), "2026-07-28").size(), 2u);
  EXPECT_EQ(standard_headers(request("tools/call", R"({"name":7})"), "2026-07-28").size(), 2u);
  EXPECT_EQ(standard_headers(request("tools/call", ""), "2026-07-28").size(), 2u);
}

TEST(StandardHeaders, NeverCarryALineBreakOutOfAMethod) {
  for (const auto& [name, value] : standard_headers(request("x\r\nEvil: 1", ""), "2026-07-28")) {
    EXPECT_EQ(value.find_first_of("\r\n"), std::string::npos) << name;
  }
}

TEST(CheckStandardHeaders, AcceptWhatWeSend) {
  for (auto& message :
       {request("tools/call", kParams), request("tools/list", kParams),
        request("resources/read",
                R"({"uri":"x:\u00e9","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}})")}) {
    EXPECT_FALSE(check_standard_headers(lookup(standard_headers(message, "2026-07-28")), message))
        << message.method;
  }
}

TEST(CheckStandardHeaders, RefuseWhatIsMissingOrDiffers) {
  const HeaderList right = standard_headers(request("tools/call", kParams), "2026-07-28");
  for (std::size_t i = 0; i < right.size(); ++i) {
    HeaderList missing = right;
    missing.erase(missing.begin() + static_cast<std::ptrdiff_t>(i));
    HeaderList other = right;
    other[i].second += "x";
    HeaderList upper = right;
    for (char& c : upper[i].second) c = static_cast<char>(std::toupper(c));
    HeaderList broken = right;
    broken[i].second = "=?base64?*?=";
    for (const HeaderList& wrong : {missing, other, broken}) {
      auto error = check_standard_headers(lookup(wrong), request("tools/call", kParams));
      ASSERT_TRUE(error) << right[i].first;
      EXPECT_EQ(error->code, jsonrpc::kHeaderMismatch);
      EXPECT_THAT(error->message, HasSubstr(right[i].first));
    }
    // Values are case-sensitive.
    EXPECT_EQ(check_standard_headers(lookup(upper), request("tools/call", kParams)).has_value(), i > 0);
  }
}

TEST(CheckStandardHeaders, IgnoreTheCaseOfTheirNames) {
  HeaderList headers = {{"mcp-protocol-version", "2026-07-28"}, {"MCP-METHOD", " tools/list "}};
  EXPECT_FALSE(check_standard_headers(lookup(headers), request("tools/list", kParams)));
}

TEST(CheckStandardHeaders, DecodeTheName) {
  HeaderList headers = {{"MCP-Protocol-Version", "2026-07-28"},
                        {"Mcp-Method", "tools/call"},
                        {"Mcp-Name", "=?base64?Z2V0X3dlYXRoZXI=?="}};
  EXPECT_FALSE(check_standard_headers(lookup(headers), request("tools/call", kParams)));
}

TEST(CheckStandardHeaders, LeaveAMissingBodyVersionToTheMetaCheck) {
  HeaderList headers = {{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "tools/list"}};
  EXPECT_FALSE(check_standard_headers(lookup(headers), request("tools/list", "{}")));
}

TEST(CheckStandardHeaders, RefuseANameThatTheBodyLacks) {
  HeaderList headers = {
      {"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "tools/call"}, {"Mcp-Name", "x"}};
  EXPECT_TRUE(check_standard_headers(lookup(headers), request("tools/call", "{}")));
  headers.pop_back();
  EXPECT_FALSE(check_standard_headers(lookup(headers), request("tools/call", "{}")));
}

TEST(HeaderMismatch, CutsLongValues) {
  std::string longer;
  for (int i = 0; i < 1000; ++i) longer += "é";
  auto error = header_mismatch("Mcp-Name", "differs", "a", longer);
  EXPECT_LT(error.data.size(), 300u);
  EXPECT_TRUE(is_valid_utf8(error.data));
}

}  // namespace
}  // namespace mcp::protocol
