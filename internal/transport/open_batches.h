#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "internal/async/loop.h"
#include "internal/jsonrpc/message.h"

namespace mcp::transport {

// JSON-RPC batches of a peer that are not answered yet (JSON-RPC 2.0 §6; 2025-03-26 basic, "Batching"): their
// answers go out together, once the last one is there.
class OpenBatches {
 public:
  // requests: ids that stand once; errors: answers of elements that are no messages.
  void open(const std::vector<jsonrpc::Id>& requests, std::vector<Bytes> errors);
  bool holds(const jsonrpc::Id& request) const { return waiting_.count(request) != 0; }
  // The answer to a request that it holds. Returns the batch's answer when nothing is missing any more.
  std::optional<Bytes> answer(const jsonrpc::Id& request, Bytes response);
  // A cancelled request gets no answer. Returns as answer() does; a batch without any answer gets none.
  std::optional<Bytes> cancel(const jsonrpc::Id& request);

 private:
  struct Batch {
    std::size_t missing = 0;
    std::vector<Bytes> answers;
  };

  std::shared_ptr<Batch> take(const jsonrpc::Id& request);

  std::map<jsonrpc::Id, std::shared_ptr<Batch>> waiting_;
};

// How much a batch may be.
struct BatchLimits {
  std::size_t max = 50;             // messages
  int max_depth = json::kMaxDepth;  // of its JSON
};

// A member of a batch, read by itself.
struct BatchMember {
  Bytes text;
  Result<jsonrpc::Message> message;
};
struct ParsedBatch {
  std::vector<BatchMember> members;
  std::optional<Error> refusal;  // kMalformed, kProtocol (empty), kLimit: there are no members then
  std::string_view limit;        // kLimit: the key that says how much is too much
};
// `done` hears of it at once, or, when the text is large, once it was read beside the loop.
void parse_batch(async::Loop& loop, Bytes text, BatchLimits limits, std::function<void(ParsedBatch)> done);

// What stands in a batch: messages to hand on, the requests among them, and the answers to the other elements
// (no messages; initialize, which is part of no batch; an id in use).
struct BatchReading {
  std::vector<jsonrpc::Message> messages;
  std::vector<jsonrpc::Id> requests;
  std::vector<Bytes> errors;
};
BatchReading read_batch(std::vector<BatchMember> members,
                        const std::function<bool(const jsonrpc::Id&)>& is_in_use);

// `[…,…]` of JSON texts.
Bytes json_array(const std::vector<Bytes>& elements);

}  // namespace mcp::transport
