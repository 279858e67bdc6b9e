#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

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

// What stands in a batch: messages to hand on, the requests among them, and the answers to the other elements
// (no messages; initialize, which is part of no batch; an id in use).
struct BatchReading {
  std::vector<jsonrpc::Message> messages;
  std::vector<jsonrpc::Id> requests;
  std::vector<Bytes> errors;
};
BatchReading read_batch(const std::vector<Bytes>& texts,
                        const std::function<bool(const jsonrpc::Id&)>& is_in_use);

// `[…,…]` of JSON texts.
Bytes json_array(const std::vector<Bytes>& elements);

}  // namespace mcp::transport
