#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "internal/base/strings.h"
#include "internal/protocol/headers.h"

namespace mcp::protocol {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

HeaderLookup lookup(HeaderList headers) {
  return [headers = std::move(headers)](std::string_view name) -> std::optional<std::string> {
    for (const auto& [key, value] : headers) {
      if (iequals(key, name)) return value;
    }
    return std::nullopt;
  };
}

constexpr std::string_view kSchema = R"({"type":"object","properties":{
  "region":{"type":"string","x-mcp-header":"Region"},
  "count":{"type":"integer","x-mcp-header":"Count"},
  "place":{"type":"object","properties":{"exact":{"type":"boolean","x-mcp-header":"Exact"}}},
  "query":{"type":"string"}}})";

std::vector<ParamHeader> declared() { return find_param_headers(kSchema).value(); }

// A schema with one property `p`.
std::string with_property(std::string_view p) {
  return R"({"type":"object","properties":{"p":)" + std::string(p) + "}}";
}

TEST(FindParamHeaders, FindsThemAtAnyDepthOfProperties) {
  auto found = declared();
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].header, "Region");
  EXPECT_THAT(found[0].path, ElementsAre("region"));
  EXPECT_EQ(found[1].type, "integer");
  EXPECT_THAT(found[2].path, ElementsAre("place", "exact"));
}

TEST(FindParamHeaders, FindsNoneInPlainSchemas) {
  for (std::string_view schema :
       {"{}", "", R"({"type":"object","properties":{"a":{"type":"string"}}})", R"({"\u0061":1})"}) {
    EXPECT_THAT(find_param_headers(schema).value(), IsEmpty()) << schema;
  }
}

TEST(FindParamHeaders, DoesNotTakeDataOrNamesForTheAnnotation) {
  for (std::string_view p : {R"({"type":"object","properties":{"x-mcp-header":{"type":"string"}}})",
                             R"({"default":{"x-mcp-header":"A"}})", R"({"enum":[{"x-mcp-header":"A"}]})",
                             R"({"const":{"x-mcp-header":5}})", R"({"examples":[{"x-mcp-header":""}]})",
                             R"({"description":"x-mcp-header"})"}) {
    auto found = find_param_headers(with_property(p));
    ASSERT_TRUE(found) << p;
    EXPECT_THAT(*found, IsEmpty());
  }
}

TEST(FindParamHeaders, ReadsAnAnnotationWhoseKeyIsEscaped) {
  EXPECT_EQ(find_param_headers(with_property(R"({"type":"string","x-mcp-h\u0065ader":"A"})")).value().size(),
            1u);
}

