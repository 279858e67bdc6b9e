#pragma once

#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "internal/http/client.h"

namespace mcp::http::testing {

struct Fetched {
  int status = 0;
  Headers headers;
  std::string body;
};

// A coroutine's result, once it is there.
template <class T>
class Eventual {
 public:
  Eventual(async::Loop& loop, Task<T> task) : loop_(loop) { loop.spawn(keep(std::move(task), value_)); }

  bool done() const { return value_->has_value(); }
  T get() {
    if (!loop_.run_until([this] { return done(); }, async::Millis(10'000)))
      throw std::runtime_error("never finished");
    return std::move(**value_);
  }

 private:
  using Value = std::shared_ptr<std::optional<T>>;
  static Task<void> keep(Task<T> task, Value value) {
    auto result = co_await std::move(task);
    value->emplace(std::move(result));
  }

  async::Loop& loop_;
  Value value_ = std::make_shared<std::optional<T>>();
};

inline Task<Result<Fetched>> fetch_task(Client& client, ClientRequest request, CancelToken cancel) {
  auto response = co_await client.send(request, cancel);
  MCP_CO_CHECK(response);
  ClientResponsePtr held = *response;
  auto body = co_await held->read_all(64 << 20);
  MCP_CO_CHECK(body);
  Fetched fetched;
  fetched.status = held->status();
  fetched.headers = held->headers();
  fetched.body = body->view();
  co_return fetched;
}

inline ClientRequest request_to(const std::string& url, const std::string& body = "",
                                const std::string& method = "POST") {
  ClientRequest request;
  request.method = method;
  request.url = *parse_url(url);
  if (!body.empty()) request.body = Bytes::copy(body);
  return request;
}

inline Result<Fetched> fetch(async::Loop& loop, Client& client, ClientRequest request) {
  return Eventual<Result<Fetched>>(loop, fetch_task(client, std::move(request), CancelToken())).get();
}

inline Task<Result<Bytes>> read_all_task(ClientResponsePtr response, std::size_t limit) {
  auto body = co_await response->read_all(limit);
  co_return body;
}

inline ErrorCode error_of(const Result<Fetched>& result) {
  EXPECT_FALSE(result);
  return result ? ErrorCode::kInternal : result.error().code;
}

}  // namespace mcp::http::testing
