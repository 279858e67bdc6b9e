// http: one connection of a server, from its socket on: door, bodies that are skipped, pipelining, `Expect`,
// streams, lingering. The input's first byte says what the client and the handler do; the rest is what the
// client sends. Whatever it is, every answer is a whole one, they are as many as were asked for and in their
// order, the same however the input is cut, and nothing is left when the client is gone.
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "internal/async/tcp.h"
#include "internal/http/connection.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace mcp::http;
namespace async = mcp::async;

enum Behaviour : unsigned {
  kCloses = 1,     // the client goes without a half-close, however much is still to come
  kHangsOn = 2,    // exchanges that wait are let go of instead of being answered
  kAnswersAll = 4  // 100 KiB for each request, which a socket does not take at once
};

ServerLimits limits() {
  ServerLimits made;
  made.max_header_bytes = 2048;
  made.max_headers = 20;
  made.max_body_bytes = 4096;
  made.max_pipelined_bytes = 1024;
  made.max_stream_queue_bytes = 64 << 10;
  return made;
}

// Counts what it is asked, and answers by the path: /no is refused at the door, /later when the client has
// sent everything, /stream by chunks, /lost not at all (500), everything else at once.
class Stub final : public Handler {
 public:
  explicit Stub(unsigned behaviour) : behaviour_(behaviour) {}

  std::optional<Response> door(const RequestHead& head) override {
    FUZZ_EXPECT(!head.path.empty() && head.path[0] == '/');
    if (!head.path.starts_with("/no")) return std::nullopt;
    note(&head);
    return Response{403, {{"Content-Type", "text/plain"}}, mcp::Bytes::copy("no")};
  }
  void handle(ExchangePtr exchange) override {
    const Request& request = exchange->request();
    const std::string path = request.head.path;
    FUZZ_EXPECT(request.body.size() <= limits().max_body_bytes);
    if (path.starts_with("/lost")) return;  // refuse() is asked
    if (path.starts_with("/later")) return later_.push_back(std::move(exchange));
    note(&request.head);
    if (!path.starts_with("/stream")) return answer(*exchange);
    exchange->open_stream(200, {{"Content-Type", "text/plain"}});
    for (const char* part : {"one", "two"}) (void)exchange->write(mcp::Rope(mcp::Bytes::copy(part)));
    exchange->end();
  }
  Response refuse(const Refusal& why, const RequestHead* head) override {
    int status = why.status;
    FUZZ_EXPECT(status == 400 || status == 413 || status == 417 || status == 431 || status == 500 ||
                status == 501 || status == 505);
    FUZZ_EXPECT(!why.what.empty());
    note(head);
    return Response{status, {{"Content-Type", "text/plain"}}, mcp::Bytes::copy(why.what)};
  }

  // Answers the one that waits; false: none does.
  bool go_on() {
    if (later_.empty()) return false;
    auto waiting = std::exchange(later_, {});
    for (const ExchangePtr& exchange : waiting) {
      if ((behaviour_ & kHangsOn) != 0 || exchange->disconnected()) continue;
      note(&exchange->request().head);
      answer(*exchange);
    }
    return true;
  }
  // Of the answers, in order: is it one to HEAD, which has no body?
  const std::vector<bool>& heads() const { return heads_; }

 private:
  void note(const RequestHead* head) { heads_.push_back(head != nullptr && head->method == "HEAD"); }
  void answer(Exchange& exchange) const {
    Response response;
    std::size_t size = (behaviour_ & kAnswersAll) != 0 ? 100 << 10 : exchange.request().body.size();
    response.body = mcp::Rope(mcp::Bytes::adopt(std::string(size, 'x')));
    exchange.respond(std::move(response));
  }

  unsigned behaviour_;
  std::vector<ExchangePtr> later_;
  std::vector<bool> heads_;
};

