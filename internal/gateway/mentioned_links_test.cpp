#include "internal/gateway/mentioned_links.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mcp::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(MentionedLinks, OneLinkTooManyForgetsTheOldestNotTheFirstOfTheAlphabet) {
  MentionedLinks links(2);
  links.remember("z:old", "a");
  links.remember("b:newer", "b");
  EXPECT_EQ(links.size(), 2u);
  links.remember("c:newest", "c");
  EXPECT_EQ(links.size(), 2u);
  EXPECT_EQ(links.server_of("z:old"), "");
  EXPECT_EQ(links.server_of("b:newer"), "b");
  EXPECT_EQ(links.server_of("c:newest"), "c");
}

TEST(MentionedLinks, WhatIsMentionedOrReadAgainStays) {
  MentionedLinks links(3);
  for (const char* uri : {"x:1", "x:2", "x:3"}) links.remember(uri, "a");
  links.remember("x:1", "b");
  EXPECT_EQ(links.server_of("x:2"), "a");
  links.remember("x:4", "a");
  EXPECT_EQ(links.server_of("x:3"), "");
  EXPECT_EQ(links.server_of("x:1"), "b");
}

TEST(MentionedLinks, FindsLinksAndEmbeddedResourcesOfToolsAndPrompts) {
  EXPECT_THAT(mentioned_uris(R"({"content":[{"type":"text","text":"x"},{"type":"resource_link","uri":"x:1"},)"
                             R"({"type":"resource","resource":{"uri":"x:\u0032","text":"t"}}]})"),
              ElementsAre("x:1", "x:2"));
  EXPECT_THAT(mentioned_uris(R"({"messages":[{"role":"user","content":{"type":"resource","resource":)"
                             R"({"uri":"x:3"}}},{"role":"user","content":{"type":"text","text":"t"}}]})"),
              ElementsAre("x:3"));
  EXPECT_THAT(mentioned_uris(R"({"contents":[{"uri":"x:4","text":"t"}]})"), ElementsAre("x:4"));
}

TEST(MentionedLinks, FindsNothingInWhatOnlyLooksLikeIt) {
  EXPECT_THAT(mentioned_uris(R"({"content":[{"type":"text","text":"\"resource_link\" uri"}]})"), IsEmpty());
  EXPECT_THAT(mentioned_uris(R"({"content":{"type":"resource_link","uri":"x:1"}})"), IsEmpty());
  EXPECT_THAT(mentioned_uris(R"({"content":[{"type":"resource_link","uri":""},{"type":"resource"}]})"),
              IsEmpty());
}

}  // namespace
}  // namespace mcp::gateway
