#include "internal/runtime/egress.h"

#include <algorithm>
#include <set>

#include "internal/async/slot.h"
#include "internal/async/timer.h"
#include "internal/base/line_budget.h"
#include "internal/base/log.h"
#include "internal/http/acceptor.h"
#include "internal/runtime/allowed_host.h"
#include "internal/runtime/splice.h"

namespace mcp::runtime {
namespace {

using Clock = std::chrono::steady_clock;
using SocketPtr = std::shared_ptr<async::StreamSocket>;

// A host whose addresses do not answer is not looked up again sooner.
constexpr std::chrono::seconds kLookAgain{5};
constexpr int kWarningsPerSecond = 1;
// A server that does nothing but connect shall not keep this thread busy.
constexpr int kArrivalsPerSecond = 256;
constexpr async::Millis kTooMany{100};

struct Host {
  sandbox::Destination to;
  HostAddresses addresses;
  Clock::time_point looked_up{};
  std::string problem{};  // why there is no address
};
using HostPtr = std::shared_ptr<Host>;

// The other side sees a reset, not an orderly end of nothing.
void refuse(async::StreamSocket& socket) {
  boost::system::error_code ignored;
  socket.set_option(async::asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

}  // namespace

struct Egress::State : std::enable_shared_from_this<Egress::State> {
  State(async::Loop& the_loop, std::string the_server, const sandbox::Policy& policy,
        std::shared_ptr<ServerCounts> the_counts)
      : loop(the_loop),
        server(std::move(the_server)),
        ranges(sandbox::ranges_of(policy)),
        limits(policy.egress),
        counts(std::move(the_counts)) {
    for (const std::string& text : policy.allow) {
      if (auto to = sandbox::parse_destination(text))
        hosts.push_back(std::make_shared<Host>(Host{std::move(*to), {}, {}, {}}));
    }
  }

  static Task<Result<void>> look_up(std::shared_ptr<State> self, HostPtr host) {
    host->looked_up = Clock::now();
    auto found = co_await look_up_host(self->loop, host->to, self->ranges, self->limits.connect_timeout);
    if (found) {
      self->pin(*host, std::move(*found));
      co_return Result<void>();
    }
    if (found.error().code == ErrorCode::kDenied) host->addresses.good.clear();
    host->problem = found.error().message;
    co_return fail(std::move(found.error()));
  }

  // All at once; the first that must not be reached is the answer, once all have come.
  static Task<Result<void>> prepare(std::shared_ptr<State> self) {
    std::vector<async::Slot<Result<void>>> answers;
    for (const HostPtr& host : self->hosts) {
      answers.emplace_back(self->loop);
      self->loop.spawn(look_up_into(self, host, answers.back()));
    }
    Result<void> all;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      auto answer = co_await answers[i].get();
      if (answer) continue;
      if (answer.error().code == ErrorCode::kDenied) {
        if (all) all = std::move(answer);
      } else {
        self->warn("allowed host cannot be looked up", *self->hosts[i], answer.error().message);
      }
    }
    co_return all;
  }

  static Task<void> look_up_into(std::shared_ptr<State> self, HostPtr host,
                                 async::Slot<Result<void>> answer) {
    auto found = co_await look_up(self, host);
    answer.set(std::move(found));
  }

  void pin(Host& host, HostAddresses found) {
    host.addresses = std::move(found);
    std::string refused;
    for (const auto& address : host.addresses.refused)
      refused += (refused.empty() ? "" : " ") + to_string(address);
    log::info("host allowed", {{"server", server},
                               {"host", host.to.text()},
                               {"addresses", text_of(host.addresses)},
                               {"refused", refused.empty() ? "none" : refused}});
  }

  void take(const HostPtr& host, async::StreamSocket socket) {
    if (!arrivals.take(Clock::now())) {
      for (const auto& acceptor : acceptors) acceptor->pause(kTooMany);
    }
    auto& egress = counts->egress;
    if (limits.connections != 0 && egress.open >= limits.connections) {
      ++egress.over_limit;
      warn("connection refused: allow_connections are open", *host, std::to_string(limits.connections));
      return refuse(socket);
    }
    ++egress.open;
    loop.spawn(carry(shared_from_this(), host, std::make_shared<async::StreamSocket>(std::move(socket))));
  }

  static Task<void> carry(std::shared_ptr<State> self, HostPtr host, SocketPtr inside) {
    auto outside = std::make_shared<async::StreamSocket>(self->loop.executor());
    self->on_their_way.insert(outside);
    auto reached = co_await reach(self, host, outside);
    self->on_their_way.erase(outside);
    if (reached && !self->closed) {
      self->join(std::move(*inside), std::move(*outside));
      co_return;
    }
    --self->counts->egress.open;
    ++self->counts->egress.unreached;
    if (!reached) self->warn("allowed host not reached", *host, reached.error().message);
    refuse(*inside);
  }

  // Connects to one of the pinned addresses; when none takes it, to one of those that the host has now.
  static Task<Result<void>> reach(std::shared_ptr<State> self, HostPtr host, SocketPtr socket) {
    auto until = Clock::now() + self->limits.connect_timeout;
    auto reached = co_await connect(self, host, socket, until);
    bool again = !reached && !self->closed && Clock::now() - host->looked_up >= kLookAgain;
    if (!again) co_return reached;
    auto found = co_await look_up(self, host);
    MCP_CO_CHECK(found);
    auto second = co_await connect(self, host, socket, until);
    co_return second;
  }

  static Task<Result<void>> connect(std::shared_ptr<State> self, HostPtr host, SocketPtr socket,
                                    Clock::time_point until) {
    async::Endpoints addresses = host->addresses.good;
    std::string last = addresses.empty() ? host->problem : "no answer in time";
    for (std::size_t i = 0; i < addresses.size() && !self->closed; ++i) {
      auto left = std::chrono::duration_cast<async::Millis>(until - Clock::now());
      if (left.count() <= 0) break;
      boost::system::error_code ignored;
      socket->close(ignored);
      async::Timer timer(self->loop);
      timer.start(left / static_cast<int>(addresses.size() - i), [socket] {
        boost::system::error_code ignored_too;
        socket->close(ignored_too);
      });
      async::StreamEndpoint endpoint = addresses[i];
      auto [failed] = co_await socket->async_connect(endpoint, async::kAwait);
      if (!failed) co_return Result<void>();
      if (failed != async::asio::error::operation_aborted) last = failed.message();
    }
    co_return fail(ErrorCode::kUnavailable, last);
  }

  void join(async::StreamSocket inside, async::StreamSocket outside) {
    ++counts->egress.carried;
    boost::system::error_code ignored;
    for (async::StreamSocket* socket : {&inside, &outside})
      socket->set_option(async::Tcp::no_delay(true), ignored);
    auto ended = std::make_shared<std::weak_ptr<Splice>>();
    auto splice = std::make_shared<Splice>(loop, std::move(inside), std::move(outside), limits.idle,
                                           [weak = weak_from_this(), ended](Splice::End end) {
                                             if (auto self = weak.lock()) self->ended(ended->lock(), end);
                                           });
    *ended = splice;
    splices.insert(splice);
    splice->start();
  }

  void ended(const std::shared_ptr<Splice>& splice, const Splice::End& end) {
    splices.erase(splice);
    auto& egress = counts->egress;
    --egress.open;
    egress.bytes_out += end.forth;
    egress.bytes_in += end.back;
    egress.idle += end.idle ? 1 : 0;
  }

  void warn(const char* what, const Host& host, const std::string& why) {
    if (!warnings.take(Clock::now())) return;
    log::warn(what, {{"server", server}, {"host", host.to.text()}, {"reason", why}});
  }

  void close() {
    closed = true;
    for (const auto& acceptor : acceptors) acceptor->stop();
    for (const SocketPtr& socket : on_their_way) {
      boost::system::error_code ignored;
      socket->close(ignored);
    }
    for (const auto& splice : std::exchange(splices, {})) {
      splice->close();
      --counts->egress.open;
    }
  }

  async::Loop& loop;
  const std::string server;
  const std::vector<sandbox::Range> ranges;
  const sandbox::EgressLimits limits;
  std::shared_ptr<ServerCounts> counts;
  std::vector<HostPtr> hosts;
  std::vector<std::shared_ptr<http::Acceptor>> acceptors;
  std::set<SocketPtr> on_their_way;
  std::set<std::shared_ptr<Splice>> splices;
  LineBudget warnings{kWarningsPerSecond};
  LineBudget arrivals{kArrivalsPerSecond};
  bool closed = false;
};

Egress::Egress(async::Loop& loop, std::string server, const sandbox::Policy& policy,
               std::shared_ptr<ServerCounts> counts)
    : state_(std::make_shared<State>(loop, std::move(server), policy, std::move(counts))) {}

Egress::~Egress() { state_->close(); }

Task<Result<void>> Egress::prepare() { return State::prepare(state_); }

std::vector<sandbox::ReachedHost> Egress::hosts() const {
  std::vector<sandbox::ReachedHost> out;
  for (const HostPtr& host : state_->hosts) {
    sandbox::ReachedHost one{host->to.text(), {}};
    for (const auto& endpoint : host->addresses.good) one.addresses.push_back(endpoint.address().to_string());
    out.push_back(std::move(one));
  }
  return out;
}

Result<void> Egress::open(std::vector<UniqueFd> listeners) {
  if (listeners.size() != state_->hosts.size())
    return fail(ErrorCode::kInternal, "a way out of the sandbox is missing");
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    auto acceptor = std::make_shared<http::Acceptor>(
        state_->loop, [weak = std::weak_ptr(state_), host = state_->hosts[i]](async::StreamSocket socket,
                                                                              const std::string&) {
          if (auto state = weak.lock()) state->take(host, std::move(socket));
        });
    state_->acceptors.push_back(acceptor);
    MCP_TRY(acceptor->adopt(std::move(listeners[i])));
  }
  return {};
}

}  // namespace mcp::runtime