TEST(FindParamHeaders, RefusesNamesThatAreNoTokens) {
  for (std::string_view name :
       {R"("")", R"("a b")", R"("a:b")", R"("a\r\nb")", R"("é")", R"("a\u0000")", "5", "null", "{}"}) {
    auto found =
        find_param_headers(with_property(R"({"type":"string","x-mcp-header":)" + std::string(name) + "}"));
    ASSERT_FALSE(found) << name;
    EXPECT_EQ(found.error().code, ErrorCode::kInvalid);
    EXPECT_THAT(found.error().message, HasSubstr("\"p\""));
  }
  EXPECT_TRUE(
      find_param_headers(with_property(R"({"type":"string","x-mcp-header":"!#$%&'*+-.^_`|~09azAZ"})")));
}

TEST(FindParamHeaders, RefusesTypesThatAreNotPrimitive) {
  for (std::string_view type : {R"("type":"number",)", R"("type":"object",)", R"("type":"array",)",
                                R"("type":"null",)", R"("type":["string","null"],)", ""}) {
    EXPECT_FALSE(find_param_headers(with_property("{" + std::string(type) + R"("x-mcp-header":"A"})")))
        << type;
  }
}

TEST(FindParamHeaders, RefusesTheSameNameInAnotherCase) {
  EXPECT_FALSE(find_param_headers(R"({"properties":{"a":{"type":"string","x-mcp-header":"Region"},)"
                                  R"("b":{"type":"string","x-mcp-header":"REGION"}}})"));
}

TEST(FindParamHeaders, RefusesPlacesThatPropertiesDoNotReach) {
  constexpr std::string_view kLeaf = R"({"type":"string","x-mcp-header":"A"})";
  const std::string leaf(kLeaf);
  const std::string object = R"({"properties":{"q":)" + leaf + "}}";
  EXPECT_FALSE(find_param_headers(leaf)) << "the root is no parameter";
  for (std::string keyword :
       {"items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames",
        "unevaluatedProperties", "unevaluatedItems", "contentSchema"}) {
    EXPECT_FALSE(find_param_headers(with_property("{\"" + keyword + "\":" + leaf + "}"))) << keyword;
    EXPECT_FALSE(find_param_headers("{\"" + keyword + "\":" + object + "}")) << keyword;
  }
  for (std::string keyword : {"oneOf", "anyOf", "allOf", "prefixItems", "items"}) {
    EXPECT_FALSE(find_param_headers("{\"" + keyword + "\":[{}," + object + "]}")) << keyword;
  }
  for (std::string keyword : {"$defs", "definitions", "patternProperties", "dependentSchemas"}) {
    EXPECT_FALSE(find_param_headers("{\"" + keyword + "\":{\"d\":" + leaf + "}}")) << keyword;
  }
}

TEST(ParamHeaders, SayWhatTheArgumentsSay) {
  EXPECT_THAT(
      param_headers(declared(), R"({"region":"us-west1","count":-7,"place":{"exact":true},"query":"q"})"),
      ElementsAre(Pair("Mcp-Param-Region", "us-west1"), Pair("Mcp-Param-Count", "-7"),
                  Pair("Mcp-Param-Exact", "true")));
}

TEST(ParamHeaders, LeaveAbsentAndNullValuesOut) {
  for (std::string_view arguments : {"", "{}", R"({"region":null,"count":null,"place":{}})",
                                     R"({"place":null})", R"({"place":5,"region":{},"count":[]})"}) {
    EXPECT_THAT(param_headers(declared(), arguments), IsEmpty()) << arguments;
  }
}

TEST(ParamHeaders, WriteIntegersInDecimal) {
  for (auto [raw, text] :
       {std::pair{"42.0", "42"}, {"4.2e1", "42"}, {"9007199254740993", "9007199254740993"}, {"0", "0"}}) {
    auto headers = param_headers(declared(), "{\"count\":" + std::string(raw) + "}");
    EXPECT_THAT(headers, ElementsAre(Pair("Mcp-Param-Count", text)));
  }
}

TEST(ParamHeaders, EncodeWhatCannotTravelPlain) {
  EXPECT_THAT(param_headers(declared(), R"({"region":"Hello, 世界"})"),
              ElementsAre(Pair("Mcp-Param-Region", "=?base64?SGVsbG8sIOS4lueVjA==?=")));
  EXPECT_THAT(param_headers(declared(), R"({"region":""})"), ElementsAre(Pair("Mcp-Param-Region", "")));
}

TEST(CheckParamHeaders, AcceptWhatWeSend) {
  for (std::string_view arguments : {R"({"region":" ü ","count":42.0,"place":{"exact":false}})", "{}", "",
                                     R"({"region":"","count":9007199254740993})"}) {
    EXPECT_FALSE(check_param_headers(declared(), lookup(param_headers(declared(), arguments)), arguments))
        << arguments;
  }
}

TEST(CheckParamHeaders, CompareIntegersAsNumbers) {
  for (auto [body, header] : {std::pair{"42", "42.0"}, {"42.0", "42"}, {"4.2e1", "42"}}) {
    EXPECT_FALSE(check_param_headers(declared(), lookup({{"mcp-param-count", header}}),
                                     "{\"count\":" + std::string(body) + "}"));
  }
  for (auto [body, header] :
       {std::pair{"42", "43"}, {"42", "0x2a"}, {"9007199254740993", "9007199254740992"}, {"42", ""}}) {
    EXPECT_TRUE(check_param_headers(declared(), lookup({{"mcp-param-count", header}}),
                                    "{\"count\":" + std::string(body) + "}"))
        << body;
  }
}

TEST(CheckParamHeaders, RefuseWhatIsMissingDiffersOrHasNoCounterpart) {
  for (auto [arguments, headers] : {std::pair<std::string_view, HeaderList>{R"({"region":"a"})", {}},
                                    {R"({"region":"a"})", {{"Mcp-Param-Region", "A"}}},
                                    {R"({"region":"a"})", {{"Mcp-Param-Region", "=?base64?*?="}}},
                                    {R"({"region":"a"})", {{"Mcp-Param-Region", "\xc3\xa9"}}},
                                    {R"({"place":{"exact":true}})", {{"Mcp-Param-Exact", "1"}}},
                                    {R"({"region":null})", {{"Mcp-Param-Region", "a"}}},
                                    {"", {{"Mcp-Param-Region", "a"}}}}) {
    auto error = check_param_headers(declared(), lookup(headers), arguments);
    ASSERT_TRUE(error) << arguments;
    EXPECT_EQ(error->code, jsonrpc::kHeaderMismatch);
  }
}

TEST(CheckParamHeaders, IgnoreUnknownOnes) {
  EXPECT_FALSE(check_param_headers(declared(), lookup({{"Mcp-Param-Other", "x"}}), "{}"));
}

TEST(CheckParamHeaders, DoNotInsistOnUnsafeIntegers) {
  EXPECT_FALSE(check_param_headers(declared(), lookup({}), R"({"count":9007199254740993})"));
  EXPECT_TRUE(check_param_headers(declared(), lookup({}), R"({"count":9007199254740991})"));
}

}  // namespace
}  // namespace mcp::protocol
