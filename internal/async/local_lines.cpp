#include "internal/async/local_lines.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>

#include "internal/async/timer.h"

namespace mcp::async {
namespace {

using Local = asio::local::stream_protocol;
using LocalSocket = asio::basic_stream_socket<Local, Executor>;
using LocalAcceptor = asio::basic_socket_acceptor<Local, Executor>;

bool is_our_user(LocalSocket& socket) {
  struct ucred peer {};
  socklen_t size = sizeof peer;
  return ::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         peer.uid == ::geteuid();
}

// One connection. Lives as long as an operation on it is pending.
class Conversation : public std::enable_shared_from_this<Conversation> {
 public:
  Conversation(Loop& loop, LocalSocket socket, const LocalLines::Answer& answer,
               std::function<void(Conversation*)> over)
      : socket_(std::move(socket)), answer_(answer), over_(std::move(over)), deadline_(loop) {}
  ~Conversation() { over_(this); }

  void read() {
    wait_at_most();
    auto on_read = [self = shared_from_this()](boost::system::error_code failed, std::size_t count) {
      self->deadline_.cancel();
      if (failed) return;
      self->text_.append(self->block_.data(), count);
      self->answer_next();
    };
    socket_.async_read_some(asio::buffer(block_), std::move(on_read));
  }

  void close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

 private:
  void answer_next() {
    std::size_t end = text_.find('\n');
    if (end == std::string::npos) {
      if (text_.size() <= LocalLines::kMaxLine) read();
      return;
    }
    if (end > LocalLines::kMaxLine) return;
    out_ = answer_(std::string_view(text_).substr(0, end)) + "\n";
    text_.erase(0, end + 1);
    wait_at_most();
    auto on_written = [self = shared_from_this()](boost::system::error_code failed, std::size_t) {
      self->deadline_.cancel();
      if (!failed) self->answer_next();
    };
    asio::async_write(socket_, asio::buffer(out_), std::move(on_written));
  }

  void wait_at_most() {
    deadline_.start(LocalLines::kPatience, [this] { close(); });
  }

  LocalSocket socket_;
  const LocalLines::Answer answer_;
  std::function<void(Conversation*)> over_;
  Timer deadline_;
  std::string block_ = std::string(1024, '\0');
  std::string text_;  // read, not answered
  std::string out_;
};

}  // namespace

struct LocalLines::State : std::enable_shared_from_this<State> {
  State(Loop& on, Answer fn, std::string full)
      : loop(on), answer(std::move(fn)), when_full(std::move(full) + "\n"), acceptor(on.executor()) {}
  ~State() {
    if (directory >= 0) ::close(directory);
  }

  void accept() {
    auto on_accept = [self = shared_from_this()](boost::system::error_code failed, LocalSocket socket) {
      if (!self->acceptor.is_open()) return;
      if (!failed) self->admit(std::move(socket));
      if (!failed || failed == asio::error::connection_aborted) return self->accept();
      // Out of descriptors: not worth a loop that spins. The next look finds the waiting connection.
      self->pause.start(Millis{1'000}, [self] { self->accept(); });
    };
    acceptor.async_accept(std::move(on_accept));
  }

  void admit(LocalSocket socket) {
    if (!is_our_user(socket)) return;
    // A fresh socket has room for it.
    if (open.size() >= kMaxConnections)
      return void(
          ::send(socket.native_handle(), when_full.data(), when_full.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
    std::weak_ptr<State> weak = weak_from_this();
    auto conversation =
        std::make_shared<Conversation>(loop, std::move(socket), answer, [weak](Conversation* gone) {
          if (auto self = weak.lock()) self->open.erase(gone);
        });
    open.insert(conversation.get());
    conversation->read();
  }

  Loop& loop;
  Answer answer;
  std::string when_full;
  LocalAcceptor acceptor;
  Timer pause{loop};
  std::set<Conversation*> open;
  int directory = -1;  // what the socket stands in
  std::string name;
};

LocalLines::LocalLines(Loop& loop, Answer answer, std::string when_full)
    : state_(std::make_shared<State>(loop, std::move(answer), std::move(when_full))) {}

LocalLines::~LocalLines() { stop(); }

Result<void> LocalLines::listen(const std::string& directory, const std::string& name) {
  std::string path = directory + "/" + name;
  state_->directory = ::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (state_->directory < 0) {
    return fail(
        os_error("open " + directory, errno, errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo));
  }
  // Through the open directory, because an address of a socket has room for 107 characters.
  std::string address = "/proc/self/fd/" + std::to_string(state_->directory) + "/" + name;
  ::unlinkat(state_->directory, name.c_str(), 0);
  boost::system::error_code failed;
  state_->acceptor.open(Local(), failed);
  if (!failed) state_->acceptor.bind(Local::endpoint(address), failed);
  // Nobody connects before listen(): no moment at which others might.
  if (!failed && ::fchmodat(state_->directory, name.c_str(), 0600, 0) != 0)
    failed = boost::system::error_code(errno, boost::system::system_category());
  if (!failed) state_->acceptor.listen(16, failed);
  if (failed) {
    boost::system::error_code ignored;
    state_->acceptor.close(ignored);
    return fail(os_error("listen on " + path, failed.value()));
  }
  state_->name = name;
  state_->accept();
  return {};
}

void LocalLines::stop() {
  state_->pause.cancel();
  boost::system::error_code ignored;
  if (state_->acceptor.is_open()) {
    state_->acceptor.close(ignored);
    ::unlinkat(state_->directory, state_->name.c_str(), 0);
  }
  for (Conversation* conversation : state_->open) conversation->close();
}

std::size_t LocalLines::connections() const { return state_->open.size(); }

}  // namespace mcp::async
