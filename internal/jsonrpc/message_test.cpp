#include "internal/jsonrpc/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mcp::jsonrpc {
namespace {

using testing::HasSubstr;

Result<Message> parse(std::string_view text) { return Message::parse(Bytes::copy(text)); }

void expect_refused(std::string_view text, ErrorCode code) {
  auto message = parse(text);
  ASSERT_FALSE(message) << text;
  EXPECT_EQ(message.error().code, code) << text << ": " << message.error().message;
}

TEST(Message, ReadsARequest) {
  auto message = parse(R"( {"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"x","uri":"u:1",)"
                       R"("_meta":{"progressToken":"t","other":1}}} )");
  ASSERT_TRUE(message);
  EXPECT_EQ(message->kind, Kind::kRequest);
  EXPECT_EQ(message->id, Id::number(7));
  EXPECT_EQ(message->method, "tools/call");
  EXPECT_EQ(message->name.view(), R"("x")");
  EXPECT_EQ(message->uri.view(), R"("u:1")");
  EXPECT_EQ(message->meta.view(), R"({"progressToken":"t","other":1})");
  EXPECT_EQ(message->progress_token.view(), R"("t")");
  EXPECT_EQ(message->bytes.view().front(), '{');
  EXPECT_EQ(message->bytes.view().back(), '}');
}

TEST(Message, ReadsANotification) {
  auto message = parse(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  ASSERT_TRUE(message);
  EXPECT_TRUE(message->is_notification());
  EXPECT_FALSE(message->id);
  EXPECT_TRUE(message->params.empty());
}

TEST(Message, ReadsAResultAndItsMeta) {
  auto message = parse(R"({"jsonrpc":"2.0","id":"a","result":{"_meta":{"k":1},"content":[]}})");
  ASSERT_TRUE(message);
  EXPECT_EQ(message->kind, Kind::kResult);
  EXPECT_EQ(message->result.view(), R"({"_meta":{"k":1},"content":[]})");
  EXPECT_EQ(message->meta.view(), R"({"k":1})");
}

TEST(Message, ReadsAnErrorWithAndWithoutAnId) {
  constexpr std::string_view kError = R"("error":{"code":-32600,"message":"no"}})";
  for (std::string_view id : {"", R"("id":null,)", R"("id":3,)"}) {
    auto message = parse(R"({"jsonrpc":"2.0",)" + std::string(id) + std::string(kError));
    ASSERT_TRUE(message) << id;
    EXPECT_EQ(message->kind, Kind::kError);
    EXPECT_EQ(message->id.has_value(), id == R"("id":3,)");
    EXPECT_EQ(message->error.view(), R"({"code":-32600,"message":"no"})");
  }
}

TEST(Message, RefusesWhatIsNotJsonAsMalformed) {
  for (std::string_view text :
       {"", "{", R"({"jsonrpc":"2.0","method":"x"} trailing)", R"({"jsonrpc":"2.0","method":"x"}{})",
        "{\"jsonrpc\":\"2.0\",\"method\":\"\xff\"}", R"({"jsonrpc":"2.0","method":x})"}) {
    expect_refused(text, ErrorCode::kMalformed);
  }
}

TEST(Message, RefusesDepthAsALimit) {
  expect_refused(R"({"jsonrpc":"2.0","method":"x","params":{"a":)" + std::string(300, '[') +
                     std::string(300, ']') + "}}",
                 ErrorCode::kLimit);
}

TEST(Message, RefusesEnvelopesThatJsonRpcForbids) {
  for (std::string_view text : {
           "[]",
           "1",
           R"("x")",
           "null",
           "{}",
           R"({"method":"x"})",
           R"({"jsonrpc":"1.0","method":"x"})",
           R"({"jsonrpc":2.0,"method":"x"})",
           R"({"jsonrpc":"2.0"})",
           R"({"jsonrpc":"2.0","id":1})",
           R"({"jsonrpc":"2.0","method":1})",
           R"({"jsonrpc":"2.0","method":null,"id":1})",
           R"({"jsonrpc":"2.0","method":"x","params":[1]})",
           R"({"jsonrpc":"2.0","method":"x","params":null})",
           R"({"jsonrpc":"2.0","method":"x","id":1,"result":{}})",
           R"({"jsonrpc":"2.0","method":"x","id":1,"error":{"code":1,"message":""}})",
           R"({"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}})",
           R"({"jsonrpc":"2.0","id":1,"result":[]})",
           R"({"jsonrpc":"2.0","id":1,"result":"x"})",
           R"({"jsonrpc":"2.0","id":1,"error":"x"})",
           R"({"jsonrpc":"2.0","result":{}})",
           R"({"jsonrpc":"2.0","id":null,"result":{}})",
       }) {
    expect_refused(text, ErrorCode::kProtocol);
  }
}

