#include "internal/server/echo_server.h"

#include "internal/server/catalog.h"
#include "internal/server/context.h"

namespace mcp::server {
namespace {

Answer echo(Context& context) { return ToolResult::text(context.argument("message")); }

Answer repeat(Context& context) {
  PromptResult prompt;
  prompt.add("user", text_content("Repeat this, word for word: " + context.argument("message")));
  return prompt;
}

Answer said(Context& context) {
  return ResourceResult::text(context.call()->uri(), "text/plain", context.variables().at("message"));
}

Tool echo_tool() {
  Tool tool;
  tool.name = "echo";
  tool.title = "Echo";
  tool.description = "Gives the message back unchanged.";
  tool.input_schema =
      R"({"type":"object","properties":{"message":{"type":"string","description":"what to give back"}},)"
      R"("required":["message"]})";
  tool.annotations = R"({"readOnlyHint":true,"idempotentHint":true,"openWorldHint":false})";
  tool.handler = immediate(echo);
  return tool;
}

Prompt repeat_prompt() {
  Prompt prompt;
  prompt.name = "repeat";
  prompt.title = "Repeat";
  prompt.description = "Asks the model to repeat a message.";
  prompt.arguments = {{"message", "what to repeat", true, nullptr}};
  prompt.handler = immediate(repeat);
  return prompt;
}

ResourceTemplate echo_template() {
  ResourceTemplate resource;
  resource.uri_template = "echo://{message}";
  resource.name = "echo";
  resource.title = "Echo";
  resource.description = "The message in the address.";
  resource.mime_type = "text/plain";
  resource.handler = immediate(said);
  return resource;
}

}  // namespace

std::shared_ptr<Backend> make_echo_server(async::Loop& loop, Env& env) {
  CatalogOptions options;
  options.server_info = R"({"name":"echo","title":"Echo","version":"1.0.0"})";
  auto catalog = std::make_shared<Catalog>(loop, std::move(options), env);
  if (!catalog->add(echo_tool()) || !catalog->add(repeat_prompt()) || !catalog->add(echo_template()))
    return nullptr;
  return catalog;
}

}  // namespace mcp::server
