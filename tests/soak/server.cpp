// mcp-soak-server --stdio | --http PORT: the server behind the soak, in both eras. Every tool answers with
// the nonce that it was given.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include <nlohmann/json.hpp>

#include "internal/async/timer.h"
#include "internal/server/catalog.h"
#include "internal/server/context.h"
#include "internal/transport/stdio_channel.h"
#include "tests/fixtures/everything/door.h"

namespace mcp::soak {
namespace {

using server::Answer;
using server::Catalog;
using server::ContextPtr;
using server::ToolResult;

Answer nonce_of(server::Context& context) { return ToolResult::text(context.argument("nonce")); }

Task<Answer> answer_later(ContextPtr context) {
  auto sleeping = async::sleep_for(context->loop(), async::Millis(context->argument("nonce").size() % 8 * 5));
  co_await std::move(sleeping);
  co_return nonce_of(*context);
}

Task<Answer> report_progress(ContextPtr context) {
  for (int step = 1; step <= 3; ++step) {
    context->progress(step, 3);
    auto sleeping = async::sleep_for(context->loop(), async::Millis(1));
    co_await std::move(sleeping);
  }
  co_return nonce_of(*context);
}

// Asks a client that has roots for them first.
Task<Answer> ask_roots(ContextPtr context) {
  if (!context->modern() && context->client().capabilities.roots) {
    auto outcome = co_await context->ask("roots/list", Bytes());
    if (!outcome.ok()) co_return Answer(outcome.error());
  }
  co_return nonce_of(*context);
}

Result<void> add(Catalog& catalog, std::string name, server::Handler handler) {
  server::Tool tool;
  tool.name = std::move(name);
  tool.description = "Answers with the nonce.";
  tool.handler = std::move(handler);
  return catalog.add(std::move(tool));
}

Result<std::shared_ptr<Catalog>> make_catalog(async::Loop& loop) {
  server::CatalogOptions options;
  options.server_info = R"({"name":"mcp-soak-server","version":"1.0.0"})";
  auto catalog = std::make_shared<Catalog>(loop, std::move(options));
  MCP_TRY(add(*catalog, "echo", server::immediate(nonce_of)));
  MCP_TRY(add(*catalog, "later", answer_later));
  MCP_TRY(add(*catalog, "progress", report_progress));
  MCP_TRY(add(*catalog, "roots", ask_roots));
  return catalog;
}

int serve_http(async::Loop& loop, const std::shared_ptr<Catalog>& catalog, const char* port) {
  transport::HttpEndpoint endpoint(loop, {}, [&loop, catalog](transport::Arrival arrival) {
    server::SessionOptions options;
    options.era = arrival.era;
    server::serve(loop, std::move(arrival.channel), catalog, std::move(options));
  });
  fixture::Door door(endpoint);
  http::Server server(loop, door);
  auto bound = server.listen(std::string("127.0.0.1:") + port);
  if (!bound) {
    std::fprintf(stderr, "mcp-soak-server: error: %s\n", bound.error().message.c_str());
    return 1;
  }
  std::printf("%d\n", static_cast<int>(*bound));
  std::fflush(stdout);
  loop.run();
  return 0;
}

int run(int argc, char** argv) {
  async::Loop loop;
  auto catalog = make_catalog(loop);
  if (!catalog) return 1;
  if (argc == 3 && std::strcmp(argv[1], "--http") == 0) return serve_http(loop, *catalog, argv[2]);
  if (argc < 2 || std::strcmp(argv[1], "--stdio") != 0) {
    std::fprintf(stderr, "usage: mcp-soak-server --stdio | --http PORT\n");
    return 2;
  }
  server::serve(loop, transport::make_stdio_channel(loop, 0, 1), *catalog);
  loop.run();
  return 0;
}

}  // namespace
}  // namespace mcp::soak

int main(int argc, char** argv) { return mcp::soak::run(argc, argv); }
