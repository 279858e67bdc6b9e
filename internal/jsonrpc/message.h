#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "internal/base/bytes.h"
#include "internal/base/error.h"
#include "internal/base/rope.h"
#include "internal/json/scan.h"
#include "internal/jsonrpc/errors.h"

namespace mcp::jsonrpc {

// The longest id, method, progress token and uri, in bytes as they are written: they are kept, compared and
// told on while a request runs, or a subscription lasts.
constexpr std::size_t kMaxWord = 4 << 10;

// A request id as it is written: `7` or `"a"`. Compared as bytes after normalising escapes.
class Id {
 public:
  Id() = default;
  static Id number(std::int64_t value);
  static Id text(std::string_view value);
  // Errors: kProtocol (neither a string nor an integer: MCP forbids null and fractions; longer than
  // kMaxWord).
  static Result<Id> parse(std::string_view raw);

  const std::string& raw() const { return raw_; }
  bool is_number() const { return !raw_.empty() && raw_.front() != '"'; }
  friend bool operator==(const Id&, const Id&) = default;
  friend auto operator<=>(const Id&, const Id&) = default;

 private:
  explicit Id(std::string raw) : raw_(std::move(raw)) {}
  std::string raw_;
};

enum class Kind { kRequest, kNotification, kResult, kError };

// One JSON-RPC message: its bytes, and slices of them. Cheap to copy.
struct Message {
  Rope bytes;  // in several parts only when it was made by share_result()
  Kind kind = Kind::kNotification;
  std::optional<Id> id;  // absent for notifications, and for errors about unreadable requests
  std::string method;    // requests and notifications
  Bytes params;          // raw; empty when absent
  Bytes result;          // raw
  Bytes error;           // raw
  // From params, when it is an object:
  Bytes name;            // raw value of params.name
  Bytes uri;             // raw value of params.uri
  Bytes meta;            // raw value of params._meta, or of result._meta when that is an object
  Bytes progress_token;  // raw value of params._meta.progressToken

  bool is_request() const { return kind == Kind::kRequest; }
  bool is_notification() const { return kind == Kind::kNotification; }
  bool is_response() const { return kind == Kind::kResult || kind == Kind::kError; }

  // Validates the whole text and the envelope (JSON-RPC 2.0 §4, §5; MCP basic "Messages"), refusing keys that
  // stand twice in the envelope, in params or in _meta.
  // Errors: kMalformed (not JSON: -32700), kProtocol (not a JSON-RPC message: -32600), kInvalid (`_meta` of
  // params is not an object: -32602), kLimit (nested deeper than max_depth).
  static Result<Message> parse(Bytes text, int max_depth = json::kMaxDepth);
};

// Is this text a JSON array, that is a batch?
bool is_batch(std::string_view text);
// The members of a batch, each a text of its own. Where there are more than `max`, the first max + 1 of them.
// Errors: kMalformed, kProtocol (empty), kLimit (nested deeper than max_depth).
Result<std::vector<Bytes>> split_batch(const Bytes& text, std::size_t max, int max_depth = json::kMaxDepth);

// The id of a text that parse() refused, where it can be read and is the only one; for the error answer.
std::optional<Id> salvage_id(const Bytes& text);

// What can still be told of a text that is no message, or of the head of one that is too long.
struct Salvage {
  std::optional<Id> id;  // when it is there whole, and once
  bool is_call = false;  // it has a method: the id is its sender's
};
Salvage salvage(std::string_view text);

// Writers. `params`, `result` are raw JSON, params may be empty.
Bytes make_request(const Id& id, std::string_view method, std::string_view params);
Bytes make_notification(std::string_view method, std::string_view params);
Bytes make_result(const Id& id, std::string_view result);
// The same as a message that shares a large result with whoever holds it. `result` must be an object that was
// validated; the message has no slices of one in several parts.
Message share_result(const Id& id, const Rope& result);
// Without an id the member is left out (MCP 2025-11-25 and later: RequestId is never null).
Bytes make_error(const std::optional<Id>& id, const RpcError& error);

// A message of ours, which is known to be well-formed.
Message own_message(Bytes text);
// The same from parts that were read before, which nobody need read again: `params` an object in which no key
// stands twice, or empty; `result` an object. All slices are there.
Message own_request(const Id& id, std::string_view method, std::string_view params);
Message own_result(const Id& id, std::string_view result);

}  // namespace mcp::jsonrpc
