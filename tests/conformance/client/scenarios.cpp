#include "tests/conformance/client/scenarios.h"

#include "internal/base/strings.h"
#include "internal/client/input_rounds.h"
#include "internal/json/members.h"
#include "internal/json/scan.h"

namespace mcp::conformance {
namespace {

using protocol::Outcome;

constexpr async::Millis kPatience{15'000};

client::Request request_of(std::string method, std::string params) {
  client::Request request;
  request.method = std::move(method);
  request.params = Bytes::adopt(std::move(params));
  request.timeout = kPatience;
  return request;
}

Result<void> judged(const Outcome& outcome, std::string what) {
  if (outcome.ok()) return {};
  if (outcome.cause()) return fail(outcome.cause()->wrap(what));
  return fail(ErrorCode::kProtocol,
              what + ": error " + std::to_string(outcome.error().code) + ": " + outcome.error().message);
}

Task<Result<void>> call(VisitPtr visit, std::string name, std::string arguments) {
  auto request =
      request_of("tools/call", "{\"name\":" + json_quote(name) + ",\"arguments\":" + arguments + "}");
  auto calling = client::call_tool(visit->peer, visit->tools, std::move(request), visit->events);
  Outcome outcome = co_await std::move(calling);
  co_return judged(outcome, "tool " + name);
}

// Every entry of a list, each by its own request: {"<key>": the entry's}.
Task<Result<void>> take_each(VisitPtr visit, std::string list, std::string method, std::string key) {
  auto listing = client::list_all(visit->peer, list);
  auto entries = co_await std::move(listing);
  MCP_CO_CHECK(entries);
  for (const Bytes& entry : *entries) {
    std::string raw(json::member_of(entry.view(), key));
    auto request = request_of(method, "{\"" + key + "\":" + raw + "}");
    auto asking = client::complete_request(visit->peer, std::move(request), visit->events);
    Outcome outcome = co_await std::move(asking);
    auto taken = judged(outcome, method);
    MCP_CO_CHECK(taken);
  }
  co_return Result<void>();
}

Task<Result<void>> look_around(VisitPtr) { co_return Result<void>(); }

Task<Result<void>> add_numbers(VisitPtr visit) { return call(visit, "add_numbers", R"({"a":2,"b":3})"); }

Task<Result<void>> take_form_defaults(VisitPtr visit) {
  return call(visit, "test_client_elicitation_defaults", "{}");
}

Task<Result<void>> survive_a_cut(VisitPtr visit) { return call(visit, "test_reconnection", "{}"); }

Task<Result<void>> call_every_tool(VisitPtr visit) {
  std::vector<client::Tool> tools = visit->tools->tools();
  for (const client::Tool& tool : tools) {
    auto calling = call(visit, tool.name, R"({"region":"us-west1"})");
    auto called = co_await std::move(calling);
    MCP_CO_CHECK(called);
  }
  co_return Result<void>();
}

Task<Result<void>> take_everything(VisitPtr visit) {
  auto calling = call_every_tool(visit);
  auto called = co_await std::move(calling);
  MCP_CO_CHECK(called);
  auto reading = take_each(visit, "resources/list", "resources/read", "uri");
  auto read = co_await std::move(reading);
  MCP_CO_CHECK(read);
  auto getting = take_each(visit, "prompts/list", "prompts/get", "name");
  auto got = co_await std::move(getting);
  co_return got;
}

// The calls that the suite wants: context.toolCalls[{name,arguments}].
Task<Result<void>> make_the_wanted_calls(VisitPtr visit) {
  auto calls = json::elements_of(json::member_of(visit->context.view(), "toolCalls"));
  if (calls.empty()) co_return fail(ErrorCode::kUsage, "the context has no toolCalls");
  for (std::string_view wanted : calls) {
    auto name = json::decode_string(json::member_of(wanted, "name"));
    MCP_CO_CHECK(name);
    auto calling = call(visit, *name, std::string(json::member_of(wanted, "arguments")));
    auto called = co_await std::move(calling);
    MCP_CO_CHECK(called);
  }
  co_return Result<void>();
}

// Hands a schema back as it was listed.
Task<Result<void>> echo_schema(VisitPtr visit) {
  auto tool = visit->tools->find("json_schema_2020_12_tool");
  MCP_CO_CHECK(tool);
  std::string arguments = "{\"schema\":" + std::string(tool->input_schema.view()) + "}";
  auto calling = call(visit, "json_schema_echo", arguments);
  auto called = co_await std::move(calling);
  co_return called;
}

struct Row {
  std::string_view name;
  Scenario act;
};

constexpr Row kScenarios[] = {
    {"initialize", look_around},
    {"tools_call", add_numbers},
    {"elicitation-sep1034-client-defaults", take_form_defaults},
    {"sse-retry", survive_a_cut},
    {"request-metadata", look_around},
    {"sep-2322-client-request-state", call_every_tool},
    {"http-standard-headers", take_everything},
    {"http-custom-headers", make_the_wanted_calls},
    {"http-invalid-tool-headers", call_every_tool},
    {"json-schema-ref-no-deref", look_around},
    {"json-schema-2020-12-preservation", echo_schema},
};

}  // namespace

Scenario find_scenario(std::string_view name) {
  for (const Row& row : kScenarios) {
    if (row.name == name) return row.act;
  }
  return nullptr;
}

}  // namespace mcp::conformance
