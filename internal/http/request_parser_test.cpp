#include "internal/http/request_parser.h"

#include <random>

#include <gtest/gtest.h>

namespace mcp::http {
namespace {

constexpr ParserLimits kLimits{1000, 20, 500};

// What became of a message: everything that a caller can see.
struct Outcome {
  ParseState state = ParseState::kHead;
  int status = 0;
  std::string seen;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

void PrintTo(const Outcome& outcome, std::ostream* out) {
  *out << static_cast<int>(outcome.state) << " " << outcome.status << " " << outcome.seen;
}

// Offers the bytes in steps, keeping what the parser leaves, as a connection does.
Outcome parse(std::string_view wire, std::size_t step) {
  RequestParser parser(kLimits);
  std::string held;
  Outcome outcome;
  while (!wire.empty() || !held.empty()) {
    auto piece = wire.substr(0, step);
    wire.remove_prefix(piece.size());
    held.append(piece);
    for (;;) {
      ParseState before = parser.state();
      std::size_t used = parser.feed(held);
      held.erase(0, used);
      if (parser.state() == ParseState::kDone || parser.state() == ParseState::kFailed) break;
      if (used == 0 && parser.state() == before) break;
    }
    if (parser.state() == ParseState::kDone || parser.state() == ParseState::kFailed || wire.empty()) break;
  }
  outcome.state = parser.state();
  if (outcome.state == ParseState::kFailed) outcome.status = parser.failure().status;
  if (outcome.state == ParseState::kDone) {
    Request request = parser.take();
    outcome.seen = request.head.method + " " + request.head.target + " ";
    for (const auto& [name, value] : request.head.headers)
      outcome.seen.append(name).append("=").append(value).append(";");
    outcome.seen += request.body.view();
  }
  return outcome;
}

const char* const kSeeds[] = {
    "POST /mcp?a=b HTTP/1.1\r\nHost: x:80\r\nContent-Length: 5\r\nAccept: a, b\r\n\r\nhello",
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;a=\"b\"\r\nhello\r\n00\r\nT: "
    "t\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "GET /a%20b HTTP/1.0\r\nHost: [::1]\r\nConnection: keep-alive\r\n\r\n",
};

TEST(RequestParser, SeesTheSameInAnySteps) {
  for (std::string_view seed : kSeeds) {
    Outcome whole = parse(seed, seed.size());
    EXPECT_EQ(whole.state, ParseState::kDone) << seed;
    for (std::size_t step = 1; step < seed.size(); ++step)
      EXPECT_EQ(parse(seed, step), whole) << step << seed;
  }
}

// Beast asserts on states that bytes from the network can reach; this walks near every valid message.
TEST(RequestParser, SurvivesDamageAndSeesTheSameInAnySteps) {
  std::mt19937 random(20261120);
  constexpr char kRaw[] = "\r\n\0 \t:;,=\"0159afAF-+/%x\x7f\xff";
  const std::string_view kBytes(kRaw, sizeof kRaw - 1);
  for (int round = 0; round < 20'000; ++round) {
    std::string wire = kSeeds[random() % std::size(kSeeds)];
    for (auto edits = 1 + random() % 3; edits > 0; --edits) {
      std::size_t at = random() % wire.size();
      char byte = kBytes[random() % kBytes.size()];
      switch (random() % 4) {
        case 0: wire[at] = byte; break;
        case 1: wire.insert(at, 1, byte); break;
        case 2: wire.erase(at, 1 + random() % 3); break;
        default: wire.insert(at, wire.substr(at, random() % 12)); break;
      }
    }
    Outcome whole = parse(wire, wire.size());
    Outcome split = parse(wire, 1 + random() % 7);
    // A failure may be noticed at different bytes; what is accepted must not depend on the packets.
    ASSERT_EQ(whole.state == ParseState::kDone, split.state == ParseState::kDone) << wire;
    if (whole.state == ParseState::kDone) {
      ASSERT_EQ(whole, split) << wire;
    }
  }
}

ParseState state_of_chunked(std::string_view body, std::size_t step) {
  RequestParser parser({1000, 20, 1 << 20});
  std::string held = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  held.erase(0, parser.feed(held));
  while (!body.empty() && parser.state() == ParseState::kBody) {
    held.append(body.substr(0, step));
    body.remove_prefix(std::min(step, body.size()));
    held.erase(0, parser.feed(held));
  }
  return parser.state();
}

TEST(RequestParser, BoundsTrailersInAnySteps) {
  const std::size_t most = 8 << 10;  // of the last chunk's line and the trailers behind it
  for (std::size_t step : {std::size_t{1} << 20, std::size_t{1000}, std::size_t{1}}) {
    std::string fits = "0\r\nX: " + std::string(most - 10, 'x') + "\r\n\r\n";
    ASSERT_EQ(fits.size(), most);
    EXPECT_EQ(state_of_chunked(fits, step), ParseState::kDone) << step;
    EXPECT_EQ(state_of_chunked("0\r\nX: " + std::string(most - 9, 'x') + "\r\n\r\n", step),
              ParseState::kFailed)
        << step;
  }
}

TEST(RequestParser, TakesAChunkLargerThanALineMayBe) {
  std::string body = "5000\r\n" + std::string(0x5000, 'b') + "\r\n0\r\n\r\n";
  for (std::size_t step : {body.size(), std::size_t{1000}, std::size_t{1}}) {
    EXPECT_EQ(state_of_chunked(body, step), ParseState::kDone) << step;
  }
}

TEST(RequestParser, StartsAgainAfterReset) {
  RequestParser parser(kLimits);
  for (int i = 0; i < 3; ++i) {
    std::string_view seed = kSeeds[0];
    seed.remove_prefix(parser.feed(seed));
    ASSERT_EQ(parser.state(), ParseState::kBody);
    EXPECT_EQ(parser.content_length(), 5u);
    parser.feed(seed);
    ASSERT_EQ(parser.state(), ParseState::kDone);
    EXPECT_EQ(parser.take().body.view(), "hello");
    i == 1 ? parser.release() : parser.reset();
    EXPECT_EQ(parser.state(), ParseState::kHead);
  }
}

TEST(ResponseParser, NeedsTheCloseOnlyWithoutALength) {
  ResponseParser open(kLimits, false);
  std::string_view wire = "HTTP/1.1 200 OK\r\n\r\n";
  open.feed(wire);
  EXPECT_EQ(open.state(), ParseState::kBody);
  open.feed("rest");
  open.finish();
  EXPECT_EQ(open.state(), ParseState::kDone);
  EXPECT_EQ(open.take_body(), "rest");
  EXPECT_FALSE(open.keep_alive());

  ResponseParser cut(kLimits, false);
  cut.feed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
  cut.feed("abc");
  cut.finish();
  EXPECT_EQ(cut.state(), ParseState::kFailed);
}

}  // namespace
}  // namespace mcp::http
