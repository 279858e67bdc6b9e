#pragma once

#include <memory>
#include <string>
#include <utility>

#include "internal/gateway/account.h"
#include "internal/gateway/passed_exchange.h"

namespace mcp::gateway {

// One POST of a client that was let in. What its endpoint refuses without giving it to a session is told to
// the account, which hears of everything else from the session. On the loop.
class AccountedExchange final : public PassedExchange {
 public:
  AccountedExchange(http::ExchangePtr inner, std::shared_ptr<Account> account, std::string principal)
      : PassedExchange(std::move(inner)), account_(std::move(account)), principal_(std::move(principal)) {}

  void respond(http::Response response) override {
    if (response.refused) account_->turned_away(request().body, principal_, response.status);
    PassedExchange::respond(std::move(response));
  }

 private:
  std::shared_ptr<Account> account_;
  std::string principal_;
};

}  // namespace mcp::gateway
