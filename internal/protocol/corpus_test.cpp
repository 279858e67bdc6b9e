// The examples that come with the 2026-07-28 schema, as far as this package reads them.
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "internal/base/env.h"
#include "internal/json/members.h"
#include "internal/jsonrpc/message.h"
#include "internal/protocol/capabilities.h"
#include "internal/protocol/era_bridge.h"
#include "internal/protocol/headers.h"
#include "internal/protocol/lifecycle.h"
#include "internal/protocol/meta.h"
#include "internal/protocol/method.h"
#include "internal/protocol/pagination.h"

namespace mcp::protocol {
namespace {

namespace fs = std::filesystem;

struct Example {
  std::string type;  // the folder: CallToolRequest …
  std::string file;
  Bytes text;
};

// MCP_SHARED_DATA, else ../shared/data beside the clone, seen from any build folder inside it.
std::optional<fs::path> find_examples() {
  const fs::path inner = "mcp-schema/2026-07-28/examples";
  if (auto set = real_env().variable("MCP_SHARED_DATA")) {
    if (fs::is_directory(*set / inner)) return *set / inner;
  }
  for (fs::path at = fs::current_path();; at = at.parent_path()) {
    if (fs::is_directory(at / "shared/data" / inner)) return at / "shared/data" / inner;
    if (at == at.parent_path()) return std::nullopt;
  }
}

class Corpus : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = find_examples();
    if (!folder)
      GTEST_SKIP() << "no schema examples: set MCP_SHARED_DATA to the folder that holds mcp-schema/";
    for (const auto& entry : fs::recursive_directory_iterator(*folder)) {
      if (entry.path().extension() != ".json") continue;
      auto text = real_env().read_file(entry.path());
      ASSERT_TRUE(text) << entry.path();
      examples_.push_back(
          {entry.path().parent_path().filename(), entry.path().filename(), Bytes::adopt(*text)});
    }
    ASSERT_FALSE(examples_.empty());
  }

  std::vector<Example> of(std::string_view suffix) const {
    std::vector<Example> found;
    for (const Example& example : examples_) {
      if (example.type.ends_with(suffix)) found.push_back(example);
    }
    EXPECT_FALSE(found.empty()) << suffix;
    return found;
  }

  static bool whole_message(const Example& example) {
    return !json::member_of(example.text.view(), "jsonrpc").empty();
  }

  std::vector<Example> examples_;
};

TEST_F(Corpus, IsValidJsonWithoutDuplicates) {
  for (const Example& example : examples_) {
    EXPECT_TRUE(json::validate(example.text)) << example.type << "/" << example.file;
    EXPECT_TRUE(json::scan_object(example.text)) << example.type << "/" << example.file;
  }
}

TEST_F(Corpus, MessagesParseAsTheirKind) {
  int seen = 0;
  for (const Example& example : examples_) {
    if (!whole_message(example)) continue;
    ++seen;
    auto message = jsonrpc::Message::parse(example.text);
    ASSERT_TRUE(message) << example.type << ": " << message.error().message;
    jsonrpc::Kind expected = example.type.ends_with("Request")        ? jsonrpc::Kind::kRequest
                             : example.type.ends_with("Notification") ? jsonrpc::Kind::kNotification
                             : example.type.ends_with("Error")        ? jsonrpc::Kind::kError
                                                                      : jsonrpc::Kind::kResult;
    EXPECT_EQ(message->kind, expected) << example.type;
    if (message->method.empty()) continue;
    const Method* method = find_method(message->method);
    ASSERT_NE(method, nullptr) << message->method;
    EXPECT_TRUE(exists_in(*method, Revision::k2026_07_28)) << message->method;
  }
  EXPECT_GE(seen, 30);
}

TEST_F(Corpus, ClientsOfRequestsAreRead) {
  int seen = 0;
  for (const Example& example : of("Request")) {
    if (!whole_message(example)) continue;
    ++seen;
    auto message = jsonrpc::Message::parse(example.text);
    ASSERT_TRUE(message);
    EXPECT_TRUE(is_modern(*message)) << example.type;
    auto client = read_client(*message);
    ASSERT_TRUE(client) << example.type << ": " << client.error().error.message;
    EXPECT_EQ(client->revision, Revision::k2026_07_28);
    EXPECT_NE(client->info, "{}") << example.type;
    auto headers = standard_headers(*message, "2026-07-28");
    EXPECT_EQ(headers.size(), find_method(message->method)->header_param.empty() ? 2u : 3u) << example.type;
  }
  EXPECT_GE(seen, 9);
}

