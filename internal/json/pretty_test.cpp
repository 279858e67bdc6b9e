#include "internal/json/pretty.h"

#include <gtest/gtest.h>

namespace mcp::json {
namespace {

TEST(Pretty, LaysOutAMemberALine) {
  EXPECT_EQ(pretty(R"( {"a":1,"b" : [true,{"c":null}],"d":{ },"e":[]} )"),
            "{\n"
            "  \"a\": 1,\n"
            "  \"b\": [\n"
            "    true,\n"
            "    {\n"
            "      \"c\": null\n"
            "    }\n"
            "  ],\n"
            "  \"d\": {},\n"
            "  \"e\": []\n"
            "}");
}

TEST(Pretty, KeepsTheBytesOfStringsAndNumbers) {
  EXPECT_EQ(pretty(R"(["{\"a\" :[1, 2]}\\",12345678901234567890123,1E400,-0.10])"),
            "[\n  \"{\\\"a\\\" :[1, 2]}\\\\\",\n  12345678901234567890123,\n  1E400,\n  -0.10\n]");
  EXPECT_EQ(pretty(" 7 "), "7");
}

TEST(Pretty, StaysInsideATextThatIsNotJson) {
  for (const char* text : {"", "\"", "\"\\", "[", "}", "{\"a\":", "]]"}) (void)pretty(text);
}

}  // namespace
}  // namespace mcp::json
