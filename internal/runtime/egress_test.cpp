// What an Egress takes on its listeners and where it leads, between sockets of this machine's loopback. That
// it is all a sandboxed program reaches is shown by tests/e2e/egress.mjs.
#include "internal/runtime/egress.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/runtime/allowed_host.h"

namespace mcp::runtime {
namespace {

using testing::HasSubstr;

constexpr async::Millis kPatience{10'000};

async::Endpoints endpoints(std::initializer_list<const char*> addresses) {
  async::Endpoints out;
  for (const char* address : addresses) out.emplace_back(async::asio::ip::make_address(address), 443);
  return out;
}

TEST(AllowedHost, SortsAnAnswerOfTheNameService) {
  auto sorted =
      sort_addresses(endpoints({"8.8.8.8", "10.0.0.1", "::ffff:127.0.0.1", "10.0.0.1", "2606:4700::1"}), {});
  EXPECT_EQ(text_of(sorted), "8.8.8.8 2606:4700::1");
  ASSERT_EQ(sorted.refused.size(), 2u);
  EXPECT_EQ(to_string(sorted.refused[0]), "10.0.0.1");
  EXPECT_EQ(to_string(sorted.refused[1]), "127.0.0.1");
  auto ranges = std::vector{*sandbox::parse_range("10.0.0.0/8")};
  EXPECT_EQ(text_of(sort_addresses(endpoints({"10.0.0.1", "127.0.0.1"}), ranges)), "10.0.0.1");
}

TEST(AllowedHost, KeepsAsManyAddressesAsTheLimitAndNotOneMore) {
  async::Endpoints many;
  for (unsigned i = 0; i <= HostAddresses::kMaxAddresses; ++i)
    many.emplace_back(async::asio::ip::make_address_v4(0x08080800 + i), 443);
  EXPECT_EQ(sort_addresses(many, {}).good.size(), HostAddresses::kMaxAddresses);
  many.pop_back();
  EXPECT_EQ(sort_addresses(many, {}).good.size(), HostAddresses::kMaxAddresses);
}

// A socket that listens on a free port of 127.0.0.1.
UniqueFd listening(int backlog, std::uint16_t& port) {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::listen(socket.get(), backlog), 0);
  EXPECT_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  port = ntohs(address.sin_port);
  return socket;
}

UniqueFd connected(std::uint16_t port) {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  (void)::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
  return socket;
}

class EgressTest : public testing::Test {
 protected:
  EgressTest() { target_ = listening(8, target_port_); }

  sandbox::Policy policy() {
    sandbox::Policy policy;
    policy.profile = "runtime";
    policy.allow = {"127.0.0.1:" + std::to_string(target_port_)};
    policy.allow_private = {"127.0.0.1"};
    return policy;
  }

  static Task<void> store(Task<Result<void>> task, std::shared_ptr<std::optional<Result<void>>> into) {
    into->emplace(co_await std::move(task));
  }
  Result<void> prepare(const sandbox::Policy& policy) {
    egress_ = std::make_unique<Egress>(loop_, "s", policy, counts_);
    auto result = std::make_shared<std::optional<Result<void>>>();
    loop_.spawn(store(egress_->prepare(), result));
    EXPECT_TRUE(wait([&] { return result->has_value(); }));
    return std::move(**result);
  }
  void open(const sandbox::Policy& policy) {
    ASSERT_TRUE(prepare(policy));
    std::vector<UniqueFd> listeners;
    listeners.push_back(listening(8, port_));
    ASSERT_TRUE(egress_->open(std::move(listeners)));
  }
  bool wait(const std::function<bool()>& done) { return loop_.run_until(done, kPatience); }

