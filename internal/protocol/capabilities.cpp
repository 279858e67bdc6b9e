#include "internal/protocol/capabilities.h"

#include "internal/base/strings.h"
#include "internal/json/members.h"

namespace mcp::protocol {
namespace {

// Reads the members of one capabilities object; remembers the first that is not an object.
class Reader {
 public:
  explicit Reader(std::string_view raw) : raw_(raw) { check(raw, "capabilities"); }

  // The named member when it is there.
  std::string_view object(std::string_view key) { return object(raw_, key); }
  std::string_view object(std::string_view holder, std::string_view key) {
    std::string_view value = json::member_of(holder, key);
    if (!value.empty()) check(value, key);
    return value;
  }
  bool extension(std::string_view name) { return !object(object("extensions"), name).empty(); }
  Result<void> verdict() const {
    if (wrong_.empty()) return {};
    return fail(ErrorCode::kInvalid, "capabilities: " + json_quote(wrong_) + " must be an object");
  }

 private:
  void check(std::string_view value, std::string_view key) {
    if (wrong_.empty() && json::type_of(value) != json::Type::kObject) wrong_ = key;
  }

  std::string_view raw_;
  std::string wrong_;
};

bool is_true(std::string_view holder, std::string_view key) { return json::member_of(holder, key) == "true"; }

// Joins `"key":value` pairs into an object.
class Writer {
 public:
  Writer& flag(bool set, std::string_view key) { return raw(set, key, "true"); }
  Writer& raw(bool set, std::string_view key, std::string_view value) {
    if (!set) return *this;
    text_.append(text_.empty() ? "" : ",").append(json_quote(key)).append(":").append(value);
    return *this;
  }
  std::string object() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

Writer& tasks_extension(Writer& writer, bool set) {
  return writer.raw(set, "extensions", Writer().raw(true, kTasksExtension, "{}").object());
}

// 2025-11-25 tasks, "Server Capabilities".
std::string core_tasks(const ServerCapabilities& c) {
  return Writer()
      .raw(c.tasks_list, "list", "{}")
      .raw(c.tasks_cancel, "cancel", "{}")
      .raw(true, "requests", R"({"tools":{"call":{}}})")
      .object();
}

}  // namespace

Result<ClientCapabilities> parse_client_capabilities(std::string_view raw) {
  Reader reader(raw);
  ClientCapabilities said;
  said.raw = raw;
  std::string_view sampling = reader.object("sampling");
  said.sampling = !sampling.empty();
  said.sampling_tools = !reader.object(sampling, "tools").empty();
  std::string_view elicitation = reader.object("elicitation");
  said.elicitation_url = !reader.object(elicitation, "url").empty();
  bool form = !reader.object(elicitation, "form").empty();
  said.elicitation_form = !elicitation.empty() && (form || !said.elicitation_url);
  std::string_view roots = reader.object("roots");
  said.roots = !roots.empty();
  said.roots_list_changed = is_true(roots, "listChanged");
  said.tasks = !reader.object("tasks").empty();
  said.tasks_extension = reader.extension(kTasksExtension);
  MCP_TRY(reader.verdict());
  return said;
}

Result<ServerCapabilities> parse_server_capabilities(std::string_view raw) {
  Reader reader(raw);
  ServerCapabilities said;
  said.raw = raw;
  std::string_view tools = reader.object("tools");
  said.tools = !tools.empty();
  said.tools_list_changed = is_true(tools, "listChanged");
  std::string_view resources = reader.object("resources");
  said.resources = !resources.empty();
  said.resources_list_changed = is_true(resources, "listChanged");
  said.resources_subscribe = is_true(resources, "subscribe");
  std::string_view prompts = reader.object("prompts");
  said.prompts = !prompts.empty();
  said.prompts_list_changed = is_true(prompts, "listChanged");
  said.completions = !reader.object("completions").empty();
  said.logging = !reader.object("logging").empty();
  std::string_view tasks = reader.object("tasks");
  std::string_view augmented = reader.object(reader.object(tasks, "requests"), "tools");
  said.tasks = !reader.object(augmented, "call").empty();
  said.tasks_list = !reader.object(tasks, "list").empty();
  said.tasks_cancel = !reader.object(tasks, "cancel").empty();
  said.tasks_extension = reader.extension(kTasksExtension);
  MCP_TRY(reader.verdict());
  return said;
}

std::string to_json(const ServerCapabilities& capabilities) {
  const ServerCapabilities& c = capabilities;
  Writer writer;
  writer.raw(c.tools, "tools", Writer().flag(c.tools_list_changed, "listChanged").object());
  writer.raw(c.resources, "resources",
             Writer()
                 .flag(c.resources_subscribe, "subscribe")
                 .flag(c.resources_list_changed, "listChanged")
                 .object());
  writer.raw(c.prompts, "prompts", Writer().flag(c.prompts_list_changed, "listChanged").object());
  writer.raw(c.completions, "completions", "{}").raw(c.logging, "logging", "{}");
  writer.raw(c.tasks, "tasks", core_tasks(c));
  return tasks_extension(writer, c.tasks_extension).object();
}

std::string to_json(const ClientCapabilities& capabilities) {
  const ClientCapabilities& c = capabilities;
  Writer writer;
  writer.raw(c.sampling, "sampling", Writer().raw(c.sampling_tools, "tools", "{}").object());
  // `{}` says form to every revision; only next to url must form be named (2025-11-25 elicitation).
  Writer modes;
  modes.raw(c.elicitation_form && c.elicitation_url, "form", "{}").raw(c.elicitation_url, "url", "{}");
  writer.raw(c.elicitation_form || c.elicitation_url, "elicitation", modes.object());
  writer.raw(c.roots, "roots", Writer().flag(c.roots_list_changed, "listChanged").object());
  return tasks_extension(writer, c.tasks_extension).object();
}

}  // namespace mcp::protocol
