#include "cmd/mcp/form_field.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace mcp::cmd {
namespace {

using json::Value;

FormField field(const char* schema) { return {"name", json::parse(schema).value()}; }
std::string read(const FormField& field, const std::string& line) {
  auto value = field.read(line);
  return value ? json::dump(*value) : "wrong: " + value.error().message;
}

TEST(FormField, AsksForATextNumberOrBoolean) {
  FormField text =
      field(R"({"type":"string","title":"Name","description":"the full one","default":"Ada L."})");
  EXPECT_EQ(text.prompt(), "Name (the full one) [Ada L.]");
  EXPECT_EQ(read(text, "Bob"), R"("Bob")");
  EXPECT_EQ(field(R"({"type":"string","default":""})").prompt(), R"(name [""])");
  FormField whole = field(R"({"type":"integer","default":42})");
  EXPECT_EQ(whole.prompt(), "name [42]");
  EXPECT_EQ(read(whole, "7"), "7");
  EXPECT_EQ(read(whole, "7.5"), "wrong: that is not an integer");
  EXPECT_EQ(read(field(R"({"type":"number"})"), "7.5"), "7.5");
  EXPECT_EQ(read(field(R"({"type":"number"})"), "many"), "wrong: that is not a number");
  FormField flag = field(R"({"type":"boolean","default":true})");
  EXPECT_EQ(flag.prompt(), "name [yes]");
  EXPECT_EQ(read(flag, "No"), "false");
  EXPECT_EQ(read(flag, "maybe"), "wrong: that is not a boolean: yes or no");
}

// The five forms of enumerations (SEP-1330).
TEST(FormField, AsksForOneChoice) {
  FormField untitled = field(R"({"type":"string","enum":["a","b"],"default":"b"})");
  EXPECT_EQ(untitled.prompt(), "name {a, b} [b]");
  EXPECT_EQ(read(untitled, "a"), R"("a")");
  EXPECT_EQ(read(untitled, "c"), "wrong: that is not one of them");
  for (
      const char* schema :
      {R"({"type":"string","oneOf":[{"const":"h1","title":"Superman"},{"const":"h2","title":"Batman"}],"default":"h2"})",
       R"({"type":"string","enum":["h1","h2"],"enumNames":["Superman","Batman"],"default":"h2"})"}) {
    FormField titled = field(schema);
    EXPECT_EQ(titled.prompt(), "name {Superman = h1, Batman = h2} [Batman]");
    EXPECT_EQ(read(titled, "h1"), R"("h1")");
    EXPECT_EQ(read(titled, "Superman"), R"("h1")");
    EXPECT_EQ(read(titled, "superman?"), "wrong: that is not one of them");
    EXPECT_EQ(read(titled, ""), "wrong: that is not one of them");
  }
}

TEST(FormField, AsksForSeveralChoices) {
  FormField untitled = field(
      R"({"type":"array","minItems":1,"maxItems":2,"items":{"type":"string","enum":["a","b","c"]},"default":["a","c"]})");
  EXPECT_EQ(untitled.prompt(), "name {a, b, c; several: a, b} [a, c]");
  EXPECT_EQ(read(untitled, " c ,a"), R"(["c","a"])");
  EXPECT_EQ(read(untitled, "a, a"), R"(["a"])");
  EXPECT_EQ(read(untitled, "a, d"), R"(wrong: "d" is not one of them)");
  EXPECT_EQ(read(untitled, ""), "wrong: give at least 1 of them, separated by commas");
  EXPECT_EQ(read(untitled, "a,b,c"), "wrong: give at most 2 of them");
  FormField titled = field(
      R"({"type":"array","items":{"anyOf":[{"const":"f1","title":"Tuna"},{"const":"f2","title":"Eel"}]},"default":["f2"]})");
  EXPECT_EQ(titled.prompt(), "name {Tuna = f1, Eel = f2; several: a, b} [Eel]");
  EXPECT_EQ(read(titled, "Eel, f1"), R"(["f2","f1"])");
  EXPECT_EQ(read(titled, ""), "[]");
  EXPECT_EQ(field(R"({"type":"array","items":{"type":"string"},"default":[]})").prompt(), "name [none]");
}

TEST(FormField, WithstandsASchemaOfAnyShape) {
  for (const char* schema : {"null", "[]", "3", R"({"type":3})", R"({"type":"array","items":[]})",
                             R"({"enum":{"a":1},"enumNames":3})", R"({"oneOf":[1,{"title":"x"}]})",
                             R"({"type":"array","minItems":-1,"maxItems":"x"})"}) {
    FormField odd = field(schema);
    EXPECT_EQ(odd.prompt(), "name") << schema;
    odd.read("x");
  }
}

}  // namespace
}  // namespace mcp::cmd