  // What recv() says at last: bytes, 0 at the end, or -errno.
  long heard(const UniqueFd& socket) {
    char buffer[16];
    ssize_t got = -1;
    EXPECT_TRUE(
        wait([&] { return (got = ::recv(socket.get(), buffer, sizeof buffer, 0)) >= 0 || errno != EAGAIN; }));
    return got >= 0 ? got : -errno;
  }
  UniqueFd accepted() {
    UniqueFd socket;
    EXPECT_TRUE(wait([&] {
      socket.reset(::accept4(target_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      return static_cast<bool>(socket);
    }));
    return socket;
  }

  async::Loop loop_;
  UniqueFd target_;
  std::uint16_t target_port_ = 0, port_ = 0;
  std::shared_ptr<ServerCounts> counts_ = std::make_shared<ServerCounts>();
  std::unique_ptr<Egress> egress_;
};

TEST_F(EgressTest, LeadsToItsHost) {
  open(policy());
  EXPECT_EQ(egress_->hosts().at(0).addresses, std::vector<std::string>{"127.0.0.1"});
  UniqueFd inside = connected(port_);
  UniqueFd outside = accepted();
  ASSERT_EQ(::send(outside.get(), "hello", 5, MSG_NOSIGNAL), 5);
  EXPECT_EQ(heard(inside), 5);
  EXPECT_EQ(counts_->egress.open, 1u);
  inside.reset();
  outside.reset();
  EXPECT_TRUE(wait([&] { return counts_->egress.open == 0; }));
  EXPECT_EQ(counts_->egress.carried, 1u);
  EXPECT_EQ(counts_->egress.bytes_in, 5u);
}

TEST_F(EgressTest, RefusesAHostThatMustNotBeReached) {
  sandbox::Policy closed = policy();
  closed.allow_private.clear();
  auto prepared = prepare(closed);
  ASSERT_FALSE(prepared);
  EXPECT_EQ(prepared.error().code, ErrorCode::kDenied);
  EXPECT_THAT(prepared.error().message, HasSubstr("is at 127.0.0.1, which is loopback"));
  EXPECT_THAT(prepared.error().hint, HasSubstr("allow_private = [\"127.0.0.1\"]"));
}

TEST_F(EgressTest, TakesAsManyConnectionsAsTheLimitAndNotOneMore) {
  sandbox::Policy two = policy();
  two.egress.connections = 2;
  open(two);
  UniqueFd first = connected(port_), second = connected(port_);
  UniqueFd one = accepted(), other = accepted();
  UniqueFd third = connected(port_);
  EXPECT_EQ(heard(third), -ECONNRESET);
  EXPECT_EQ(counts_->egress.over_limit, 1u);
  first.reset();
  one.reset();
  EXPECT_TRUE(wait([&] { return counts_->egress.open == 1; }));
  UniqueFd fourth = connected(port_);
  accepted();
  EXPECT_EQ(counts_->egress.over_limit, 1u);
}

TEST_F(EgressTest, ResetsWhatDoesNotReachItsHost) {
  open(policy());
  target_.reset();
  UniqueFd inside = connected(port_);
  EXPECT_EQ(heard(inside), -ECONNRESET);
  EXPECT_EQ(counts_->egress.unreached, 1u);
  EXPECT_EQ(counts_->egress.open, 0u);
}

TEST_F(EgressTest, GivesUpAHostThatDoesNotAnswerInTime) {
  // The one place of its queue is taken: further connections are left unanswered.
  target_ = listening(0, target_port_);
  UniqueFd waiting = connected(target_port_);
  sandbox::Policy hasty = policy();
  hasty.egress.connect_timeout = async::Millis{50};
  open(hasty);
  UniqueFd inside = connected(port_);
  EXPECT_EQ(heard(inside), -ECONNRESET);
  EXPECT_EQ(counts_->egress.unreached, 1u);
}

TEST_F(EgressTest, BreaksItsConnectionsWhenItGoes) {
  open(policy());
  UniqueFd inside = connected(port_);
  UniqueFd outside = accepted();
  EXPECT_TRUE(wait([&] { return counts_->egress.carried == 1; }));
  egress_.reset();
  EXPECT_EQ(heard(inside), -ECONNRESET);
  EXPECT_EQ(heard(outside), -ECONNRESET);
  EXPECT_EQ(counts_->egress.open, 0u);
}

TEST_F(EgressTest, WantsAListenerForEveryHost) {
  ASSERT_TRUE(prepare(policy()));
  EXPECT_FALSE(egress_->open({}));
}

}  // namespace
}  // namespace mcp::runtime
