#pragma once

#include <functional>
#include <string>

#include "internal/async/loop.h"
#include "internal/base/error.h"
#include "internal/http/message.h"

namespace mcp::http {

// One request of the cold kind: collectors, keys, webhooks, package indexes. MCP traffic goes by Client.
struct FetchRequest {
  std::string method = "GET";
  std::string url;
  Headers headers = {};
  std::string body = {};
  std::string proxy = {};    // its URL; empty: none
  std::string ca_file = {};  // empty: the system's
  async::Millis timeout{10'000};
  std::size_t max_body = 1 << 20;
};

struct FetchReply {
  int status = 0;
  std::string body;
};

// Blocks: for the worker pool and for commands without a loop. http and https only; redirects are not
// followed. Errors: kInvalid (the URL), kUnavailable, kTimeout, kDenied (certificate), kLimit (the body).
Result<FetchReply> fetch(const FetchRequest& request);

// The same on the loop's pool; done is called on the loop.
void fetch(async::Loop& loop, FetchRequest request, std::function<void(Result<FetchReply>)> done);

}  // namespace mcp::http
