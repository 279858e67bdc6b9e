#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "internal/server/session.h"

namespace mcp::server {

// A call that was answered with a task and goes on behind it: what its handler sees from then on. It is the
// call that it was, but for its stream, which is gone.
class TaskCall final : public Call {
 public:
  // How a question of a legacy client's task travels: background_tasks.h.
  using Asker = std::function<Task<Outcome>(std::string method, Bytes params)>;

  TaskCall(CallPtr request, std::string task_id, Asker asker)
      : request_(std::move(request)), task_id_(std::move(task_id)), asker_(std::move(asker)) {}

  const std::string& task_id() const { return task_id_; }

  const SessionPtr& session() const override { return request_->session(); }
  const protocol::ClientView& client() const override { return request_->client(); }
  const jsonrpc::Message& message() const override { return request_->message(); }
  const std::string& name() const override { return request_->name(); }
  const std::string& uri() const override { return request_->uri(); }

  // Legacy: outside any request, related to the task (2025-11-25: the progress token stays valid). The
  // extension supports neither progress nor log messages of tasks: nothing is sent.
  void notify(std::string_view method, std::string_view params) override;
  Task<Outcome> ask(std::string method, Bytes params) override;
  void on_cancel(std::function<void()> fn) override;
  bool cancelled() const override { return over_; }
  void close_stream() override {}
  // The request was answered with the task already: nothing is left to say when the connection ends.
  void last(std::shared_ptr<Lasting>) override {}
  void conclude(Outcome) override {}

  // The task was cancelled, expired, or its client is gone: who works for it is told.
  void cancel();
  // The work is done: nobody need be told any more.
  void finish();

 private:
  CallPtr request_;
  std::string task_id_;
  Asker asker_;
  std::vector<std::function<void()>> on_cancel_;
  bool over_ = false;
};

// params or a result with `_meta` io.modelcontextprotocol/related-task (2025-11-25 tasks, "Related Task
// Metadata").
std::string with_related_task(std::string_view object, std::string_view task_id);

}  // namespace mcp::server
