// http: a stream of requests means the same however it is cut into pieces; what is let through is
// unambiguous.
#include <vector>

#include "internal/http/request_parser.h"
#include "internal/http/target.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace mcp::http;

constexpr ParserLimits kLimits{2048, 20, 4096};

struct Seen {
  std::vector<std::string> requests;
  int failed = 0;

  friend bool operator==(const Seen&, const Seen&) = default;
};

void check_head(const RequestHead& head) {
  FUZZ_EXPECT(head.headers.count("Host") == 1);
  FUZZ_EXPECT(head.headers.count("Content-Length") <= 1);
  FUZZ_EXPECT(!(head.headers.has("Content-Length") && head.headers.has("Transfer-Encoding")));
  FUZZ_EXPECT(head.headers.size() <= kLimits.max_headers);
  FUZZ_EXPECT(!head.path.empty() && head.path[0] == '/');
  FUZZ_EXPECT(head.path.find('\0') == std::string::npos);
  for (const auto& [name, value] : head.headers) {
    FUZZ_EXPECT(!name.empty());
    FUZZ_EXPECT(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
  }
}

std::string describe(const Request& request) {
  std::string text = request.head.method + " " + request.head.target + "\n";
  for (const auto& [name, value] : request.head.headers)
    text.append(name).append(": ").append(value).append("\n");
  return text.append(request.body.view());
}

Seen parse(mcp::fuzz::Pieces stream) {
  Seen seen;
  RequestParser parser(kLimits);
  std::string input;
  while (!stream.empty() || !input.empty()) {
    input.append(stream.next());
    std::size_t used = 1;
    while (used > 0 && parser.state() != ParseState::kFailed) {
      used = parser.feed(input);
      FUZZ_EXPECT(used <= input.size());
      input.erase(0, used);
      if (parser.state() != ParseState::kDone) continue;
      check_head(parser.head());
      Request request = parser.take();
      FUZZ_EXPECT(request.body.size() <= kLimits.max_body_bytes);
      seen.requests.push_back(describe(request));
      parser.reset();
      used = 1;
      if (input.empty()) break;
    }
    if (parser.state() == ParseState::kFailed) {
      seen.failed = parser.failure().status;
      FUZZ_EXPECT(seen.failed == 400 || seen.failed == 413 || seen.failed == 417 || seen.failed == 431 ||
                  seen.failed == 501 || seen.failed == 505);
      return seen;
    }
    if (stream.empty()) break;
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mcp::fuzz::expect_same_however_cut(mcp::fuzz::text_of(data, size), parse);
  return 0;
}
