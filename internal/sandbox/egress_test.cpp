#include "internal/sandbox/egress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/sandbox/network.h"

namespace mcp::sandbox {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string problem(const std::string& text) {
  auto to = parse_destination(text);
  return to ? "" : to.error().message;
}

Policy allowing(std::vector<std::string> allow) {
  Policy policy;
  policy.profile = "runtime";
  policy.allow = std::move(allow);
  return policy;
}

std::string problem(const Policy& policy) {
  auto right = validate(policy);
  return right ? "" : right.error().message;
}

TEST(Egress, ReadsHostsWithTheirPorts) {
  EXPECT_EQ(*parse_destination("API.Example.com:443"), (Destination{"api.example.com", 443}));
  EXPECT_EQ(*parse_destination("localhost:1"), (Destination{"localhost", 1}));
  EXPECT_EQ(*parse_destination("10.0.0.1:65535"), (Destination{"10.0.0.1", 65535}));
  EXPECT_EQ(problem("_srv.a-b.example:80"), "");
  EXPECT_EQ(problem("xn--bcher-kva.example:80"), "");
  EXPECT_EQ(problem(std::string(63, 'a') + ".example:80"), "");
}

TEST(Egress, NamesWhatIsWrongWithOthers) {
  EXPECT_THAT(problem("*.example.com:443"), HasSubstr("wildcard"));
  EXPECT_THAT(problem("read_*"), HasSubstr("wildcard"));
  EXPECT_THAT(problem("https://example.com:443"), HasSubstr("address of the web"));
  EXPECT_THAT(problem("example.com/x:443"), HasSubstr("address of the web"));
  EXPECT_THAT(problem("[::1]:443"), HasSubstr("IPv6"));
  EXPECT_THAT(problem("::1"), HasSubstr("IPv6"));
  EXPECT_THAT(problem("example.com"), HasSubstr("names no port"));
  for (const char* text :
       {"a.example:", "a.example:0", "a.example:65536", "a.example:-1", "a.example:8o", "a.example: 80"})
    EXPECT_THAT(problem(text), HasSubstr("no port from 1 to 65535")) << text;
  for (const char* text : {":443", "-a.example:80", "a-.example:80", "a..b:80", "a.example.:80", "a b:80",
                           "b\xc3\xbc"
                           "cher.example:80",
                           "127.1:80", "0x7f.0.0.1:80", "2130706433:80", "1.2.3.4.5:80", "a\n127.0.0.1 b:80"})
    EXPECT_THAT(problem(text), HasSubstr("host's name")) << text;
  EXPECT_THAT(problem(std::string(64, 'a') + ".example:80"), HasSubstr("host's name"));
  for (const char* text : {"169.254.169.254:80", "0.0.0.0:80", "224.0.0.1:80"})
    EXPECT_THAT(problem(text), HasSubstr("never reached")) << text;
}

TEST(Egress, GivesEveryNameALoopbackAddressOfItsOwn) {
  std::vector<std::string> allow = {"b.example:443", "a.example:443", "b.example:80", "localhost:5432",
                                    "127.0.0.2:1",   "10.0.0.1:22",   "a.example:22"};
  EXPECT_THAT(listeners_for(allow),
              ElementsAre(Listener{0x7f000003, 443}, Listener{0x7f000004, 443}, Listener{0x7f000003, 80},
                          Listener{0x7f000001, 5432}, Listener{0x7f000002, 1}, Listener{0x0a000001, 22},
                          Listener{0x7f000004, 22}));
  EXPECT_EQ(hosts_lines(allow), "127.0.0.4 a.example\n127.0.0.3 b.example\n");
  EXPECT_EQ(hosts_lines({}), "");
}

TEST(Egress, RefusesTwoNamesOfOnePlace) {
  Policy policy;
  policy.profile = "runtime";
  policy.allow = {"127.0.0.1:1", "localhost:2", "LOCALHOST:1"};
  auto right = validate(policy);
  ASSERT_FALSE(right);
  EXPECT_EQ(right.error().message, "allow: \"LOCALHOST:1\" is the same place as \"127.0.0.1:1\"");
  policy.allow.pop_back();
  EXPECT_TRUE(validate(policy));
}

TEST(Egress, AllowsAsManyHostsAsTheLimitAndNotOneMore) {
  Policy policy = allowing({});
  for (std::size_t i = 0; i < kMaxAllow; ++i) policy.allow.push_back("h" + std::to_string(i) + ".example:1");
  for (std::size_t i = 0; i < kMaxRanges; ++i) policy.allow_private.push_back("10.0.0." + std::to_string(i));
  EXPECT_EQ(problem(policy), "");
  policy.allow.push_back("more.example:1");
  EXPECT_THAT(problem(policy), HasSubstr("allow: more than 64"));
  policy.allow.pop_back();
  policy.allow_private.push_back("10.1.0.0");
  EXPECT_THAT(problem(policy), HasSubstr("allow_private: more than 64"));
}

TEST(Egress, RefusesWhatContradictsItself) {
  EXPECT_THAT(problem(allowing({"a.example:1", "A.example:1"})), HasSubstr("twice"));
  Policy policy = allowing({"a.example:1"});
  policy.network = Network::kHost;
  EXPECT_THAT(problem(policy), HasSubstr("reaches every host already"));
  policy = allowing({});
  policy.allow_private = {"10.0.0.0/8"};
  EXPECT_THAT(problem(policy), HasSubstr("allow_private: reaches nothing by itself"));
  policy = allowing({"a.example:1"});
  policy.allow_private = {"169.254.169.254"};
  EXPECT_THAT(problem(policy), HasSubstr("is never reached"));
}

}  // namespace
}  // namespace mcp::sandbox