TEST(Message, RefusesIdsThatAreNeitherStringNorInteger) {
  for (std::string_view id : {"null", "1.5", "1.0", "1e3", "true", "[]", "{}"}) {
    expect_refused(R"({"jsonrpc":"2.0","method":"x","id":)" + std::string(id) + "}", ErrorCode::kProtocol);
  }
}

// A string of so many bytes with its quotes.
std::string quoted(std::size_t size) { return '"' + std::string(size - 2, 'w') + '"'; }

TEST(Message, ItsWordsAreAsLongAsTheyMayBeAndNotAByteMore) {
  auto parse = [](const std::string& id, const std::string& method, const std::string& token) {
    return Message::parse(Bytes::adopt("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":" + method +
                                       ",\"params\":{\"_meta\":{\"progressToken\":" + token + "}}}"));
  };
  EXPECT_TRUE(parse(quoted(kMaxWord), quoted(kMaxWord), quoted(kMaxWord)));
  auto refused = [&](auto... words) { return parse(words...).error(); };
  Error id = refused(quoted(kMaxWord + 1), quoted(9), quoted(9));
  EXPECT_EQ(id.code, ErrorCode::kProtocol);
  EXPECT_EQ(id.message, "member \"id\" is longer than 4096 bytes");
  EXPECT_EQ(refused(std::string(kMaxWord + 1, '7'), quoted(9), quoted(9)).code, ErrorCode::kProtocol);
  Error method = refused("1", quoted(kMaxWord + 1), quoted(9));
  EXPECT_EQ(method.code, ErrorCode::kProtocol);
  EXPECT_EQ(method.message, "member \"method\" is longer than 4096 bytes");
  Error token = refused("1", quoted(9), quoted(kMaxWord + 1));
  EXPECT_EQ(token.code, ErrorCode::kInvalid);
  EXPECT_EQ(token.message, "member \"progressToken\" is longer than 4096 bytes");
}

TEST(Message, AcceptsAnIdOfTwentyThreeDigits) {
  auto message = parse(R"({"jsonrpc":"2.0","id":12345678901234567890123,"method":"x"})");
  ASSERT_TRUE(message);
  EXPECT_EQ(message->id->raw(), "12345678901234567890123");
  EXPECT_TRUE(message->id->is_number());
}

TEST(Message, RefusesKeysThatStandTwice) {
  for (
      std::string_view text : {
          R"({"jsonrpc":"2.0","id":1,"id":2,"method":"x"})",
          R"({"jsonrpc":"2.0","id":1,"\u0069d":2,"method":"x"})",
          R"({"jsonrpc":"2.0","id":1,"method":"x","method":"y"})",
          R"({"jsonrpc":"2.0","id":1,"method":"x","params":{"name":"a","name":"b"}})",
          R"({"jsonrpc":"2.0","id":1,"method":"x","params":{"name":"a","n\u0061me":"b"}})",
          R"({"jsonrpc":"2.0","id":1,"method":"x","params":{"_meta":{"progressToken":1,"progressToken":2}}})",
      }) {
    expect_refused(text, ErrorCode::kProtocol);
  }
}

TEST(Message, LeavesDuplicatesBelowMetaToWhomTheyConcern) {
  EXPECT_TRUE(parse(R"({"jsonrpc":"2.0","id":1,"method":"x","params":{"arguments":{"a":1,"a":2}}})"));
}

TEST(Message, RefusesAMetaThatIsNoObjectAsInvalid) {
  expect_refused(R"({"jsonrpc":"2.0","id":1,"method":"x","params":{"_meta":5}})", ErrorCode::kInvalid);
}

TEST(Message, KeepsHugeNumbersInItsBytes) {
  constexpr std::string_view kText =
      R"({"jsonrpc":"2.0","id":1,"method":"x","params":{"a":9007199254740993,"b":12345678901234567890123,"c":1e400}})";
  auto message = parse(kText);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->bytes.view(), kText);
  EXPECT_EQ(message->params.view(), R"({"a":9007199254740993,"b":12345678901234567890123,"c":1e400})");
}

TEST(Message, SlicesOutliveTheMessage) {
  Bytes params;
  {
    auto message = parse(R"({"jsonrpc":"2.0","method":"x","params":{"a":1}})");
    ASSERT_TRUE(message);
    params = message->params;
  }
  EXPECT_EQ(params.view(), R"({"a":1})");
}

