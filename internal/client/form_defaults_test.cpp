#include "internal/client/form_defaults.h"

#include <gtest/gtest.h>

namespace mcp::client {
namespace {

constexpr const char* kSchema =
    R"({"type":"object","properties":{"name":{"type":"string","default":"John \u0041"},"big":{"type":"integer",)"
    R"("default":123456789012345678901},"score":{"type":"number","default":95.50},"on":{"type":"boolean",)"
    R"("default":false},"free":{"type":"string"}},"required":["free"]})";

TEST(FormDefaults, FillsEveryPropertyThatHasOneByteForByte) {
  EXPECT_EQ(with_form_defaults("{}", kSchema),
            R"({"name":"John \u0041","big":123456789012345678901,"score":95.50,"on":false})");
}

TEST(FormDefaults, KeepsWhatIsThere) {
  EXPECT_EQ(with_form_defaults(R"({"free":"x","on":true,"score":null})", kSchema),
            R"({"free":"x","on":true,"score":null,"name":"John \u0041","big":123456789012345678901})");
}

TEST(FormDefaults, TakesASchemaWithoutProperties) {
  EXPECT_EQ(with_form_defaults("{}", "{}"), "{}");
  EXPECT_EQ(with_form_defaults("", ""), "{}");
  EXPECT_EQ(with_form_defaults(R"({"a":1})", R"({"properties":[]})"), R"({"a":1})");
}

}  // namespace
}  // namespace mcp::client
