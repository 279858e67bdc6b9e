#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace mcp {

// What kind of thing went wrong. Closed: four tables (exit status, HTTP, JSON-RPC, gRPC) cover every value.
enum class ErrorCode {
  kMalformed,        // the bytes are not what they claim to be (bad JSON, bad framing)
  kInvalid,          // well-formed, but not acceptable (wrong value, missing key)
  kUsage,            // a command line that cannot be understood
  kConfig,           // a configuration that cannot be used
  kNotFound,         // no such server, tool, file, session
  kExists,           // already there, taken (name, port, state directory)
  kUnauthenticated,  // who are you?
  kDenied,           // known, but not allowed
  kUnavailable,      // the peer cannot be reached or went away
  kTimeout,          // a deadline passed
  kCancelled,        // the asker no longer wants the answer
  kLimit,            // a bound was reached
  kProtocol,         // the peer broke its protocol
  kUnsupported,      // understood, but not offered here
  kIo,               // the operating system said no
  kInternal,         // our own fault
};

std::string_view to_string(ErrorCode code);

// A failure as a value: what happened, and what the reader can do about it.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;  // lower case, no period
  std::string hint;     // empty, or what to do

  // The same error with what was being done in front: "reading config: no such file".
  Error wrap(std::string_view context) const&;
  Error wrap(std::string_view context) &&;
  Error with_hint(std::string text) &&;

  friend bool operator==(const Error&, const Error&) = default;
};

template <class T>
using Result = tl::expected<T, Error>;

// return fail(ErrorCode::kNotFound, "no server \"x\"", "see mcp config show");
tl::unexpected<Error> fail(ErrorCode code, std::string message, std::string hint = {});
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

// An operating system error: "open /x: No such file or directory".
Error os_error(std::string_view what, int errno_value, ErrorCode code = ErrorCode::kIo);

}  // namespace mcp

#define MCP_CONCAT_INNER(a, b) a##b
#define MCP_CONCAT(a, b) MCP_CONCAT_INNER(a, b)

// MCP_TRY(expr): returns the error of a Result<void> expression. Not for coroutines: see MCP_CO_TRY.
#define MCP_TRY(expr)                                                           \
  do {                                                                          \
    auto mcp_try_result = (expr);                                               \
    if (!mcp_try_result) return ::mcp::fail(std::move(mcp_try_result.error())); \
  } while (false)

// MCP_ASSIGN(auto x, expr): declares x from a Result, or returns its error.
#define MCP_ASSIGN(declaration, expr) MCP_ASSIGN_INNER(MCP_CONCAT(mcp_result_, __LINE__), declaration, expr)
#define MCP_ASSIGN_INNER(result, declaration, expr)           \
  auto result = (expr);                                       \
  if (!result) return ::mcp::fail(std::move(result.error())); \
  declaration = std::move(*result)