TEST(Id, ComparesStringsAfterTheirEscapes) {
  EXPECT_EQ(*Id::parse(R"("a\u0062")"), *Id::parse(R"("ab")"));
  EXPECT_NE(*Id::parse("1"), *Id::parse(R"("1")"));
  EXPECT_EQ(Id::text("a\"b").raw(), R"("a\"b")");
  EXPECT_EQ(Id::number(-3).raw(), "-3");
  EXPECT_FALSE(Id::parse(""));
}

TEST(Batch, IsKnownByItsFirstByte) {
  EXPECT_TRUE(is_batch(" \n[1]"));
  EXPECT_FALSE(is_batch("{}"));
  EXPECT_FALSE(is_batch(""));
}

TEST(Batch, SplitsIntoTextsOfTheirOwn) {
  Bytes text = Bytes::copy(R"([ {"jsonrpc":"2.0","id":1,"method":"a"} , 5, {"jsonrpc":"2.0","method":"b"}])");
  auto members = split_batch(text, 3);
  ASSERT_TRUE(members);
  ASSERT_EQ(members->size(), 3u);
  EXPECT_TRUE(Message::parse((*members)[0])->is_request());
  EXPECT_FALSE(Message::parse((*members)[1]));
  EXPECT_TRUE(Message::parse((*members)[2])->is_notification());
}

TEST(Batch, RefusesEmptyOnesAndReadsNoMoreThanItsReaderTakes) {
  EXPECT_EQ(split_batch(Bytes::copy("[]"), 3).error().code, ErrorCode::kProtocol);
  EXPECT_EQ(split_batch(Bytes::copy("[1,2,3]"), 3)->size(), 3u);
  EXPECT_EQ(split_batch(Bytes::copy("[1,2,3,4,5,6]"), 3)->size(), 4u) << "enough to know that it is too many";
  EXPECT_EQ(split_batch(Bytes::copy("[1,"), 3).error().code, ErrorCode::kMalformed);
}

std::string nested(int levels) {
  std::string arrays = std::string(levels - 2, '[') + std::string(levels - 2, ']');
  return R"({"jsonrpc":"2.0","id":1,"method":"m","params":{"a":)" + arrays + "}}";
}

TEST(Message, IsNestedAsDeeplyAsItsReaderAllowsAndNotOneLevelMore) {
  for (int allowed : {4, 20, 255, json::kMaxDepth}) {
    EXPECT_TRUE(Message::parse(Bytes::adopt(nested(allowed)), allowed)) << allowed;
    auto deeper = Message::parse(Bytes::adopt(nested(allowed + 1)), allowed);
    ASSERT_FALSE(deeper) << allowed;
    EXPECT_EQ(deeper.error().code, ErrorCode::kLimit);
    EXPECT_THAT(deeper.error().message, HasSubstr(std::to_string(allowed)));
  }
  std::string batch = "[" + nested(10) + "]";
  EXPECT_TRUE(split_batch(Bytes::adopt(batch), 1, 11));
  EXPECT_EQ(split_batch(Bytes::adopt(batch), 1, 10).error().code, ErrorCode::kLimit);
}

// What parse() reads of a text, as own_request() and own_result() must have it too.
void expect_same(const Message& made) {
  auto read = Message::parse(made.bytes);
  ASSERT_TRUE(read) << made.bytes.view();
  EXPECT_EQ(made.kind, read->kind);
  EXPECT_EQ(made.id, read->id);
  EXPECT_EQ(made.method, read->method);
  EXPECT_EQ(made.params, read->params);
  EXPECT_EQ(made.result, read->result);
  EXPECT_EQ(made.name, read->name);
  EXPECT_EQ(made.uri, read->uri);
  EXPECT_EQ(made.meta, read->meta);
  EXPECT_EQ(made.progress_token, read->progress_token);
}

TEST(OwnMessages, AreWhatReadingThemWouldGive) {
  for (std::string_view params :
       {"", "{}", R"({"name":"x","uri":"u:1"})", R"({ "uri" : "a\"b" , "_meta" : { "progressToken" : 7 } })",
        R"({"arguments":{"name":"inner"},"name":"outer","_meta":{"a":{"progressToken":1}}})"}) {
    expect_same(own_request(Id::number(7), "tools/call", params));
    expect_same(own_request(Id::text("a\"b"), "x\"y", params));
  }
  for (std::string_view result : {"{}", R"({"content":[],"_meta":{"a":1}})", R"({"_meta":"text"})"}) {
    expect_same(own_result(Id::number(7), result));
  }
}

