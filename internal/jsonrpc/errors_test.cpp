#include "internal/jsonrpc/errors.h"

#include <gtest/gtest.h>

namespace mcp::jsonrpc {
namespace {

TEST(RpcError, ReadsWhatItWrites) {
  for (const RpcError& error :
       {RpcError{-32602, "bad \"x\"\n", {}}, RpcError{5, "", R"({"a":12345678901234567890123})"}}) {
    auto read = parse_rpc_error(error.to_json());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->code, error.code);
    EXPECT_EQ(read->message, error.message);
    EXPECT_EQ(read->data, error.data);
  }
}

TEST(RpcError, RefusesErrorsWithoutCodeOrMessage) {
  for (std::string_view raw :
       {"", "{}", "[]", R"({"code":1})", R"({"message":"x"})", R"({"code":"1","message":"x"})",
        R"({"code":1.5,"message":"x"})", R"({"code":99999999999,"message":"x"})",
        R"({"code":1,"message":null})", R"({"code":1,"code":2,"message":"x"})"}) {
    auto read = parse_rpc_error(raw);
    ASSERT_FALSE(read) << raw;
    EXPECT_EQ(read.error().code, ErrorCode::kMalformed) << raw;
  }
}

TEST(RpcCode, HasTheNumbersOfJsonRpc) {
  EXPECT_EQ(rpc_code(ErrorCode::kMalformed), -32700);
  EXPECT_EQ(rpc_code(ErrorCode::kProtocol), -32600);
  EXPECT_EQ(rpc_code(ErrorCode::kUnsupported), -32601);
  EXPECT_EQ(rpc_code(ErrorCode::kInvalid), -32602);
  EXPECT_EQ(rpc_code(ErrorCode::kTimeout), -32603);
}

TEST(ToRpcError, CarriesTheHintAsData) {
  RpcError rpc = to_rpc_error(Error{ErrorCode::kUnavailable, "gone", "start \"it\""});
  EXPECT_EQ(rpc.code, kInternalError);
  EXPECT_EQ(rpc.data, R"({"hint":"start \"it\""})");
  EXPECT_EQ(to_rpc_error(Error{ErrorCode::kInvalid, "x", {}}).data, "");
}

}  // namespace
}  // namespace mcp::jsonrpc
