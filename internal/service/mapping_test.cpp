#include "internal/service/mapping.h"

#include <gtest/gtest.h>

namespace mcp::service {
namespace {

TEST(PortMapping, IsReadInEveryForm) {
  const std::pair<std::string, std::string> cases[] = {
      {"8443", "8443/tcp"},
      {"8443:443", "8443:443/tcp"},
      {"8443:443/udp", "8443:443/udp"},
      {"127.0.0.1:8443:443", "127.0.0.1:8443:443/tcp"},
      {"127.0.0.1::443", "127.0.0.1::443/tcp"},
      {"[::1]:53:53/udp", "[::1]:53:53/udp"},
      {"[::1]::53", "[::1]::53/tcp"},
      {":80", "80/tcp"},
      {"0.0.0.0:80:80", "80:80/tcp"},
      {"1:65535/sctp", "1:65535/sctp"},
  };
  for (const auto& [text, full] : cases) {
    auto port = parse_port(text);
    ASSERT_TRUE(port) << text << ": " << port.error().message;
    EXPECT_EQ(port->to_string(), full) << text;
    EXPECT_EQ(parse_port(full), port) << "its own text means the same";
  }
}

TEST(PortMapping, RefusesEverythingElse) {
  for (const char* text : {"",      "0",       "65536",       "80:0",      "0:80",        "80:65536",
                           "a:80",  "80:a",    "80/tcp/udp",  "80/icmp",   "1.2.3:80:80", "1.2.3.4:5:6:7",
                           "[::1]", "[::1:80", "[::g]:80:80", "::1:80:80", "80-90:80",    "-p",
                           "80 ",   " 80",     ":80:80",      "80:"}) {
    auto port = parse_port(text);
    ASSERT_FALSE(port) << text;
    EXPECT_EQ(port.error().code, ErrorCode::kInvalid);
    EXPECT_FALSE(port.error().hint.empty());
  }
}

TEST(VolumeMapping, IsReadInEveryForm) {
  const std::pair<std::string, std::string> cases[] = {
      {"/srv/x:/data", "/srv/x:/data"},
      {"/srv/x:/data:rw", "/srv/x:/data"},
      {"/srv/x:/data:ro", "/srv/x:/data:ro"},
      {"/srv/x:/data:z,ro,ro", "/srv/x:/data:ro,z"},
      {"cache:/var/cache", "cache:/var/cache"},
      {"/:/host:ro", "/:/host:ro"},
      {"/a b/ü:/c", "/a b/ü:/c"},
  };
  for (const auto& [text, full] : cases) {
    auto volume = parse_volume(text);
    ASSERT_TRUE(volume) << text << ": " << volume.error().message;
    EXPECT_EQ(volume->to_string(), full) << text;
    EXPECT_EQ(parse_volume(full), volume);
  }
  EXPECT_TRUE(parse_volume("/a:/b")->is_path());
  EXPECT_FALSE(parse_volume("a:/b")->is_path());
}

TEST(VolumeMapping, RefusesEverythingElse) {
  for (const char* text :
       {"", "/data", ":/data", "/srv:", "srv/x:/data", "./x:/data", "/srv/../etc:/data", "/a:/b/..", "/a:b",
        "/a:/", "/a:/b:", "/a:/b:rx", "/a:/b:ro:z", "-v:/b", "a b:/c", "/a/./b:/c"}) {
    auto volume = parse_volume(text);
    ASSERT_FALSE(volume) << text;
    EXPECT_EQ(volume.error().code, ErrorCode::kInvalid);
    EXPECT_FALSE(volume.error().hint.empty());
  }
  EXPECT_TRUE(parse_volume("/" + std::string(4095, 'a') + ":/b"));
  EXPECT_FALSE(parse_volume("/" + std::string(4096, 'a') + ":/b"));
}

}  // namespace
}  // namespace mcp::service