TEST(SalvageId, FindsTheIdOfARefusedMessage) {
  for (std::string_view text :
       {R"({"id":7})", R"({"jsonrpc":"1.0","id":7,"method":"x"})", R"([1)" /* not JSON */,
        R"({"id":7,"method":"x","method":"y"})", R"({"id":7,"params":{"a":1,"a":2}})"}) {
    auto id = salvage_id(Bytes::copy(text));
    if (text.front() == '[') {
      EXPECT_FALSE(id);
    } else {
      ASSERT_TRUE(id) << text;
      EXPECT_EQ(*id, Id::number(7));
    }
  }
}

TEST(SalvageId, DoesNotGuess) {
  for (std::string_view text : {"{}", "[]", "5", R"({"id":null})", R"({"id":1.5})", R"({"id":1,"id":2})",
                                R"({"id":1,"\u0069d":1})", R"({"params":{"id":1}})"}) {
    EXPECT_FALSE(salvage_id(Bytes::copy(text))) << text;
  }
}

TEST(Writers, MakeMessagesThatParse) {
  Message request = own_message(make_request(Id::number(1), "tools/list", R"({"cursor":"c"})"));
  EXPECT_EQ(request.bytes.view(),
            R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"c"}})");
  Message bare = own_message(make_request(Id::text("a"), "ping", ""));
  EXPECT_EQ(bare.bytes.view(), R"({"jsonrpc":"2.0","id":"a","method":"ping"})");
  EXPECT_EQ(make_notification("n", "").view(), R"({"jsonrpc":"2.0","method":"n"})");
  EXPECT_EQ(make_notification("n", "{}").view(), R"({"jsonrpc":"2.0","method":"n","params":{}})");
  EXPECT_EQ(own_message(make_result(Id::number(2), "{}")).kind, Kind::kResult);
  EXPECT_EQ(make_error(Id::number(2), {-32601, "no \"x\"", "[1]"}).view(),
            R"({"jsonrpc":"2.0","id":2,"error":{"code":-32601,"message":"no \"x\"","data":[1]}})");
  EXPECT_EQ(own_message(make_error(std::nullopt, {kParseError, "no", {}})).id, std::nullopt);
}

TEST(ShareResult, SaysTheSameAsACopiedResult) {
  for (const std::string& text :
       {std::string("{}"), "{\"a\":\"" + std::string(Rope::kShareFrom, 'x') + "\"}"}) {
    Bytes result = Bytes::adopt(text);
    Message shared = share_result(Id::text("a"), result);
    EXPECT_EQ(shared.bytes.view(), make_result(Id::text("a"), result.view()).view());
    EXPECT_EQ(shared.kind, Kind::kResult);
    EXPECT_EQ(shared.id, Id::text("a"));
    EXPECT_EQ(shared.result.data(), result.data());
  }
}

TEST(Salvage, FindsTheIdInAHeadThatWasCut) {
  EXPECT_EQ(salvage(R"({"jsonrpc":"2.0","id":7,"result":{"content":[{"te)").id, Id::number(7));
  EXPECT_EQ(salvage(R"({"id":"a\u0062","jsonrpc":"2.0","result":)").id, Id::text("ab"));
  EXPECT_FALSE(salvage(R"({"id":7,"result":)").is_call);
}

TEST(Salvage, FindsNoIdThatMayHaveBeenCutOrStandsTwice) {
  EXPECT_FALSE(salvage(R"({"jsonrpc":"2.0","id":7)").id) << "70, 71 …";
  EXPECT_FALSE(salvage(R"({"jsonrpc":"2.0","id":"a)").id);
  EXPECT_FALSE(salvage(R"({"id":7,"id":8,"result":{)").id);
  EXPECT_FALSE(salvage(R"({"id":7,"id":null,"result":{)").id);
  EXPECT_FALSE(salvage(R"({"result":{"id":7},"x":)").id) << "another one's";
  EXPECT_FALSE(salvage(R"({"result":{"id":7,)").id);
  for (const char* text : {"", "{", "id", "[{\"id\":7,", "garbage \"id\":7,"})
    EXPECT_FALSE(salvage(text).id) << text;
}

TEST(Salvage, TellsACallFromAnAnswer) {
  auto question = salvage(R"({"id":7,"method":"sampling/createMessage","params":{"mess)");
  EXPECT_EQ(question.id, Id::number(7));
  EXPECT_TRUE(question.is_call);
}

}  // namespace
}  // namespace mcp::jsonrpc