TEST_F(Corpus, ParamsSurviveTheWayToALegacyServerAndBack) {
  for (const Example& example : of("Request")) {
    if (!whole_message(example)) continue;
    auto message = jsonrpc::Message::parse(example.text);
    ASSERT_TRUE(message);
    std::string legacy = without_modern_meta(message->params.view());
    ASSERT_TRUE(json::validate(Bytes::copy(legacy))) << legacy;
    EXPECT_EQ(legacy.find("io.modelcontextprotocol/"), std::string::npos) << legacy;
    std::string modern = with_modern_meta(legacy, "2026-07-28", R"({"name":"g","version":"1"})", "{}", "");
    ASSERT_TRUE(json::validate(Bytes::copy(modern))) << modern;
    for (const json::Field& member : json::members_of(message->params.view())) {
      if (member.key == "_meta") continue;
      EXPECT_EQ(json::member_of(modern, member.key), member.raw);
    }
  }
}

TEST_F(Corpus, ResultsSurviveTheWayToALegacyClientAndBack) {
  for (const Example& example : of("Result")) {
    if (json::member_of(example.text.view(), "resultType").empty()) continue;  // an answer of a client
    Bytes legacy = bridge_result(example.text, "tools/list", Era::kModern, Era::kLegacy, "");
    ASSERT_TRUE(json::validate(legacy)) << example.type;
    EXPECT_EQ(json::member_of(legacy.view(), "resultType"), "");
    Bytes modern =
        bridge_result(legacy, "tools/list", Era::kLegacy, Era::kModern, R"({"name":"g","version":"1"})");
    ASSERT_TRUE(json::validate(modern)) << example.type;
    EXPECT_EQ(result_type(modern.view()), "complete");
    for (const json::Field& member : json::members_of(legacy.view())) {
      if (member.key == "_meta") continue;
      EXPECT_EQ(json::member_of(modern.view(), member.key), member.raw);
    }
  }
}

TEST_F(Corpus, ListsAreReadAsPages) {
  for (auto [type, method] : {std::pair{"ListToolsResult", "tools/list"},
                              {"ListPromptsResult", "prompts/list"},
                              {"ListResourcesResult", "resources/list"},
                              {"ListResourceTemplatesResult", "resources/templates/list"}}) {
    for (const Example& example : of(type)) {
      auto page = read_page(example.text, find_method(method)->list_member);
      ASSERT_TRUE(page) << type;
      EXPECT_FALSE(page->items.empty());
      EXPECT_TRUE(page->next_cursor);
    }
  }
}

TEST_F(Corpus, CapabilitiesAndHellosAreRead) {
  for (const Example& example : of("ClientCapabilities")) {
    EXPECT_TRUE(parse_client_capabilities(example.text.view())) << example.file;
  }
  for (const Example& example : of("ServerCapabilities")) {
    auto said = parse_server_capabilities(example.text.view());
    ASSERT_TRUE(said) << example.file;
    EXPECT_NE(to_json(*said), "{}") << example.file;
  }
  for (const Example& example : of("DiscoverResult")) {
    auto hello = read_discover_result(example.text.view());
    ASSERT_TRUE(hello);
    EXPECT_EQ(hello->supported, std::vector<std::string>{"2026-07-28"});
    EXPECT_FALSE(hello->instructions.empty());
  }
  for (const Example& example : of("SubscriptionsListenRequest")) {
    auto message = jsonrpc::Message::parse(example.text);
    auto filter = read_listen(message->params.view());
    ASSERT_TRUE(filter);
    EXPECT_TRUE(filter->tools);
    EXPECT_EQ(filter->uris.size(), 1u);
  }
}

TEST_F(Corpus, ErrorsAreRead) {
  for (const Example& example : of("Error")) {
    std::string_view raw =
        whole_message(example) ? json::member_of(example.text.view(), "error") : example.text.view();
    auto error = jsonrpc::parse_rpc_error(raw);
    ASSERT_TRUE(error) << example.type;
    EXPECT_LT(error->code, 0);
  }
}

TEST_F(Corpus, ToolsHaveNoParamHeadersAndNoBrokenOnes) {
  for (const Example& example : of("Tool")) {
    auto found = find_param_headers(json::member_of(example.text.view(), "inputSchema"));
    ASSERT_TRUE(found) << example.file;
    EXPECT_TRUE(found->empty());
  }
}

}  // namespace
}  // namespace mcp::protocol
