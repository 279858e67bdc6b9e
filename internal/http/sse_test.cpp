#include "internal/http/sse.h"

#include <gtest/gtest.h>

namespace mcp::http {
namespace {

std::string describe(const SseEvent& event) {
  std::string out = "[" + event.event + "|" + std::string(event.data.view()) + "|";
  out += event.id ? "id=" + *event.id : "-";
  out += event.retry_ms ? "|retry=" + std::to_string(*event.retry_ms) : "|-";
  return out + "]";
}

std::string drain(SseDecoder& decoder) {
  std::string out;
  for (;;) {
    auto event = decoder.next();
    if (!event) return out + "<" + std::string(to_string(event.error().code)) + ">";
    if (!*event) return out;
    out += describe(**event);
  }
}

std::string decode(std::string_view stream, std::size_t limit = 10'000) {
  SseDecoder decoder(limit);
  decoder.feed(stream);
  return drain(decoder);
}

std::string with_line_end(std::string text, const std::string& end) {
  std::string out;
  for (char c : text) out += c == '\n' ? end : std::string(1, c);
  return out;
}

const char* const kStream =
    "\xef\xbb\xbf: hello\n"
    "\n"
    "id: 1\nretry: 3000\ndata: \n"
    "\n"
    "event: message\nid: s/2\ndata: {\"a\":1}\n"
    "\n"
    "data:one\ndata: two\ndata\ndata:  three\n"
    "\n"
    ": ping\n"
    "\n"
    "unknown: x\n"
    "\n"
    "id\n"
    "\n"
    "data: last\n"
    "\n"
    "data: never finished\n";
const char* const kEvents =
    "[||id=1|retry=3000][message|{\"a\":1}|id=s/2|-][|one\ntwo\n\n three|-|-][||id=|-][|last|-|-]";

TEST(SseDecoder, KnowsAllThreeLineEndsAtEverySplit) {
  for (const char* end : {"\n", "\r\n", "\r"}) {
    std::string stream = with_line_end(kStream, end);
    ASSERT_EQ(decode(stream), kEvents);
    for (std::size_t split = 0; split <= stream.size(); ++split) {
      SseDecoder decoder(10'000);
      decoder.feed(stream.substr(0, split));
      std::string events = drain(decoder);
      decoder.feed(stream.substr(split));
      ASSERT_EQ(events + drain(decoder), kEvents) << "split at " << split;
    }
  }
}

TEST(SseDecoder, TakesTheStreamByteByByte) {
  for (const char* end : {"\n", "\r\n", "\r"}) {
    SseDecoder decoder(10'000);
    std::string events;
    for (char byte : with_line_end(kStream, end)) {
      decoder.feed({&byte, 1});
      events += drain(decoder);
    }
    EXPECT_EQ(events, kEvents);
  }
}

TEST(SseDecoder, HandsAnEventOutAtTheCarriageReturnThatEndsIt) {
  SseDecoder decoder(100);
  decoder.feed("data: x\r\r");
  EXPECT_EQ(drain(decoder), "[|x|-|-]");
  decoder.feed("\ndata: y\r\n\r\n");
  EXPECT_EQ(drain(decoder), "[|y|-|-]");
}

TEST(SseDecoder, HasABomOnlyAtTheStart) {
  EXPECT_EQ(decode("\xef\xbb\xbf"
                   "data: a\n\n\xef\xbb\xbf"
                   "data: b\n\n"),
            "[|a|-|-]");
  EXPECT_EQ(decode("\xef\xbb"
                   "data: a\n\ndata: b\n\n"),
            "[|b|-|-]");
}

TEST(SseDecoder, IgnoresWhatTheStandardIgnores) {
  EXPECT_EQ(decode(std::string_view("id: a\0b\ndata: x\n\n", 17)), "[|x|-|-]");
  EXPECT_EQ(decode("retry: 1s\nretry: -1\nretry:\nretry: 99999999999999999999\ndata: x\n\n"), "[|x|-|-]");
  EXPECT_EQ(decode("Data: x\n\n"), "");
  EXPECT_EQ(decode(" data: x\n\n"), "");
  EXPECT_EQ(decode("\n\n\n"), "");
}

TEST(SseDecoder, LimitsAnEvent) {
  const std::string at = "data: " + std::string(94, 'x');
  EXPECT_EQ(decode(at + "\n\n", 100), "[|" + std::string(94, 'x') + "|-|-]");
  EXPECT_EQ(decode(at + "y\n\n", 100), "<limit>");
  EXPECT_EQ(decode("id: 1\n" + at.substr(5) + "\n\n", 100), "[||id=1|-]");
  EXPECT_EQ(decode("id: 12\n" + at.substr(5) + "\n\n", 100), "<limit>");
  // A line that never ends is noticed before its end.
  EXPECT_EQ(decode(std::string(101, ':'), 100), "<limit>");
}

TEST(SseDecoder, CountsNeitherFormerEventsNorComments) {
  std::string stream;
  for (int i = 0; i < 50; ++i) stream += ": comment\ndata: 12345\n\n: ping\n\n";
  SseDecoder decoder(20);
  decoder.feed(stream);
  std::string events = drain(decoder);
  EXPECT_EQ(events.find("<"), std::string::npos);
}

TEST(SseDecoder, StaysPoisonedAfterTheLimit) {
  SseDecoder decoder(10);
  decoder.feed("data: too long\n\n");
  EXPECT_EQ(drain(decoder), "<limit>");
  decoder.feed("data: x\n\n");
  EXPECT_EQ(drain(decoder), "<limit>");
}

TEST(SseEncoder, WritesWhatTheDecoderReads) {
  SseEvent event;
  event.event = "ping";
  event.id = "s/1";
  event.retry_ms = 500;
  event.data = Bytes::copy("a\nb\r\nc\rd\n");
  EXPECT_EQ(encode_sse(event),
            "event: ping\nid: s/1\nretry: 500\ndata: a\ndata: b\ndata: c\ndata: d\ndata: \n\n");
  EXPECT_EQ(decode(encode_sse(event)), "[ping|a\nb\nc\nd\n|id=s/1|retry=500]");
}

TEST(SseEncoder, WritesThePrimingEvent) {
  SseEvent event;
  event.id = "0";
  EXPECT_EQ(encode_sse(event), "id: 0\ndata: \n\n");
}

TEST(SseEncoder, LetsNoLineBreakIntoAField) {
  SseEvent event;
  event.event = "a\ndata: b";
  event.id = "1\r\n2";
  event.data = Bytes::copy("x");
  EXPECT_EQ(encode_sse(event), "event: adata: b\nid: 12\ndata: x\n\n");
  EXPECT_EQ(encode_sse_comment("hi\nthere"), ": hithere\n\n");
}

TEST(FrameSse, SaysTheSameAsTheEncoder) {
  for (const char* data : {"", "x", "a\nb", "a\r\nb\r", "\n"}) {
    SseEvent event;
    event.data = Bytes::copy(data);
    EXPECT_EQ(frame_sse(std::nullopt, event.data).view(), encode_sse(event)) << data;
    event.id = "1-2";
    EXPECT_EQ(frame_sse("1-2", event.data).view(), encode_sse(event)) << data;
  }
}

TEST(FrameSse, SharesLargeDataOnOneLine) {
  Bytes data = Bytes::adopt(std::string(Rope::kShareFrom, 'x'));
  Rope event = frame_sse("7", data);
  ASSERT_EQ(event.parts(), 3u);
  EXPECT_EQ(event.part(0).view(), "id: 7\ndata: ");
  EXPECT_EQ(event.part(1).data(), data.data());
  EXPECT_EQ(event.part(2).view(), "\n\n");
}

TEST(FrameSse, EncodesLargeDataWithLineBreaks) {
  std::string half(Rope::kShareFrom, 'x');
  Rope event = frame_sse(std::nullopt, Bytes::adopt(half + "\n" + half));
  EXPECT_EQ(event.view(), "data: " + half + "\ndata: " + half + "\n\n");
}

}  // namespace
}  // namespace mcp::http
