#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "internal/base/error.h"

namespace mcp::async {

namespace asio = boost::asio;

// One concrete executor everywhere: no type erasure on the hot path.
using Executor = asio::io_context::executor_type;

// A coroutine on the loop. g++ 12.2 miscompiles some forms (docs/house.md, "Coroutines"): in a statement with
// co_await use named variables only; parameters are taken by value.
template <class T>
using Task = asio::awaitable<T, Executor>;

// The completion token of every asynchronous operation: errors come back as values.
inline constexpr auto kAwait = asio::as_tuple(asio::use_awaitable_t<Executor>());

}  // namespace mcp::async

namespace mcp {
using async::Task;
}  // namespace mcp

// MCP_ASSIGN and MCP_TRY for coroutines: `result` is a named variable that holds a Result.
#define MCP_CO_CHECK(result) \
  if (!(result)) co_return ::mcp::fail(std::move((result).error()))
