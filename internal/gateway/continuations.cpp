#include "internal/gateway/continuations.h"

#include <iterator>
#include <utility>

#include <nlohmann/json.hpp>

#include "internal/base/base64.h"
#include "internal/base/strings.h"
#include "internal/crypto/hash.h"
#include "internal/json/members.h"

namespace mcp::gateway {
namespace {

// Lengths before texts, so that no two bindings give the same one.
std::string text_of(const Binding& binding) {
  std::string text;
  for (const std::string* part : {&binding.principal, &binding.endpoint, &binding.request}) {
    text.append(std::to_string(part->size())).append(":").append(*part);
  }
  return text;
}

Error full(std::string whose, std::size_t limit) {
  return Error{ErrorCode::kLimit, whose + " " + std::to_string(limit) + " calls that wait for input already",
               "answer or abandon some of them first"};
}

// What a retry says anew.
bool is_of_retry(std::string_view key) {
  return key == "_meta" || key == "requestState" || key == "inputResponses";
}

// Every member as it is written, in the order of the keys.
std::string written_params(std::string_view params) {
  json::Fields fields = json::members_of(params);
  std::map<std::string_view, std::string_view> sorted;
  for (const auto& [key, raw] : fields) sorted.emplace(key, raw);
  std::string text;
  for (const auto& [key, raw] : sorted) {
    if (!is_of_retry(key)) text.append(json_quote(key)).append(":").append(raw).append(",");
  }
  return text;
}

std::string bound_params(const Bytes& raw) {
  if (raw.empty()) return "{}";
  auto params = nlohmann::json::parse(raw.view(), nullptr, false);
  // JSON that this library refuses: a number beyond any double, half a surrogate pair.
  if (!params.is_object()) return written_params(raw.view());
  for (auto member = params.begin(); member != params.end();) {
    member = is_of_retry(member.key()) ? params.erase(member) : std::next(member);
  }
  return params.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string request_digest(const jsonrpc::Message& request) {
  return crypto::sha256(request.method + "\n" + bound_params(request.params));
}

Continuations::Continuations(async::Loop& loop, std::string key, ContinuationLimits limits)
    : loop_(loop), seal_(std::move(key)), limits_(limits) {}

Result<std::string> Continuations::keep(std::shared_ptr<Continuation> what, const Binding& binding) {
  if (waiting_.size() >= limits_.total) return fail(full("this gateway has", limits_.total));
  auto share = shares_.find(binding.principal);
  if (share != shares_.end() && share->second >= limits_.per_principal) {
    return fail(full("you have", limits_.per_principal));
  }
  std::uint64_t id = next_++;
  ++shares_[binding.principal];
  Waiting& waiting = waiting_[id];
  waiting = {std::move(what), binding.principal, std::make_unique<async::Timer>(loop_)};
  waiting.deadline->start(limits_.patience, [this, id] {
    if (auto late = remove(id)) late->expired();
  });
  return base64_encode(seal_.seal(std::to_string(id), text_of(binding)));
}

Result<std::shared_ptr<Continuation>> Continuations::take(std::string_view state, const Binding& binding) {
  auto sealed = base64_decode(state);
  auto id = sealed ? seal_.open(*sealed, text_of(binding)) : std::nullopt;
  if (!id) {
    return fail(ErrorCode::kDenied,
                "requestState is not ours, was changed, or belongs to another request or client");
  }
  auto what = remove(std::stoull(*id));
  if (!what) return fail(ErrorCode::kTimeout, "requestState has expired or was used already");
  return what;
}

std::shared_ptr<Continuation> Continuations::remove(std::uint64_t id) {
  auto found = waiting_.find(id);
  if (found == waiting_.end()) return nullptr;
  auto what = std::move(found->second.what);
  auto share = shares_.find(found->second.principal);
  if (--share->second == 0) shares_.erase(share);
  waiting_.erase(found);
  return what;
}

void Continuations::clear() {
  while (!waiting_.empty()) remove(waiting_.begin()->first)->expired();
}

}  // namespace mcp::gateway
