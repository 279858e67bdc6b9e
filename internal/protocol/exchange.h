#pragma once

#include <optional>
#include <string>
#include <utility>

#include "internal/base/bytes.h"
#include "internal/jsonrpc/errors.h"
#include "internal/protocol/capabilities.h"
#include "internal/protocol/revision.h"

namespace mcp::protocol {

// How a request ended: a result (raw JSON object) or a JSON-RPC error. Era-neutral.
class Outcome {
 public:
  static Outcome result(Bytes raw) { return Outcome(std::move(raw)); }
  static Outcome result(std::string raw) { return Outcome(Bytes::adopt(std::move(raw))); }
  static Outcome error(jsonrpc::RpcError error) { return Outcome(std::move(error)); }
  static Outcome error(const Error& error) { return Outcome(jsonrpc::to_rpc_error(error)); }
  static Outcome error(int code, std::string message, std::string data = {}) {
    return Outcome(jsonrpc::RpcError{code, std::move(message), std::move(data)});
  }

  // A result that came in a message that was read whole: it is valid JSON, and nobody need look again.
  static Outcome read_result(Bytes raw) {
    Outcome outcome(std::move(raw));
    outcome.read_ = true;
    return outcome;
  }
  bool was_read() const { return read_; }

  // What a handler returns whose call lasts: its answer comes by another way (server::Call::conclude).
  static Outcome later() {
    Outcome outcome{Bytes()};
    outcome.later_ = true;
    return outcome;
  }
  bool is_later() const { return later_; }

  bool ok() const { return !error_; }
  const Bytes& raw() const { return result_; }  // only when ok()
  const jsonrpc::RpcError& error() const { return *error_; }

  // A failure below MCP (child died, time-out, refused connection), beside the error that the client is told.
  const std::optional<Error>& cause() const { return cause_; }
  static Outcome failure(Error cause) {
    Outcome outcome(jsonrpc::to_rpc_error(cause));
    outcome.cause_ = std::move(cause);
    return outcome;
  }
  // The same where the client is told in other words.
  static Outcome failure(Error cause, jsonrpc::RpcError told) {
    Outcome outcome(std::move(told));
    outcome.cause_ = std::move(cause);
    return outcome;
  }
  // The same of a request of which nothing has left: the peer cannot have acted on it.
  static Outcome unsent(Error cause) {
    Outcome outcome = failure(std::move(cause));
    outcome.unsent_ = true;
    return outcome;
  }
  bool is_unsent() const { return unsent_; }
  // Of a request that there was no place for: later there may be.
  static Outcome busy(Error cause) {
    Outcome outcome = unsent(std::move(cause));
    outcome.busy_ = true;
    return outcome;
  }
  bool is_busy() const { return busy_; }

 private:
  explicit Outcome(Bytes result) : result_(std::move(result)) {}
  explicit Outcome(jsonrpc::RpcError error) : error_(std::move(error)) {}

  Bytes result_;
  std::optional<jsonrpc::RpcError> error_;
  std::optional<Error> cause_;
  bool unsent_ = false;
  bool busy_ = false;
  bool read_ = false;
  bool later_ = false;
};

// Who asks: of a legacy session since `initialize`, of a modern request in its `_meta`.
struct ClientView {
  Revision revision = kLatestLegacy;
  ClientCapabilities capabilities;
  std::string info = "{}";  // raw clientInfo
  std::string log_level;    // modern: of this request; legacy: set by logging/setLevel; empty = none

  Era era() const { return era_of(revision); }
};

}  // namespace mcp::protocol
