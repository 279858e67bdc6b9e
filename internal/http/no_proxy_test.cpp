#include "internal/http/no_proxy.h"

#include <gtest/gtest.h>

namespace mcp::http {
namespace {

struct Row {
  const char* list;
  const char* host;
  std::uint16_t port;
  bool covered;
};

void expect_rows(std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    EXPECT_EQ(NoProxy(row.list).covers(row.host, row.port), row.covered)
        << "NO_PROXY=" << row.list << " " << row.host << " " << row.port;
  }
}

TEST(NoProxy, ANameCoversItselfAndTheNamesBelowIt) {
  for (const char* list : {"example.com", ".example.com", "*.example.com", "EXAMPLE.com", "example.com."}) {
    expect_rows({{list, "example.com", 443, true},
                 {list, "example.com.", 443, true},
                 {list, "a.example.com", 80, true},
                 {list, "a.b.example.com", 80, true},
                 {list, "badexample.com", 443, false},
                 {list, "example.com.evil.org", 443, false},
                 {list, "com", 443, false}});
  }
}

TEST(NoProxy, AnEntryWithAPortCoversThatPortOnly) {
  expect_rows({{"example.com:8443", "example.com", 8443, true},
               {"example.com:8443", "a.example.com", 8443, true},
               {"example.com:8443", "example.com", 443, false},
               {"10.1.2.3:80", "10.1.2.3", 80, true},
               {"10.1.2.3:80", "10.1.2.3", 81, false},
               {"[2001:db8::1]:80", "2001:db8::1", 80, true},
               {"[2001:db8::1]:80", "2001:db8::1", 81, false}});
}

TEST(NoProxy, AnAddressCoversItselfHoweverWritten) {
  expect_rows({{"10.1.2.3", "10.1.2.3", 1, true},
               {"10.1.2.3", "10.1.2.30", 1, false},
               {"10.1.2.3", "::ffff:10.1.2.3", 1, true},
               {"2001:db8::1", "2001:db8:0:0:0:0:0:1", 1, true},
               {"[2001:db8::1]", "2001:db8::1", 1, true},
               {"2001:db8::1", "2001:db8::2", 1, false},
               // No name: "1.2.3" is not the domain of 0.1.2.3.
               {"1.2.3", "0.1.2.3", 1, false},
               {"3", "10.1.2.3", 1, false}});
}

TEST(NoProxy, ANetworkCoversItsAddresses) {
  expect_rows({{"10.0.0.0/8", "10.255.0.1", 1, true},
               {"10.0.0.0/8", "11.0.0.0", 1, false},
               {"192.168.4.0/22", "192.168.7.255", 1, true},
               {"192.168.4.0/22", "192.168.8.0", 1, false},
               {"10.1.2.3/32", "10.1.2.3", 1, true},
               {"10.1.2.3/32", "10.1.2.2", 1, false},
               {"0.0.0.0/0", "8.8.8.8", 1, true},
               {"0.0.0.0/0", "2001:db8::1", 1, false},
               {"2001:db8::/32", "2001:db8:ffff::1", 1, true},
               {"2001:db8::/32", "2001:db9::1", 1, false},
               {"::/0", "10.0.0.1", 1, true},
               {"10.0.0.0/8", "ten.example.com", 1, false}});
}

TEST(NoProxy, AStarCoversEverything) {
  expect_rows({{"*", "example.com", 443, true},
               {"a.example, *", "10.0.0.1", 1, true},
               {"", "example.com", 443, false},
               {" , ,", "example.com", 443, false}});
}

TEST(NoProxy, EntriesAreSeparatedByCommasAndBlanks) {
  for (const char* host : {"a.example", "b.example", "c.example"})
    EXPECT_TRUE(NoProxy("a.example,b.example c.example\t,").covers(host, 1)) << host;
}

TEST(NoProxy, WhatIsNoEntryCoversNothingAndLosesNothingElse) {
  for (const char* wrong : {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "example.com/24", "::/129",
                            "a.example:x", "a.example:70000", ".", ":80", "300.1.1.1/8"}) {
    NoProxy rules(std::string(wrong) + ",good.example");
    for (const char* host : {"10.0.0.1", "example.com", "a.example", "::2", "44.1.1.1"})
      EXPECT_FALSE(rules.covers(host, 80)) << wrong << " " << host;
    EXPECT_TRUE(rules.covers("good.example", 80)) << wrong;
  }
}

TEST(NoProxy, ThisMachineIsAlwaysCovered) {
  for (const char* host :
       {"localhost", "localhost.", "app.localhost", "127.0.0.1", "127.255.1.2", "::1", "::ffff:127.0.0.1"})
    EXPECT_TRUE(NoProxy().covers(host, 80)) << host;
  for (const char* host : {"localhost.example.com", "127.0.0.1.example.com", "128.0.0.1", "::2", "0.0.0.0"})
    EXPECT_FALSE(NoProxy().covers(host, 80)) << host;
}

}  // namespace
}  // namespace mcp::http
