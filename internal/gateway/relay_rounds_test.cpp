// A modern server's input_required during a legacy client's call.
#include "internal/gateway/test_farm.h"

namespace mcp::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kAll = R"({"sampling":{},"elicitation":{"form":{},"url":{}},"roots":{"listChanged":true}})";
const std::string kCall = legacy("1", "tools/call", R"({"name":"t","arguments":{"n":9007199254740993}})");
const std::string kForm =
    R"({"method":"elicitation/create","params":{"message":"Name?","requestedSchema":{}}})";

std::string required(const std::string& requests, const std::string& state = {}) {
  std::string text = R"({"resultType":"input_required","inputRequests":{)" + requests + "}";
  return text + (state.empty() ? "" : ",\"requestState\":" + state) + "}";
}

class RelayRounds : public FarmTest {
 protected:
  TestPeer& legacy_client(const std::string& capabilities = kAll) {
    TestPeer& peer = client();
    peer.initialize(capabilities);
    return peer;
  }
  void reply(TestPeer& peer, const Value& question, const std::string& result) {
    peer.send(R"({"jsonrpc":"2.0","id":)" + question["id"].dump() + ",\"result\":" + result + "}");
  }
};

TEST_F(RelayRounds, BecomesRequestsAndTheAnswersGoBackWithTheState) {
  open(protocol::Era::kModern);
  TestPeer& peer = legacy_client();
  peer.send(kCall);
  answer(0, "tools/call", required("\"who\":" + kForm, R"("s\u0041 t\/")"));
  Value question = peer.next();
  EXPECT_EQ(question["method"], "elicitation/create");
  EXPECT_EQ(question["params"]["message"], "Name?");
  reply(peer, question, R"({"action":"accept","content":{"n":9007199254740993}})");
  std::string second = params(0, "tools/call", 1);
  EXPECT_THAT(second,
              HasSubstr(R"("inputResponses":{"who":{"action":"accept","content":{"n":9007199254740993}}})"));
  EXPECT_THAT(second, HasSubstr(R"("requestState":"s\u0041 t\/")"));
  EXPECT_THAT(second, HasSubstr("9007199254740993"));
  answer(0, "tools/call", R"({"resultType":"complete","content":[]})", 1);
  Value last = peer.next();
  EXPECT_EQ(last["id"], 1);
  EXPECT_EQ(last["result"], json::parse(R"({"content":[]})").value());
}

TEST_F(RelayRounds, EachRequestSaysWhatTheClientAnswers) {
  open(protocol::Era::kModern);
  legacy_client(R"({"elicitation":{},"roots":{"listChanged":true},"tasks":{}})").send(kCall);
  auto meta = json::parse(params(0, "tools/call")).value()["_meta"];
  EXPECT_EQ(meta["io.modelcontextprotocol/clientCapabilities"],
            json::parse(R"({"elicitation":{},"roots":{}})").value());
}

TEST_F(RelayRounds, AQuestionThatWasNotDeclaredIsTheCallsError) {
  open(protocol::Era::kModern);
  TestPeer& peer = legacy_client(R"({"elicitation":{}})");
  peer.send(kCall);
  answer(0, "tools/call",
         required(R"("w":{"method":"sampling/createMessage","params":{"messages":[],"maxTokens":1}})"));
  EXPECT_TRUE(peer.next().contains("error"));
}

TEST_F(RelayRounds, SeveralQuestionsArePutAtOnceAndTheFirstErrorIsTheCalls) {
  open(protocol::Era::kModern);
  TestPeer& peer = legacy_client();
  peer.send(kCall);
  answer(0, "tools/call", required("\"a\":" + kForm + R"(,"b":{"method":"roots/list"})"));
  Value first = peer.next();
  Value second = peer.next();
  const Value& form = first["method"] == "roots/list" ? second : first;
  const Value& roots = first["method"] == "roots/list" ? first : second;
  ASSERT_EQ(form["method"], "elicitation/create");
  peer.send(R"({"jsonrpc":"2.0","id":)" + roots["id"].dump() +
            R"(,"error":{"code":-1,"message":"rejected"}})");
  // The other question is moot: the client is told, then the call ends.
  Value withdrawn = peer.next();
  EXPECT_EQ(withdrawn["method"], "notifications/cancelled");
  EXPECT_EQ(withdrawn["params"]["requestId"], form["id"]);
  Value last = peer.next();
  EXPECT_EQ(last["id"], 1);
  EXPECT_EQ(last["error"]["code"], -1);
  EXPECT_EQ(servers[0]->count("tools/call"), 1u);
}

