#pragma once

#include <memory>
#include <utility>

#include "internal/http/server.h"

namespace mcp::gateway {

// An exchange that hands everything on to the one within: what it changes, a kind of it overrides.
class PassedExchange : public http::Exchange {
 public:
  explicit PassedExchange(http::ExchangePtr inner) : inner_(std::move(inner)) {}

  const http::Request& request() const override { return inner_->request(); }
  void respond(http::Response response) override { inner_->respond(std::move(response)); }
  void open_stream(int status, http::Headers headers) override {
    inner_->open_stream(status, std::move(headers));
  }
  Result<void> write(Rope chunk) override { return inner_->write(std::move(chunk)); }
  std::size_t unsent() const override { return inner_->unsent(); }
  void end() override { inner_->end(); }
  void on_disconnect(std::function<void()> fn) override { inner_->on_disconnect(std::move(fn)); }
  bool disconnected() const override { return inner_->disconnected(); }

 private:
  http::ExchangePtr inner_;
};

}  // namespace mcp::gateway
