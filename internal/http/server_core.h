#pragma once

#include <memory>
#include <string>
#include <unordered_set>

#include "internal/http/deadlines.h"
#include "internal/http/head_writer.h"
#include "internal/http/server.h"

namespace mcp::http {

class Connection;

// What all connections of one server share.
struct ServerCore {
  ServerCore(async::Loop& the_loop, Handler& the_handler, ServerLimits the_limits);

  async::Loop& loop;
  Handler* handler;  // null once the server is closed: nobody is asked any more
  ServerLimits limits;
  Deadlines deadlines;
  DateCache date;
  std::string scratch;  // heads are written here; whoever uses it clears it first
  ServerStats stats;
  std::shared_ptr<const ServerTls> tls;
  std::unordered_set<std::shared_ptr<Connection>> connections;
  bool draining = false;
};

}  // namespace mcp::http
