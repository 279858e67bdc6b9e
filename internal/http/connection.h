#pragma once

#include <memory>

#include "internal/http/outbox.h"
#include "internal/http/read_buffer.h"
#include "internal/http/request_parser.h"
#include "internal/http/server_core.h"
#include "internal/http/socket.h"

namespace mcp::http {

class ConnectionExchange;

// One client's connection: a state machine over at most one pending read and one pending write.
// Requests are answered one after the other, so pipelined answers keep their order. While a request is being
// handled the read stays pending, to notice that the client left; what arrives is kept, up to
// max_pipelined_bytes. A connection that has been silent for a second, and an idle stream, hold neither
// buffer nor parser. Lives in ServerCore::connections until it is closed.
class Connection final : public std::enable_shared_from_this<Connection>, private Deadlines::Item {
 public:
  Connection(std::shared_ptr<ServerCore> core, Socket socket, std::string peer);
  ~Connection() override;

  void start();
  // One connection too many: 503, without looking at what it wants.
  void turn_away();
  // Closes at once when idle, else after the answer; one that is new may still send its first request.
  void drain();
  // Cuts; the handler hears of it.
  void close();

  // The exchange's side.
  void respond(Response response);
  void open_stream(int status, const Headers& headers);
  Result<void> write_chunk(const Rope& chunk);
  std::size_t unsent() const { return outbox_.size(); }
  void end_stream();
  void abandoned(const RequestHead& head);

 private:
  using Clock = Deadlines::Clock;
  enum class Phase { kHead, kBody, kSkip, kHandling, kAnswering, kStreaming, kLingering, kClosed };

  // Reading (connection.cpp).
  void read();
  void read_into_buffer();
  void read_when_ready();
  void on_ready(boost::system::error_code failed);
  void on_read(boost::system::error_code failed, std::size_t count);
  void on_broken_read(boost::system::error_code failed);
  ReadBuffer::Space space_to_read();
  bool wants_read() const;
  void wait_for_next();
  void fall_silent();
  bool is_busy() const {
    return phase_ == Phase::kHandling || phase_ == Phase::kAnswering || phase_ == Phase::kStreaming;
  }

  // The request's way (connection.cpp).
  void pump();
  bool step();
  bool read_head();
  bool read_body();
  bool knock();
  void dispatch();
  void refuse(Refusal why, const RequestHead* head);
  void answer_refusal(const Refusal& why, const RequestHead* head);
  void refuse_at_door(const Response& response);
  void expired() override;

  // Answering (connection_write.cpp).
  void answer(const Response& response);
  void transmit(const Rope& body = {}, std::string_view tail = {});
  void transmit_part(const Bytes& body, std::string_view tail);
  void keep_unsent(std::size_t sent, const Bytes& body, std::string_view tail);
  void write();
  void on_writable(boost::system::error_code failed);
  std::size_t send(const Outbox::Buffers& buffers, boost::system::error_code& failed);
  void open_write_window();
  void finish_if_sent();
  void finish_answer();
  void broken();

  // The end (connection_write.cpp).
  void linger();
  void lost();
  void shut();

  void bound_absence();
  void set_read_deadline(async::Millis after);
  void set_deadlines();
  void count_buffered();
  void forget_body();

  std::shared_ptr<ServerCore> core_;
  Socket socket_;
  std::string peer_;
  RequestParser parser_;
  ReadBuffer input_;
  Outbox outbox_;
  ConnectionExchange* exchange_ = nullptr;  // of the request being answered; the handler owns it
  Clock::time_point read_deadline_;
  Clock::time_point write_deadline_;
  std::size_t body_bytes_ = 0;    // of the request, until its answer begins
  std::size_t counted_ = 0;       // of ServerCore::buffered
  std::size_t window_bytes_ = 0;  // sent since the write deadline was set
  Phase phase_ = Phase::kHead;
  bool reading_ = false;
  bool writing_ = false;
  bool pumping_ = false;
  bool head_started_ = false;
  bool asked_ = false;  // a request was read
  bool keep_alive_ = true;
  bool http10_ = false;
  bool head_only_ = false;  // the answer to HEAD
  bool chunked_ = false;    // the stream's framing
  bool ended_ = true;       // no more bytes will be added to the answer
  bool broken_ = false;     // the socket failed under a write
  bool silent_ = true;      // said nothing for a while: its memory was given back
};

}  // namespace mcp::http