TEST_F(RelayRounds, DecliningIsAnAnswer) {
  open(protocol::Era::kModern);
  TestPeer& peer = legacy_client();
  peer.send(kCall);
  answer(0, "tools/call", required("\"who\":" + kForm));
  reply(peer, peer.next(), R"({"action":"decline"})");
  EXPECT_THAT(params(0, "tools/call", 1), HasSubstr(R"("inputResponses":{"who":{"action":"decline"}})"));
}

TEST_F(RelayRounds, AUrlElicitationGetsTheIdThatLegacyClientsMustHave) {
  open(protocol::Era::kModern);
  TestPeer& peer = legacy_client();
  peer.send(kCall);
  answer(
      0, "tools/call",
      required(
          R"("v":{"method":"elicitation/create","params":{"mode":"url","message":"m","url":"https://x.example"}})"));
  Value question = peer.next();
  EXPECT_EQ(question["params"]["url"], "https://x.example");
  EXPECT_FALSE(question["params"]["elicitationId"].get<std::string>().empty());
}

TEST_F(RelayRounds, AStateWithoutQuestionsIsSentBackAtOnce) {
  open(protocol::Era::kModern);
  TestPeer& peer = legacy_client();
  peer.send(kCall);
  answer(0, "tools/call", R"({"resultType":"input_required","requestState":"later"})");
  std::string second = params(0, "tools/call", 1);
  EXPECT_THAT(second, HasSubstr(R"("requestState":"later")"));
  EXPECT_THAT(second, Not(HasSubstr("inputResponses")));
}

TEST_F(RelayRounds, RoundsHaveAnEnd) {
  open(protocol::Era::kModern);
  TestPeer& peer = legacy_client();
  peer.send(kCall);
  for (std::size_t round = 0; round < 16; ++round) {
    answer(0, "tools/call", R"({"resultType":"input_required","requestState":"again"})", round);
  }
  EXPECT_THAT(peer.next()["error"]["message"].get<std::string>(), HasSubstr("16 times"));
}

TEST_F(RelayRounds, CancellingWhileAQuestionIsOpenWithdrawsIt) {
  open(protocol::Era::kModern);
  TestPeer& peer = legacy_client();
  peer.send(kCall);
  answer(0, "tools/call", required("\"who\":" + kForm));
  Value question = peer.next();
  peer.send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})");
  Value withdrawn = peer.next();
  EXPECT_EQ(withdrawn["method"], "notifications/cancelled");
  EXPECT_EQ(withdrawn["params"]["requestId"], question["id"]);
  settle();
  EXPECT_EQ(servers[0]->count("tools/call"), 1u);
}

TEST_F(RelayRounds, CancellingARunningRoundReachesTheServer) {
  open(protocol::Era::kModern);
  TestPeer& peer = legacy_client();
  peer.send(kCall);
  answer(0, "tools/call", required("\"who\":" + kForm));
  reply(peer, peer.next(), R"({"action":"decline"})");
  const Message* second = seen(0, "tools/call", 1);
  ASSERT_NE(second, nullptr);
  std::string id = second->id->raw();
  peer.send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})");
  EXPECT_THAT(params(0, "notifications/cancelled"), HasSubstr("\"requestId\":" + id));
}

TEST_F(RelayRounds, ASharedServerIsToldOfNoCapability) {
  config::ServerEntry entry;
  entry.isolation = config::ServerEntry::Isolation::kShared;
  open(protocol::Era::kModern, entry);
  legacy_client().send(kCall);
  auto meta = json::parse(params(0, "tools/call")).value()["_meta"];
  EXPECT_EQ(meta["io.modelcontextprotocol/clientCapabilities"], Value::object());
}

}  // namespace
}  // namespace mcp::gateway
