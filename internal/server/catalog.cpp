#include "internal/server/catalog.h"

#include <utility>

#include "internal/base/strings.h"
#include "internal/json/scan.h"
#include "internal/protocol/meta.h"
#include "internal/protocol/uri_template.h"
#include "internal/server/context.h"
#include "internal/server/rounds.h"

namespace mcp::server {
namespace {

Task<Outcome> ready(Outcome outcome) { co_return outcome; }

Task<Answer> misses(std::string argument) {
  co_return ToolResult::failure("missing required argument: " + argument);
}

Outcome invalid(std::string message) { return Outcome::error(jsonrpc::kInvalidParams, std::move(message)); }

// -32002 up to 2025-11-25; -32602 with data.uri since (SEP-2164).
Outcome no_resource(const Call& call) {
  bool modern = call.client().era() == protocol::Era::kModern;
  return Outcome::error(modern ? jsonrpc::kInvalidParams : jsonrpc::kResourceNotFound,
                        "resource not found: " + call.uri(), "{\"uri\":" + json_quote(call.uri()) + "}");
}

std::string_view param(const Call& call, std::string_view key) {
  if (call.params().empty()) return {};
  auto fields = json::scan_object(call.params());
  return fields ? fields->get(key) : std::string_view();
}

template <class T>
Outcome list(const Shelf<T>& shelf, std::string_view member, const Call& call, std::size_t page_size) {
  std::optional<std::string> cursor;
  if (auto raw = param(call, "cursor"); !raw.empty()) {
    auto text = json::decode_string(raw);
    if (!text) return invalid("cursor must be a string");
    cursor = std::move(*text);
  }
  auto page = shelf.page(member, cursor, page_size);
  return page ? Outcome::result(std::move(*page)) : Outcome::error(page.error());
}

// Do Mcp-Param-* headers say what the arguments say? Only modern HTTP has them.
std::optional<jsonrpc::RpcError> check_mirrored(const std::vector<protocol::ParamHeader>& mirrored,
                                                const Call& call) {
  const auto* headers = call.headers();
  if (!headers || mirrored.empty()) return std::nullopt;
  auto lookup = [headers](std::string_view name) -> std::optional<std::string> {
    if (!headers->has(name)) return std::nullopt;
    return std::string(headers->get(name));
  };
  return protocol::check_param_headers(mirrored, lookup, param(call, "arguments"));
}

}  // namespace

Catalog::Catalog(async::Loop& loop, CatalogOptions options, Env& env)
    : loop_(loop),
      options_(std::move(options)),
      seal_(std::make_shared<StateSeal>(env, env.random_bytes(32), options_.request_state_ttl_ms)) {
  auto changed = [this](const std::string& id, const std::string& task) {
    subscribers_.task_changed(id, task);
  };
  background_ = std::make_shared<BackgroundTasks>(loop_, env, options_.tasks, changed);
}

Catalog::~Catalog() { background_->stop(); }

void Catalog::session_closed(SessionPtr session) {
  subscribers_.closed(session);
  background_->session_closed(session);
}

Result<void> Catalog::add(Tool tool) {
  MCP_ASSIGN(auto traits, check_tool(tool));
  std::string key = tool.name;
  std::string json = to_json(tool);
  MCP_TRY(tools_.add(std::move(key), std::move(json), ToolEntry{std::move(tool), std::move(traits)}));
  tools_changed();
  return {};
}

Result<void> Catalog::add(Prompt prompt) {
  if (prompt.name.empty() || !prompt.handler)
    return fail(ErrorCode::kInvalid, "a prompt needs a name and a handler");
  std::string key = prompt.name;
  std::string json = to_json(prompt);
  MCP_TRY(prompts_.add(std::move(key), std::move(json), std::move(prompt)));
  prompts_changed();
  return {};
}

Result<void> Catalog::add(Resource resource) {
  if (resource.uri.empty() || resource.name.empty() || !resource.handler) {
    return fail(ErrorCode::kInvalid, "a resource needs a URI, a name and a handler");
  }
  std::string key = resource.uri;
  std::string json = to_json(resource);
  MCP_TRY(resources_.add(std::move(key), std::move(json), std::move(resource)));
  resources_changed();
  return {};
}

Result<void> Catalog::add(ResourceTemplate resource) {
  if (resource.uri_template.empty() || resource.name.empty() || !resource.handler) {
    return fail(ErrorCode::kInvalid, "a resource template needs a URI template, a name and a handler");
  }
  std::string key = resource.uri_template;
  std::string json = to_json(resource);
  MCP_TRY(templates_.add(std::move(key), std::move(json), std::move(resource)));
  resources_changed();
  return {};
}

bool Catalog::remove_tool(std::string_view name) {
  bool removed = tools_.remove(name);
  if (removed) tools_changed();
  return removed;
}

bool Catalog::remove_prompt(std::string_view name) {
  bool removed = prompts_.remove(name);
  if (removed) prompts_changed();
  return removed;
}

bool Catalog::remove_resource(std::string_view uri) {
  bool removed = resources_.remove(uri);
  if (removed) resources_changed();
  return removed;
}

void Catalog::tools_changed() { subscribers_.list_changed("notifications/tools/list_changed"); }
void Catalog::prompts_changed() { subscribers_.list_changed("notifications/prompts/list_changed"); }
void Catalog::resources_changed() { subscribers_.list_changed("notifications/resources/list_changed"); }
void Catalog::resource_updated(const std::string& uri) { subscribers_.updated(uri); }

Offer Catalog::current_offer(const protocol::ClientView& client) const {
  Offer offer;
  auto& can = offer.capabilities;
  can.logging = true;
  can.tools = can.tools_list_changed = !tools_.empty();
  can.prompts = can.prompts_list_changed = !prompts_.empty();
  can.resources = can.resources_list_changed = can.resources_subscribe =
      !resources_.empty() || !templates_.empty();
  can.completions = can.prompts || can.resources;
  bool modern = client.era() == protocol::Era::kModern;
  can.tasks_extension = modern && has_task_tools();
  can.tasks = can.tasks_list = can.tasks_cancel =
      client.revision == protocol::Revision::k2025_11_25 && has_task_tools();
  offer.server_info = options_.server_info;
  offer.instructions = options_.instructions;
  return offer;
}

Task<Offer> Catalog::offer(SessionPtr session) { co_return current_offer(session->client()); }

void Catalog::notified(SessionPtr, const jsonrpc::Message&) {}

Task<Outcome> Catalog::handle(CallPtr call) {
  const auto& method = call->method();
  if (method == "tools/call") return call_tool(std::move(call));
  if (method == "prompts/get") return get_prompt(std::move(call));
  if (method == "resources/read") return read_resource(std::move(call));
  if (method == "subscriptions/listen") return listen(std::move(call));
  if (has_task_tools() && method.starts_with("tasks/")) return background_->handle(std::move(call));
  return ready(answer_now(call));
}

Outcome Catalog::answer_now(const CallPtr& call) {
  const auto& method = call->method();
  if (method == "tools/list") return list(tools_, "tools", *call, options_.page_size);
  if (method == "prompts/list") return list(prompts_, "prompts", *call, options_.page_size);
  if (method == "resources/list") return list(resources_, "resources", *call, options_.page_size);
  if (method == "resources/templates/list")
    return list(templates_, "resourceTemplates", *call, options_.page_size);
  if (method == "resources/subscribe") return subscribe(*call, true);
  if (method == "resources/unsubscribe") return subscribe(*call, false);
  if (method == "logging/setLevel") return set_level(*call);
  if (method == "completion/complete") return complete(*call);
  return Outcome::error(jsonrpc::kMethodNotFound, "method not found: " + method);
}

Outcome Catalog::set_level(const Call& call) const {
  auto level = json::decode_string(param(call, "level"));
  if (!level || !protocol::is_log_level(*level)) {
    return invalid("level must be one of debug, info, notice, warning, error, critical, alert, emergency");
  }
  return Outcome::result(std::string("{}"));
}

Outcome Catalog::subscribe(const Call& call, bool on) {
  if (call.uri().empty()) return invalid("uri is missing");
  if (on && !find_resource(call.uri())) return no_resource(call);
  if (on) {
    auto added = subscribers_.subscribe(call.session(), call.uri());
    if (!added) return Outcome::error(added.error());
  } else {
    subscribers_.unsubscribe(call.session(), call.uri());
  }
  return Outcome::result(std::string("{}"));
}

Task<Outcome> Catalog::call_tool(CallPtr call) {
  if (call->name().empty()) return ready(invalid("name is missing: which tool?"));
  auto entry = tools_.find(call->name());
  if (!entry) return ready(invalid("unknown tool: " + call->name()));
  if (auto mismatch = check_mirrored(entry->item.traits.mirrored, *call))
    return ready(Outcome::error(*mismatch));
  auto context = Context::read(loop_, std::move(call));
  if (!context) return ready(Outcome::error(context.error()));
  for (const auto& name : entry->item.traits.required) {
    if ((*context)->has_argument(name)) continue;
    // SEP-1303: bad input is an answer to the model, not an error of the protocol.
    Handler refusing = [name](ContextPtr) { return misses(name); };
    return run_tool(std::move(*context), &entry->item.tool, &refusing);
  }
  return run_tool(std::move(*context), &entry->item.tool, &entry->item.tool.handler);
}

Task<Outcome> Catalog::get_prompt(CallPtr call) {
  if (call->name().empty()) return ready(invalid("name is missing: which prompt?"));
  auto entry = prompts_.find(call->name());
  if (!entry) return ready(invalid("unknown prompt: " + call->name()));
  auto context = Context::read(loop_, std::move(call));
  if (!context) return ready(Outcome::error(context.error()));
  if (!(*context)->only_string_arguments())
    return ready(invalid("the arguments of a prompt must be strings"));
  for (const auto& argument : entry->item.arguments) {
    if (argument.required && !(*context)->has_argument(argument.name)) {
      return ready(invalid("missing required argument: " + argument.name));
    }
  }
  return run_handler(std::move(*context), entry->item.handler, seal_);
}

Task<Outcome> Catalog::read_resource(CallPtr call) {
  if (call->uri().empty()) return ready(invalid("uri is missing"));
  auto found = find_resource(call->uri());
  if (!found) return ready(no_resource(*call));
  auto context = Context::read(loop_, std::move(call));
  if (!context) return ready(Outcome::error(context.error()));
  (*context)->set_variables(std::move(found->variables));
  return run_handler(std::move(*context), std::move(found->handler), seal_);
}

std::optional<Catalog::Readable> Catalog::find_resource(const std::string& uri) const {
  if (auto entry = resources_.find(uri)) return Readable{entry->item.handler, {}};
  for (const auto& entry : templates_) {
    auto variables = protocol::match_uri_template(entry->item.uri_template, uri);
    if (variables) return Readable{entry->item.handler, std::move(*variables)};
  }
  return std::nullopt;
}

Task<Outcome> Catalog::listen(CallPtr call) {
  auto wanted = protocol::read_listen(call->params().view());
  if (!wanted) return ready(Outcome::error(wanted.error()));
  if (auto room = subscribers_.may_listen(); !room) return ready(Outcome::error(room.error()));
  if (!wanted->task_ids.empty() && !call->client().capabilities.tasks_extension)
    return ready(Outcome::error(protocol::missing_tasks_extension()));
  auto can = current_offer(call->client()).capabilities;
  protocol::ListenFilter agreed = std::move(*wanted);
  agreed.tools = agreed.tools && can.tools_list_changed;
  agreed.prompts = agreed.prompts && can.prompts_list_changed;
  agreed.resources = agreed.resources && can.resources_list_changed;
  std::erase_if(agreed.uris, [this](const std::string& uri) { return !find_resource(uri); });
  std::erase_if(agreed.task_ids, [&](const std::string& id) { return !background_->knows(*call, id); });
  auto open = Listen::open(std::move(call), std::move(agreed));
  subscribers_.add(open);
  open->on_over([this] { subscribers_.forget_ended(); });
  return ready(Outcome::later());
}

Outcome Catalog::complete(const Call& call) const {
  auto request = read_completion(call.params());
  if (!request) return Outcome::error(request.error());
  bool known = false;
  const Completer* completer = find_completer(request->type, request->ref, request->argument, known);
  if (!known) return invalid("nothing to complete: unknown " + request->type + " " + request->ref);
  if (!completer || !*completer) return Outcome::result(completion_result({}));
  return Outcome::result(completion_result((*completer)(request->typed)));
}

const Completer* Catalog::find_completer(std::string_view type, const std::string& ref,
                                         const std::string& argument, bool& known) const {
  if (type == "ref/prompt") {
    auto entry = prompts_.find(ref);
    known = entry != nullptr;
    if (!entry) return nullptr;
    for (const auto& declared : entry->item.arguments) {
      if (declared.name == argument) return &declared.complete;
    }
    return nullptr;
  }
  auto entry = templates_.find(ref);
  known = entry != nullptr || resources_.find(ref) != nullptr;
  if (!entry) return nullptr;
  auto found = entry->item.complete.find(argument);
  return found == entry->item.complete.end() ? nullptr : &found->second;
}

}  // namespace mcp::server
