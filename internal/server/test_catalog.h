#pragma once

#include <gmock/gmock.h>

#include "internal/server/catalog.h"
#include "internal/server/context.h"
#include "internal/server/test_peer.h"

namespace mcp::server {

using testing::ElementsAre;
using testing::HasSubstr;

inline Answer greet(Context& context) {
  return ToolResult::text("hello " + context.argument("name") + " of " + json::dump(context.arguments()));
}

inline Answer ask_name(Context& context) {
  const Value* content = context.accepted("who");
  if (content) return ToolResult::text("hello " + content->value("name", "?") + context.request_state());
  InputRequired wanted;
  wanted.elicit("who", "Who?", R"({"type":"object","properties":{"name":{"type":"string"}}})").state = "!";
  return wanted;
}

inline Answer never_content(Context&) { return InputRequired().list_roots("roots"); }
inline Answer throws(Context&) { throw std::runtime_error("secret"); }
inline Answer logs(Context& context) {
  context.log("debug", "1");
  context.log("warning", R"({"n":2})", "me");
  context.progress(1, 4, "quarter");
  context.progress(2.5);
  return ToolResult::text("done");
}
inline Answer needs_sampling(Context& context) {
  if (auto missing = context.require("sampling")) return *missing;
  return ToolResult::text("can sample");
}
inline Answer page(Context& context) {
  return ResourceResult::text(context.call()->uri(), "text/plain", "page");
}
inline Answer numbered(Context& context) {
  return ResourceResult::text(context.call()->uri(), "text/plain", "number " + context.variables().at("n"));
}
inline Answer rendered(Context& context) {
  PromptResult prompt;
  prompt.add("user", text_content("about " + context.argument("topic")));
  return prompt;
}

inline Tool tool(std::string name, Answer (*handler)(Context&), std::string schema = R"({"type":"object"})") {
  Tool out;
  out.name = std::move(name);
  out.input_schema = std::move(schema);
  out.handler = immediate(handler);
  return out;
}

inline std::shared_ptr<Catalog> make_catalog(async::Loop& loop, CatalogOptions options = {}) {
  options.server_info = R"({"name":"cat","version":"1"})";
  auto catalog = std::make_shared<Catalog>(loop, options);
  EXPECT_TRUE(catalog->add(tool(
      "greet", greet, R"({"type":"object","properties":{"name":{"type":"string"}},"required":["name"]})")));
  EXPECT_TRUE(catalog->add(tool("ask", ask_name)));
  EXPECT_TRUE(catalog->add(tool("endless", never_content)));
  EXPECT_TRUE(catalog->add(tool("throws", throws)));
  EXPECT_TRUE(catalog->add(tool("logs", logs)));
  EXPECT_TRUE(catalog->add(tool("sampler", needs_sampling)));
  Resource resource;
  resource.uri = "x://page";
  resource.name = "page";
  resource.handler = immediate(page);
  EXPECT_TRUE(catalog->add(resource));
  ResourceTemplate numbers;
  numbers.uri_template = "x://n/{n}";
  numbers.name = "numbers";
  numbers.handler = immediate(numbered);
  numbers.complete["n"] = [](const CompletionRequest&) {
    std::vector<std::string> all;
    for (int i = 0; i < 101; ++i) all.push_back(std::to_string(i));
    return all;
  };
  EXPECT_TRUE(catalog->add(numbers));
  Prompt prompt;
  prompt.name = "about";
  prompt.arguments = {
      {"topic", "what about", true,
       [](const CompletionRequest& request) {
         return std::vector<std::string>{request.value + "!", request.context.count("x") ? "x" : "-"};
       }},
      {"tone", "", false, nullptr}};
  prompt.handler = immediate(rendered);
  EXPECT_TRUE(catalog->add(prompt));
  return catalog;
}

class CatalogTest : public testing::Test {
 protected:
  void open(CatalogOptions options = {}) {
    peer = std::make_unique<TestPeer>(loop,
                                      [&](async::Loop& on) { return catalog = make_catalog(on, options); });
  }
  void legacy_client(std::string_view capabilities = "{}") {
    open();
    peer->initialize(capabilities);
  }
  static int code(const Value& answer) {
    return answer.contains("error") ? answer["error"]["code"].get<int>() : 0;
  }
  // Of a tool's first content block; the whole answer when there is none.
  static std::string text(const Value& answer) {
    auto pointer = Value::json_pointer("/result/content/0/text");
    return answer.contains(pointer) ? answer[pointer].get<std::string>() : answer.dump();
  }

  std::shared_ptr<async::Loop> loop = std::make_shared<async::Loop>();
  std::shared_ptr<Catalog> catalog;
  std::unique_ptr<TestPeer> peer;
};

}  // namespace mcp::server
