#pragma once

#include <memory>
#include <string>
#include <unordered_set>

#include "internal/http/deadlines.h"
#include "internal/http/head_writer.h"
#include "internal/http/server.h"

namespace mcp::http {

class Connection;

// The answer where ServerLimits::max_buffered_bytes is reached.
inline Refusal no_room() {
  return {503, "too much is being read from clients and sent to them", "max_buffered"};
}

// What all connections of one server share.
struct ServerCore {
  ServerCore(async::Loop& the_loop, Handler& the_handler, ServerLimits the_limits);

  // Small bodies and answers are taken all the same: whoever asks for little goes on while others ask for
  // much.
  static constexpr std::size_t kAlwaysTaken = 16 << 10;
  bool has_room_for(std::size_t more) const { return buffered + more <= limits.max_buffered_bytes; }

  async::Loop& loop;
  Handler* handler;  // null once the server is closed: nobody is asked any more
  ServerLimits limits;
  Deadlines deadlines;
  DateCache date;
  std::string scratch;  // heads are written here; whoever uses it clears it first
  ServerStats stats;
  std::size_t buffered = 0;  // what ServerLimits::max_buffered_bytes bounds; each connection counts its own
  std::shared_ptr<const ServerTls> tls;
  std::unordered_set<std::shared_ptr<Connection>> connections;
  bool draining = false;
};

}  // namespace mcp::http
