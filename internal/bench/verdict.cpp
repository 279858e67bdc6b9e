#include "internal/bench/verdict.h"

namespace mcp::bench {
namespace {

// The id as a member, with and without the blank that some servers write.
bool answers(const BodySample& body, std::string_view id) {
  char text[32] = "\"id\":";
  std::string_view member(text, 5 + id.copy(text + 5, sizeof text - 5));
  if (body.contains(member)) return true;
  text[5] = ' ';
  return body.contains(std::string_view(text, 6 + id.copy(text + 6, sizeof text - 6)));
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk: return "ok";
    case Verdict::kToolError: return "tool_error";
    case Verdict::kRpcError: return "rpc_error";
    case Verdict::kHttpError: return "http_error";
    case Verdict::kWrongId: return "wrong_id";
    case Verdict::kTruncated: return "truncated";
    case Verdict::kBroken: return "broken";
    case Verdict::kTimeout: return "timeout";
  }
  return "";
}

Verdict judge(const ResponseReader& response, std::string_view id, std::uint64_t least) {
  if (response.status() != 200) return Verdict::kHttpError;
  const BodySample& body = response.body();
  if (!answers(body, id)) return Verdict::kWrongId;
  if (!body.contains("\"result\":")) return Verdict::kRpcError;
  if (body.contains("\"isError\":true") || body.contains("\"isError\": true")) return Verdict::kToolError;
  return body.size() < least ? Verdict::kTruncated : Verdict::kOk;
}

std::int64_t Outcomes::errors() const {
  std::int64_t sum = 0;
  for (std::size_t i = 1; i < kVerdicts; ++i) sum += counts[i];
  return sum;
}

}  // namespace mcp::bench
