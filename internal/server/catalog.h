#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "internal/base/env.h"
#include "internal/server/background_tasks.h"
#include "internal/server/prompt.h"
#include "internal/server/request_state.h"
#include "internal/server/resource.h"
#include "internal/server/session.h"
#include "internal/server/shelf.h"
#include "internal/server/subscribers.h"
#include "internal/server/tool.h"

namespace mcp::server {

struct CatalogOptions {
  std::string server_info = R"({"name":"server","version":"0"})";  // raw Implementation
  std::string instructions;
  std::size_t page_size = 0;                    // entries of one list answer; 0: all
  std::int64_t request_state_ttl_ms = 600'000;  // how long a client may take between rounds
  tasks::Limits tasks;
};

// A server made of declared tools, resources and prompts; both eras come with it. Lives on the loop.
// Declarations may be added and removed while clients are connected: they are told.
class Catalog final : public Backend {
 public:
  Catalog(async::Loop& loop, CatalogOptions options, Env& env = real_env());
  ~Catalog() override;

  // Errors: kInvalid (name, schema, no handler), kExists.
  Result<void> add(Tool tool);
  Result<void> add(Prompt prompt);
  Result<void> add(Resource resource);
  Result<void> add(ResourceTemplate resource);
  bool remove_tool(std::string_view name);
  bool remove_prompt(std::string_view name);
  bool remove_resource(std::string_view uri);

  // Tells every client that cares. add and remove do it by themselves.
  void tools_changed();
  void prompts_changed();
  void resources_changed();
  void resource_updated(const std::string& uri);

  Task<Offer> offer(SessionPtr session) override;
  const std::string& server_info() const override { return options_.server_info; }
  Task<Outcome> handle(CallPtr call) override;
  void notified(SessionPtr session, const jsonrpc::Message& message) override;
  std::size_t listens() const { return subscribers_.listens(); }
  void session_opened(SessionPtr session) override { subscribers_.opened(session); }
  void session_closed(SessionPtr session) override;
  const tasks::Table& tasks() const { return background_->table(); }

 private:
  struct ToolEntry {
    Tool tool;
    ToolTraits traits;
  };
  struct Readable {  // who answers a URI
    Handler handler;
    std::map<std::string, std::string> variables;
  };

  Offer current_offer(const protocol::ClientView& client) const;
  bool has_task_tools() const;
  Outcome answer_now(const CallPtr& call);
  Outcome set_level(const Call& call) const;
  Outcome subscribe(const Call& call, bool on);
  Outcome complete(const Call& call) const;
  Task<Outcome> call_tool(CallPtr call);
  // catalog_tasks.cpp
  // The handler is the tool's, or what answers in its place.
  Task<Outcome> run_tool(ContextPtr context, const Tool* tool, const Handler* handler);
  Task<Outcome> get_prompt(CallPtr call);
  Task<Outcome> read_resource(CallPtr call);
  Task<Outcome> listen(CallPtr call);
  std::optional<Readable> find_resource(const std::string& uri) const;
  const Completer* find_completer(std::string_view type, const std::string& ref, const std::string& argument,
                                  bool& known) const;

  async::Loop& loop_;
  CatalogOptions options_;
  std::shared_ptr<const StateSeal> seal_;
  Shelf<ToolEntry> tools_;
  Shelf<Prompt> prompts_;
  Shelf<Resource> resources_;
  Shelf<ResourceTemplate> templates_;
  Subscribers subscribers_;
  std::shared_ptr<BackgroundTasks> background_;
};

}  // namespace mcp::server
