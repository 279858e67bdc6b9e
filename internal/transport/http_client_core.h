#pragma once

#include <deque>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "internal/async/slot.h"
#include "internal/async/timer.h"
#include "internal/http/sse.h"
#include "internal/transport/authorized_send.h"
#include "internal/transport/http_client_channel.h"

namespace mcp::transport {

// The inside of the client's channel. One coroutine a POST (http_client_post.cpp), one for the GET stream;
// event streams are read and resumed in http_client_events.cpp.
class HttpClientCore final : public Channel, public std::enable_shared_from_this<HttpClientCore> {
 public:
  // POSTs under way at once.
  static constexpr std::size_t kMaxRunning = 4096;

  HttpClientCore(async::Loop& loop, std::shared_ptr<http::Client> client, HttpClientOptions options);

  void start(std::weak_ptr<Listener> listener) override;
  Result<void> send(Envelope envelope) override;
  void abandon(const jsonrpc::Id& request) override;
  void negotiated(protocol::Revision revision) override;
  void close() override;
  bool abandon_cancels() const override { return options_.era == protocol::Era::kModern; }

 private:
  using Self = std::shared_ptr<HttpClientCore>;

  // One HTTP request with what it takes to end it from outside.
  struct Running {
    explicit Running(async::Loop& loop) : stop(loop), linger(loop) {}
    void give_up();

    http::CancelToken cancel;
    http::ClientResponsePtr response;
    std::string session;     // that it was sent in
    async::Slot<bool> stop;  // wakes a wait between two attempts: true, there will be no other
    async::Timer linger;     // for a server that does not end its stream after the response
    bool patient = false;    // it waits for a server that seems to be away
    bool given_up = false;
  };
  using RunningPtr = std::shared_ptr<Running>;

  // Where we are in one event stream, across the connections that carry it.
  struct Cursor {
    std::optional<jsonrpc::Id> request;  // none: the GET stream
    std::string last_id;
    async::Millis retry;
    int barren = 0;         // connections in a row that brought no event; of the GET stream: that failed
    bool answered = false;  // the request's response has come
    bool known = false;     // the GET stream: the server has one
    bool missed = false;    // the GET stream: something may have been said while it was not open
  };
  using CursorPtr = std::shared_ptr<Cursor>;

  // The handshake that replaces a forgotten session, while it is under way.
  struct Renewal {
    std::optional<jsonrpc::Message> answer;  // to `initialize`
    std::vector<async::Slot<bool>> waiting;  // who noticed it too
  };

  bool is_legacy() const { return options_.era == protocol::Era::kLegacy; }
  void pump();
  void give_up(const jsonrpc::Id& request);
  void give_up_cancelled(const jsonrpc::Message& notification);
  void begin_listening();

  static Task<void> post(Self self, RunningPtr running, Envelope envelope);
  static Task<bool> post_once(Self self, RunningPtr running, Envelope envelope, bool may_repeat);
  static Task<void> take_answer(Self self, RunningPtr running, jsonrpc::Message sent);
  static Task<void> take_json(Self self, RunningPtr running, jsonrpc::Id request);
  static Task<void> take_stream(Self self, RunningPtr running, jsonrpc::Id request);
  // True: the request was not executed and is to be sent again, in a new session.
  static Task<bool> take_refusal(Self self, RunningPtr running, jsonrpc::Message sent, std::string session,
                                 bool may_repeat);
  static Task<void> listen(Self self, RunningPtr running);
  // One connection of the GET stream. False: there will be no other.
  static Task<bool> listen_once(Self self, RunningPtr running, CursorPtr cursor);
  static Task<bool> take_listening(Self self, RunningPtr running, CursorPtr cursor);
  // running->response is none; is it worth trying again?
  bool refused_to_listen(const http::ClientResponse& response, Cursor& cursor);
  // The server has answered something: a GET stream that waits for it is tried again.
  void server_lives();
  // Begins a new session instead of `session`, once for all who ask. False: there is none.
  static Task<bool> renew(Self self, std::string session);
  static Task<void> renew_or_end(Self self, std::string session);
  static Task<bool> begin_anew(Self self, RunningPtr running);
  static Task<bool> ask_once(Self self, RunningPtr running, jsonrpc::Message message);
  void renewed(Bytes result);
  // What is still to be said when the owner leaves, one after the other.
  struct Farewell {
    std::vector<http::ClientRequest> cancellations;
    std::optional<http::ClientRequest> end;  // of the session
  };
  Farewell farewell() const;
  static Task<void> say_goodbye(std::shared_ptr<http::Client> client,
                                std::shared_ptr<CredentialSource> credentials, Farewell words);
  static Task<bool> say(std::shared_ptr<http::Client> client, std::shared_ptr<CredentialSource> credentials,
                        http::ClientRequest request);

  // Sends with the credentials' value; a refused one is asked for again, once.
  static Task<Result<void>> exchange(Self self, RunningPtr running, http::ClientRequest request,
                                     std::optional<jsonrpc::Id> related);
  // Reads running->response to its end and says why it ended.
  static Task<Error> read_events(Self self, RunningPtr running, CursorPtr cursor);
  // Waits before the next connection of a stream; false when it was given up.
  static Task<bool> wait_to_resume(Self self, RunningPtr running, CursorPtr cursor);

  http::ClientRequest make_request(std::string method) const;
  http::ClientRequest make_post(const jsonrpc::Message& message) const;
  http::ClientRequest make_get(const Cursor& cursor) const;
  bool is_event_stream(const http::ClientResponse& response) const;
  // A refusal that says that the session we named is gone.
  bool is_lost_session(int status, const std::string& session, const Bytes& body) const;
  // The same, of running->response, whose body it reads.
  Task<bool> has_lost_session(RunningPtr running, std::string session);
  void remember_session(const http::ClientResponse& response);
  // The message in it, or nothing.
  Bytes take_event(http::SseEvent& event, Cursor& cursor);
  // message: what `text` was read as.
  void deliver(Bytes text, Result<jsonrpc::Message> message, const std::optional<jsonrpc::Id>& related,
               bool* answered);
  void stream_failed(const std::optional<jsonrpc::Id>& request, ClosedBy by, Error why);
  void end(Error why);
  void finished(const RunningPtr& running, const jsonrpc::Message& sent);

  async::Loop& loop_;
  std::shared_ptr<http::Client> client_;
  HttpClientOptions options_;
  std::weak_ptr<Listener> listener_;
  std::deque<Envelope> queue_;
  std::set<RunningPtr> running_;
  std::unordered_map<std::string, std::weak_ptr<Running>> by_id_;  // requests, by the raw id
  std::string session_;
  std::optional<jsonrpc::Message> hello_;  // `initialize`, for a session that takes the place of this one
  std::shared_ptr<Renewal> renewal_;       // nothing is sent meanwhile
  std::weak_ptr<Running> listener_run_;    // the GET stream's
  std::optional<protocol::Revision> revision_;
  bool initialized_sent_ = false;
  bool listening_ = false;
  bool pumping_ = false;  // a pump is posted
  bool blocked_ = false;  // `initialized` is under way: nothing may overtake it
  bool over_ = false;
};

}  // namespace mcp::transport
