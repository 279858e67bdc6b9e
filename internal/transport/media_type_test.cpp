#include "internal/transport/media_type.h"

#include <gtest/gtest.h>

namespace mcp::transport {
namespace {

bool allows(const char* accept, std::string_view type) {
  http::Headers headers;
  headers.add("accept", accept);
  return accepts(headers, type);
}

TEST(MediaType, ContentTypeIgnoresParametersAndCase) {
  EXPECT_TRUE(names_type("application/json", kJsonType));
  EXPECT_TRUE(names_type("Application/JSON ; charset=utf-8", kJsonType));
  EXPECT_FALSE(names_type("application/jsonx", kJsonType));
  EXPECT_FALSE(names_type("text/plain", kJsonType));
  EXPECT_FALSE(names_type("", kJsonType));
}

TEST(MediaType, AcceptNamesTheTypeOrARangeAroundIt) {
  EXPECT_TRUE(allows("application/json, text/event-stream", kEventStreamType));
  EXPECT_TRUE(allows("text/html;level=1 ,  application/json;q=0.5", kJsonType));
  EXPECT_TRUE(allows("*/*", kJsonType));
  EXPECT_TRUE(allows("text/*", kEventStreamType));
  EXPECT_FALSE(allows("text/*", kJsonType));
  EXPECT_FALSE(allows("application/json", kEventStreamType));
  EXPECT_FALSE(allows("", kJsonType));
}

TEST(MediaType, AcceptWithQualityZeroRefuses) {
  EXPECT_FALSE(allows("application/json;q=0", kJsonType));
  EXPECT_FALSE(allows("application/json; q=0.000", kJsonType));
  EXPECT_TRUE(allows("application/json; q=0.001", kJsonType));
}

TEST(MediaType, SeveralAcceptFieldsAreOne) {
  http::Headers headers;
  headers.add("Accept", "application/json");
  headers.add("Accept", "text/event-stream");
  EXPECT_TRUE(accepts(headers, kJsonType));
  EXPECT_TRUE(accepts(headers, kEventStreamType));
}

TEST(MediaType, NoAcceptFieldAcceptsEverything) { EXPECT_TRUE(accepts(http::Headers(), kJsonType)); }

}  // namespace
}  // namespace mcp::transport
