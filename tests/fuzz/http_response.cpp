// http: a response means the same however it is cut into pieces.
#include "internal/http/message.h"
#include "internal/http/request_parser.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace mcp::http;

std::string parse(mcp::fuzz::Pieces stream, bool answers_head) {
  ResponseParser parser({2048, 20, 4096}, answers_head);
  std::string input;
  std::string body;
  while (!stream.empty() && parser.state() != ParseState::kFailed && parser.state() != ParseState::kDone) {
    input.append(stream.next());
    for (std::size_t used = 1; used > 0 && parser.state() != ParseState::kFailed;) {
      used = parser.feed(input);
      FUZZ_EXPECT(used <= input.size());
      input.erase(0, used);
      if (parser.state() != ParseState::kHead) body += parser.take_body();
      if (parser.state() == ParseState::kDone || input.empty()) break;
    }
  }
  if (parser.state() != ParseState::kDone && parser.state() != ParseState::kFailed) {
    parser.finish();
    if (parser.state() == ParseState::kDone) body += parser.take_body();
  }
  if (parser.state() != ParseState::kDone) return "failed";
  std::string text = std::to_string(parser.status()) + "\n";
  for (const auto& [name, value] : parser.headers())
    text.append(name).append(": ").append(value).append("\n");
  return text + body;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (bool answers_head : {false, true}) {
    auto read = [answers_head](mcp::fuzz::Pieces stream) { return parse(stream, answers_head); };
    mcp::fuzz::expect_same_however_cut(mcp::fuzz::text_of(data, size), read);
  }
  return 0;
}
