#include "internal/service/image.h"

#include <gmock/gmock.h>

namespace mcp::service {
namespace {

const std::string kDigest = "sha256:" + std::string(64, 'a');

struct Case {
  std::string text;
  ImageRef parts;
};

TEST(Image, IsTakenApartAndPutTogether) {
  const Case cases[] = {
      {"busybox", {"", "busybox", "", ""}},
      {"busybox:1.35", {"", "busybox", "1.35", ""}},
      {"library/busybox", {"", "library/busybox", "", ""}},
      {"registry/img:v1.2.0", {"", "registry/img", "v1.2.0", ""}},
      {"registry.example.com/img", {"registry.example.com", "img", "", ""}},
      {"localhost/img:v1", {"localhost", "img", "v1", ""}},
      {"host:5000/img", {"host:5000", "img", "", ""}},
      {"host:5000/team/img:latest", {"host:5000", "team/img", "latest", ""}},
      {"127.0.0.1:15000/bb@" + kDigest, {"127.0.0.1:15000", "bb", "", kDigest}},
      {"[::1]:5000/bb:v2", {"[::1]:5000", "bb", "v2", ""}},
      {"[fe80::1]/bb", {"[fe80::1]", "bb", "", ""}},
      {"host:5000/img:v1@" + kDigest, {"host:5000", "img", "v1", kDigest}},
      {"a/b/c/d:t_1.2-3", {"", "a/b/c/d", "t_1.2-3", ""}},
      {"x__y/z--w:V", {"", "x__y/z--w", "V", ""}},
      {"UPPER/img", {"UPPER", "img", "", ""}},
  };
  for (const auto& [text, parts] : cases) {
    auto image = parse_image(text);
    ASSERT_TRUE(image) << text << ": " << image.error().message;
    EXPECT_EQ(*image, parts) << text;
    EXPECT_EQ(image->to_string(), text);
    EXPECT_TRUE(check_image(text));
  }
}

TEST(Image, RefusesWhatNoRegistryCouldHave) {
  for (const std::string& text : std::vector<std::string>{"",
                                                          ":v1",
                                                          "img:",
                                                          "img@",
                                                          "img@sha256:12",
                                                          "img@sha256:" + std::string(64, 'g'),
                                                          "Img",
                                                          "host:5000/Img",
                                                          "host:port/img",
                                                          "host:123456/img",
                                                          "a//b",
                                                          "/img",
                                                          "img/",
                                                          "img:-v1",
                                                          "img:.v",
                                                          "img:" + std::string(129, 'v'),
                                                          "a b",
                                                          "img:v 1",
                                                          "-img",
                                                          "img_",
                                                          "x___y",
                                                          "a..b",
                                                          "-host.com/img",
                                                          "--privileged",
                                                          "img\n",
                                                          "[::1/img",
                                                          "[zz]:5000/img",
                                                          "img@" + kDigest + ":v1",
                                                          std::string(256, 'a')}) {
    auto image = parse_image(text);
    ASSERT_FALSE(image) << text;
    EXPECT_EQ(image.error().code, ErrorCode::kInvalid);
    EXPECT_FALSE(image.error().hint.empty());
  }
  EXPECT_TRUE(parse_image("img:" + std::string(128, 'v')));
  EXPECT_TRUE(parse_image(std::string(255, 'a')));
}

TEST(Image, TheVersionIsTheTag) {
  const std::pair<std::string, std::string> cases[] = {
      {"registry/img:v1.2.0", "v1.2.0"},
      {"registry/img:latest", "latest"},
      {"registry/img", ""},
      {"host:5000/img", ""},
      {"host:5000/img:v2", "v2"},
      {"host:5000/img@" + kDigest, ""},
      {"img:v3@" + kDigest, "v3"},
      {"not an image", ""},
      {"", ""},
  };
  for (const auto& [text, version] : cases) EXPECT_EQ(version_of_image(text), version) << text;
}

TEST(Image, IsPinnedToADigestWithoutItsTag) {
  auto image = parse_image("host:5000/img:v1");
  ASSERT_TRUE(image);
  EXPECT_EQ(image->pinned(kDigest).to_string(), "host:5000/img@" + kDigest);
  EXPECT_EQ(image->name(), "host:5000/img");
}

}  // namespace
}  // namespace mcp::service
