#include "internal/sandbox/address.h"

#include <gtest/gtest.h>

namespace mcp::sandbox {
namespace {

using Kind = Place::Kind;

Kind kind(const char* text) {
  auto address = parse_address(text);
  EXPECT_TRUE(address) << text;
  return address ? place_of(*address).kind : Kind::kNever;
}

TEST(Address, KnowsEverySpecialRangeAtBothItsEnds) {
  struct Case {
    const char *before, *first, *last, *after;  // nullptr: another special range, or none
    Kind inside;
  };
  for (const Case& one : {
           Case{nullptr, "0.0.0.0", "0.255.255.255", "1.0.0.0", Kind::kNever},
           Case{"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0", Kind::kPrivate},
           Case{"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0", Kind::kPrivate},
           Case{"126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0", Kind::kPrivate},
           Case{"169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0", Kind::kNever},
           Case{"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0", Kind::kPrivate},
           Case{"191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0", Kind::kPrivate},
           Case{"192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0", Kind::kPrivate},
           Case{"192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0", Kind::kNever},
           Case{"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0", Kind::kPrivate},
           Case{"198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0", Kind::kPrivate},
           Case{"198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0", Kind::kPrivate},
           Case{"203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0", Kind::kPrivate},
           Case{"223.255.255.255", "224.0.0.0", "239.255.255.255", nullptr, Kind::kNever},
           Case{nullptr, "240.0.0.0", "255.255.255.255", nullptr, Kind::kNever},
           Case{"2000:ffff::", "2001::", "2001:1ff:ffff::", "2001:200::", Kind::kNever},
           Case{"2001:db7:ffff::", "2001:db8::", "2001:db8:ffff::", "2001:db9::", Kind::kPrivate},
           Case{"2001:ffff::", "2002::", "2002:ffff::", "2003::", Kind::kNever},
           Case{"3ffe:ffff::", "3fff::", "3fff:fff::", "3fff:1000::", Kind::kPrivate},
           Case{nullptr, "fc00::", "fdff:ffff::", nullptr, Kind::kPrivate},
           Case{nullptr, "fe80::", "febf:ffff::", nullptr, Kind::kNever},
           Case{nullptr, "ff00::", "ffff::", nullptr, Kind::kNever},
       }) {
    if (one.before != nullptr) {
      EXPECT_EQ(kind(one.before), Kind::kPublic) << one.before;
    }
    EXPECT_EQ(kind(one.first), one.inside) << one.first;
    EXPECT_EQ(kind(one.last), one.inside) << one.last;
    if (one.after != nullptr) {
      EXPECT_EQ(kind(one.after), Kind::kPublic) << one.after;
    }
  }
}

TEST(Address, KnowsSingleOnesAndOtherForms) {
  for (const char* open :
       {"8.8.8.8", "93.184.216.34", "::ffff:8.8.8.8", "64:ff9b::808:808", "2606:4700::1111"})
    EXPECT_EQ(kind(open), Kind::kPublic) << open;
  for (const char* near : {"::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1"})
    EXPECT_EQ(kind(near), Kind::kPrivate) << near;
  for (const char* never :
       {"169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "168.63.129.16", "192.0.0.192",
        "100.100.100.200", "fd00:ec2::254", "fd20:ce::254", "::", "::127.0.0.1", "64:ff9b:1::1", "100::1",
        "4000::1", "fec0::1", "1::"})
    EXPECT_EQ(kind(never), Kind::kNever) << never;
}

TEST(Address, RefusesWhatIsNone) {
  for (const char* text :
       {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "0x7f.1", "127.1", "::1%lo", "1.2.3.4/8", "a"})
    EXPECT_FALSE(parse_address(text)) << text;
  EXPECT_EQ(to_string(*parse_address("::ffff:1.2.3.4")), "1.2.3.4");
  EXPECT_EQ(to_string(*parse_address("2001:DB8::1")), "2001:db8::1");
}

TEST(Address, ReadsRangesAndRefusesOthers) {
  auto ten = parse_range("10.0.0.0/8");
  ASSERT_TRUE(ten);
  EXPECT_TRUE(ten->contains(*parse_address("10.255.0.1")));
  EXPECT_TRUE(ten->contains(*parse_address("::ffff:10.0.0.1")));
  EXPECT_FALSE(ten->contains(*parse_address("11.0.0.0")));
  EXPECT_TRUE(parse_range("fd00::/8")->contains(*parse_address("fd12::1")));
  EXPECT_TRUE(parse_range("0.0.0.0/0")->contains(*parse_address("1.2.3.4")));
  EXPECT_FALSE(parse_range("0.0.0.0/0")->contains(*parse_address("::1")));
  for (const char* text : {"", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.1/8", "fd00::/129", "x/8",
                           "10/8", "10.0.0.0/8 "})
    EXPECT_FALSE(parse_range(text)) << text;
}

TEST(Address, IsReachedWhenPublicOrNamed) {
  std::vector<Range> ranges = {*parse_range("10.1.0.0/16"), *parse_range("169.254.0.0/16")};
  EXPECT_TRUE(may_reach(*parse_address("8.8.8.8"), {}));
  EXPECT_FALSE(may_reach(*parse_address("10.1.0.1"), {}));
  EXPECT_TRUE(may_reach(*parse_address("10.1.0.1"), ranges));
  EXPECT_FALSE(may_reach(*parse_address("10.2.0.1"), ranges));
  EXPECT_FALSE(may_reach(*parse_address("127.0.0.1"), ranges));
  EXPECT_FALSE(may_reach(*parse_address("169.254.169.254"), ranges)) << "never, whatever is named";
}

}  // namespace
}  // namespace mcp::sandbox
