#pragma once

#include <memory>
#include <optional>
#include <string>

#include "internal/async/look_up.h"
#include "internal/async/tcp.h"
#include "internal/http/client_core.h"
#include "internal/http/deadlines.h"
#include "internal/http/read_buffer.h"

namespace mcp::http {

struct Proxy;

// Where a connection leads.
struct Destination {
  std::string host;
  std::uint16_t port = 0;
  std::string socket;            // a Unix-domain socket's file, which leads there instead
  const Proxy* proxy = nullptr;  // of the client's rules; null: directly
};

// One connection to an upstream, plain; tls.h has the other kind. One operation at a time.
// Its deadline and close() end a pending operation, with kTimeout or the reason given.
class Wire : public std::enable_shared_from_this<Wire>, private Deadlines::Item {
 public:
  Wire(std::shared_ptr<ClientCore> core, ClientPool::Permit permit);
  ~Wire() override;

  // Looks the name up, of the proxy where there is one, connects to the first address that answers, and
  // shakes hands where there is something to shake.
  virtual Task<Result<void>> open(Destination to);
  // Sends both parts. The write deadline counts from progress to progress.
  Task<Result<void>> write(std::string head, Bytes body);
  // The same without waiting. False: what is left of both is still to be given to write().
  bool write_at_once(std::string& head, Bytes& body);
  // Reads more into input(). False at the end of the stream.
  Task<Result<bool>> fill();

  ReadBuffer& input() { return input_; }
  const std::string& pool_key() const { return permit_.key(); }

  void set_deadline(async::Millis after);
  void clear_deadline();
  void close(ErrorCode why);
  // False when the peer closed it, or sent something nobody asked for, while it was idle.
  bool is_quiet();

  // Served a request before.
  bool used = false;

 protected:
  struct Transfer {
    boost::system::error_code failed;
    std::size_t count = 0;
  };
  // Do bytes go to the socket as they are?
  virtual bool is_plain() const { return true; }
  virtual Task<Transfer> read_some(char* data, std::size_t size);
  virtual Task<Transfer> write_some(const char* data, std::size_t size);
  // The reason of a failed operation, after `what` was tried.
  virtual Error explain(std::string_view what, const boost::system::error_code& failed) const;

  // Asks the proxy at the other end to connect us through (wire_tunnel.cpp). Errors: kDenied (credentials,
  // its rules), kUnavailable, kMalformed.
  Task<Result<void>> open_tunnel(Destination to);

  async::StreamSocket& socket() { return socket_; }
  bool closed() const { return closed_.has_value(); }

 private:
  Task<Result<void>> connect(std::string host, std::uint16_t port);
  Task<Result<void>> connect_by_file(std::string path);
  void notice_absence();
  Task<Result<async::Endpoints>> look_up(std::string host, std::uint16_t port);
  Task<Result<void>> send_all(const char* data, std::size_t size);
  static void join(std::string& head, Bytes& body);
  void expired() override;

  std::shared_ptr<ClientCore> core_;
  ClientPool::Permit permit_;
  async::StreamSocket socket_;
  ReadBuffer input_;
  std::size_t read_size_;
  std::optional<ErrorCode> closed_;
  std::optional<async::Slot<Result<async::Endpoints>>> look_up_;
};
using WirePtr = std::shared_ptr<Wire>;

}  // namespace mcp::http
