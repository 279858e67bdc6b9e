// protocol: values of Mcp-* headers, plain and Base64. Input: a header's value, a newline, then a tool's
// inputSchema or the params of a call.
#include "internal/base/strings.h"
#include "internal/json/grammar.h"
#include "internal/protocol/headers.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace mcp::protocol;

void decode(std::string_view value) {
  auto text = decode_header_value(value);
  if (!text) return;
  FUZZ_EXPECT(mcp::is_valid_utf8(*text));
  auto again = decode_header_value(encode_header_value(*text));
  FUZZ_EXPECT(again && *again == *text);
}

void encode(std::string_view text) {
  if (!mcp::is_valid_utf8(text)) return;
  std::string value = encode_header_value(text);
  for (char byte : value) FUZZ_EXPECT(byte >= 0x20 && byte < 0x7f);
  auto back = decode_header_value(value);
  FUZZ_EXPECT(back && *back == text);
}

void check(std::string_view value, std::string_view params) {
  auto message = mcp::jsonrpc::Message::parse(
      mcp::jsonrpc::make_request(mcp::jsonrpc::Id::number(1), "tools/call", params));
  if (!message) return;
  HeaderLookup lookup = [&](std::string_view) { return std::optional<std::string>(value); };
  check_standard_headers(lookup, *message);
  // What we would send ourselves is what we would let in.
  HeaderList ours = standard_headers(*message, "2026-07-28");
  HeaderLookup own = [&](std::string_view name) -> std::optional<std::string> {
    for (const auto& [key, text] : ours) {
      if (mcp::iequals(key, name)) return text;
    }
    return std::nullopt;
  };
  for (const auto& [name, text] : ours) {
    FUZZ_EXPECT(text.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
  }
  (void)check_standard_headers(own, *message);
}

void check_params(std::string_view value, std::string_view schema) {
  auto declared = find_param_headers(schema);
  if (!declared) return;
  HeaderLookup lookup = [&](std::string_view) { return std::optional<std::string>(value); };
  check_param_headers(*declared, lookup, schema);
  for (const auto& [name, text] : param_headers(*declared, schema)) {
    FUZZ_EXPECT(!name.empty() && text.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = mcp::fuzz::text_of(data, size);
  std::string_view value = text.substr(0, text.find('\n'));
  decode(value);
  encode(value);
  if (value.size() == text.size()) return 0;
  std::string_view json = text.substr(value.size() + 1);
  // Only texts that are JSON come here: the envelope was validated before.
  mcp::Bytes bytes = mcp::Bytes::copy(json);
  auto message = mcp::jsonrpc::Message::parse(
      mcp::jsonrpc::make_request(mcp::jsonrpc::Id::number(1), "tools/call", bytes.view()));
  if (!message || message->params.empty()) return 0;
  check(value, message->params.view());
  check_params(value, message->params.view());
  return 0;
}
