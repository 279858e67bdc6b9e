// http: a response means the same however it is cut into pieces.
#include "internal/http/message.h"
#include "internal/http/request_parser.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace mcp::http;

std::string parse(std::string_view stream, std::size_t step, bool answers_head) {
  ResponseParser parser({2048, 20, 4096}, answers_head);
  std::string input;
  std::string body;
  while (!stream.empty() && parser.state() != ParseState::kFailed && parser.state() != ParseState::kDone) {
    input.append(stream.substr(0, step));
    stream.remove_prefix(std::min(step, stream.size()));
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
  for (const auto& [name, value] : parser.headers()) text += name + ": " + value + "\n";
  return text + body;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view stream = mcp::fuzz::text_of(data, size);
  for (bool answers_head : {false, true}) {
    std::string whole = parse(stream, size + 1, answers_head);
    FUZZ_EXPECT(parse(stream, 1, answers_head) == whole);
  }
  return 0;
}
