#include "internal/transport/open_batches.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "internal/transport/large_message.h"

namespace mcp::transport {
namespace {

std::optional<Bytes> whole(std::size_t missing, const std::vector<Bytes>& answers) {
  if (missing > 0 || answers.empty()) return std::nullopt;
  return json_array(answers);
}

ParsedBatch refused(Error why, std::string_view limit = {}) { return {{}, std::move(why), limit}; }

ParsedBatch parsed(const Bytes& text, const BatchLimits& limits) {
  auto texts = jsonrpc::split_batch(text, limits.max, limits.max_depth);
  if (!texts) {
    bool deep = texts.error().code == ErrorCode::kLimit;
    return refused(std::move(texts.error()), deep ? "max_depth" : "");
  }
  if (texts->size() > limits.max) {
    std::string what = "a batch of more than " + std::to_string(limits.max) + " messages";
    return refused(Error{ErrorCode::kLimit, std::move(what), ""}, "max_batch");
  }
  ParsedBatch batch;
  batch.members.reserve(texts->size());
  for (Bytes& one : *texts) {
    auto message = jsonrpc::Message::parse(one, limits.max_depth);
    batch.members.push_back({std::move(one), std::move(message)});
  }
  return batch;
}

}  // namespace

Bytes json_array(const std::vector<Bytes>& elements) {
  std::string text = "[";
  for (const Bytes& element : elements) {
    if (text.size() > 1) text += ',';
    text.append(element.view());
  }
  return Bytes::adopt(std::move(text += ']'));
}

void parse_batch(async::Loop& loop, Bytes text, BatchLimits limits, std::function<void(ParsedBatch)> done) {
  if (!is_large(text)) return done(parsed(text, limits));
  auto batch = std::make_shared<ParsedBatch>();
  loop.offload([batch, text = std::move(text), limits] { *batch = parsed(text, limits); },
               [batch, done = std::move(done)] { done(std::move(*batch)); });
}

BatchReading read_batch(std::vector<BatchMember> members,
                        const std::function<bool(const jsonrpc::Id&)>& is_in_use) {
  BatchReading read;
  auto taken = [&](const jsonrpc::Id& id) {
    return is_in_use(id) || std::find(read.requests.begin(), read.requests.end(), id) != read.requests.end();
  };
  for (auto& [text, message] : members) {
    if (!message) {
      auto error = jsonrpc::to_rpc_error(message.error());
      read.errors.push_back(jsonrpc::make_error(jsonrpc::salvage_id(text), error));
    } else if (message->is_request() && (message->method == "initialize" || taken(*message->id))) {
      jsonrpc::RpcError error{jsonrpc::kInvalidRequest, "not in this batch: initialize, or an id in use", {}};
      read.errors.push_back(jsonrpc::make_error(message->id, error));
    } else {
      if (message->is_request()) read.requests.push_back(*message->id);
      read.messages.push_back(std::move(*message));
    }
  }
  return read;
}

void OpenBatches::open(const std::vector<jsonrpc::Id>& requests, std::vector<Bytes> errors) {
  auto batch = std::make_shared<Batch>();
  batch->missing = requests.size();
  batch->answers = std::move(errors);
  for (const jsonrpc::Id& id : requests) waiting_.emplace(id, batch);
}

std::shared_ptr<OpenBatches::Batch> OpenBatches::take(const jsonrpc::Id& request) {
  auto entry = waiting_.find(request);
  if (entry == waiting_.end()) return nullptr;
  auto batch = std::move(entry->second);
  waiting_.erase(entry);
  --batch->missing;
  return batch;
}

std::optional<Bytes> OpenBatches::answer(const jsonrpc::Id& request, Bytes response) {
  auto batch = take(request);
  if (!batch) return std::nullopt;
  batch->answers.push_back(std::move(response));
  return whole(batch->missing, batch->answers);
}

std::optional<Bytes> OpenBatches::cancel(const jsonrpc::Id& request) {
  auto batch = take(request);
  return batch ? whole(batch->missing, batch->answers) : std::nullopt;
}

}  // namespace mcp::transport