// The client's end of a socket pair, never waited for.
class Client {
 public:
  explicit Client(int fd) : fd_(fd) {}
  ~Client() { close(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // What it sent; 0: the socket is full, or nobody listens any more.
  std::size_t send(std::string_view bytes) {
    ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    gone_ = gone_ || (sent < 0 && errno != EAGAIN);
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
  }
  bool gone() const { return gone_; }
  // True: something came.
  bool hear() {
    char room[8192];
    ssize_t got = ::recv(fd_, room, sizeof room, 0);
    if (got <= 0) return false;
    heard_.append(room, static_cast<std::size_t>(got));
    return true;
  }
  void end_sending() { ::shutdown(fd_, SHUT_WR); }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  const std::string& heard() const { return heard_; }

 private:
  int fd_;
  bool gone_ = false;
  std::string heard_;
};

using Answers = std::vector<std::string>;

// The whole answers in what the client heard: status and body each. With `cut` the last may be part of one.
Answers answers_in(std::string_view heard, const std::vector<bool>& heads, bool cut) {
  Answers all;
  while (!heard.empty()) {
    // A 100 comes before the answer that it belongs to, and depends on how the request was cut.
    constexpr std::string_view kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";
    if (heard.starts_with(kGoOn)) {
      heard.remove_prefix(kGoOn.size());
      continue;
    }
    FUZZ_EXPECT(all.size() < heads.size());
    ResponseParser parser({1 << 20, 100, 1 << 20}, heads[all.size()]);
    std::string body;
    while (parser.state() != ParseState::kDone) {
      std::size_t used = parser.feed(heard);
      FUZZ_EXPECT(used <= heard.size() && parser.state() != ParseState::kFailed);
      heard.remove_prefix(used);
      if (parser.state() != ParseState::kHead) body += parser.take_body();
      if (used > 0) continue;
      if (cut) return all;
      // An answer to HTTP/1.0 may have no other end than the connection's.
      parser.finish();
      FUZZ_EXPECT(parser.state() == ParseState::kDone);
      body += parser.take_body();
    }
    FUZZ_EXPECT(parser.headers().count("Content-Length") + parser.headers().count("Transfer-Encoding") <= 1);
    all.push_back(std::to_string(parser.status()) + " " + body);
  }
  FUZZ_EXPECT(cut || all.size() == heads.size());
  return all;
}

// Everything that can happen without waiting.
void settle(async::Loop& loop, Client& client, bool reads) {
  do {
    loop.run_ready();
  } while (reads && client.hear());
}

std::shared_ptr<Connection> admit(const std::shared_ptr<ServerCore>& core, int fd) {
  async::StreamSocket socket(core->loop.executor(), async::StreamProtocol(AF_UNIX, 0), fd);
  boost::system::error_code failed;
  socket.non_blocking(true, failed);
  FUZZ_EXPECT(!failed);
  auto connection = std::make_shared<Connection>(core, Socket(std::move(socket), nullptr), "unix");
  core->connections.insert(connection);
  connection->start();
  return connection;
}

Answers converse(unsigned behaviour, mcp::fuzz::Pieces stream) {
  async::Loop loop;
  Stub stub(behaviour);
  auto core = std::make_shared<ServerCore>(loop, stub, limits());
  int ends[2];
  FUZZ_EXPECT(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
  Client client(ends[1]);
  std::weak_ptr<Connection> connection = admit(core, ends[0]);
  bool closes = (behaviour & kCloses) != 0;
  std::string_view piece;
  while (!client.gone() && (!piece.empty() || !stream.empty())) {
    if (piece.empty()) piece = stream.next();
    std::size_t sent = client.send(piece);
    piece.remove_prefix(sent);
    settle(loop, client, !closes);
    // What waits for an answer holds up what stands behind it.
    if (sent == 0 && !stub.go_on()) break;
  }
  settle(loop, client, !closes);
  while (stub.go_on()) settle(loop, client, !closes);
  if (!closes) client.end_sending();
  settle(loop, client, !closes);
  while (stub.go_on()) settle(loop, client, !closes);
  std::string heard = client.heard();
  client.close();
  loop.run_ready();
  while (stub.go_on()) loop.run_ready();
  FUZZ_EXPECT(connection.expired() && core->connections.empty());
  core->handler = nullptr;
  return answers_in(heard, stub.heads(), closes);
}

// One of them is the beginning of the other: a connection may end earlier because a body that was refused had
// not come yet when it was.
bool agree(const Answers& a, const Answers& b) {
  std::size_t both = std::min(a.size(), b.size());
  return std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(both), b.begin());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  unsigned behaviour = data[0] & 7U;
  std::string_view sent = mcp::fuzz::text_of(data + 1, size - 1);
  Answers whole = converse(behaviour, mcp::fuzz::Pieces(sent, sent.size() + 1));
  for (std::size_t step : {1, 13})
    FUZZ_EXPECT(agree(converse(behaviour, mcp::fuzz::Pieces(sent, step)), whole));
  return 0;
}
