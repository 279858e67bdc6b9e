#pragma once

#include <memory>
#include <string>
#include <utility>

#include "internal/gateway/account.h"
#include "internal/http/server.h"

namespace mcp::gateway {

// One POST of a client that was let in. What its endpoint refuses without giving it to a session is told to
// the account, which hears of everything else from the session. On the loop.
class AccountedExchange final : public http::Exchange {
 public:
  AccountedExchange(http::ExchangePtr inner, std::shared_ptr<Account> account, std::string principal)
      : inner_(std::move(inner)), account_(std::move(account)), principal_(std::move(principal)) {}

  const http::Request& request() const override { return inner_->request(); }
  void respond(http::Response response) override {
    if (response.refused) account_->turned_away(request().body, principal_, response.status);
    inner_->respond(std::move(response));
  }
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
  std::shared_ptr<Account> account_;
  std::string principal_;
};

}  // namespace mcp::gateway
