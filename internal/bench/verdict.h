#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "internal/bench/response_reader.h"

namespace mcp::bench {

// What became of a call. Only kOk counts as throughput: a status alone says nothing, since refused calls and
// failed tools are answered with 200 too.
enum class Verdict {
  kOk,
  kToolError,  // isError
  kRpcError,   // a JSON-RPC error
  kHttpError,  // any status but 200
  kWrongId,    // no answer to this request in the body
  kTruncated,  // shorter than it must be
  kBroken,     // not HTTP, or the connection ended before its end
  kTimeout,    // no answer when the run was over
};
inline constexpr std::size_t kVerdicts = 8;
std::string_view to_string(Verdict verdict);

// Of a response that is done(). id: the digits of the request's; least: bytes the body must have.
Verdict judge(const ResponseReader& response, std::string_view id, std::uint64_t least);

// How often each came.
struct Outcomes {
  std::array<std::int64_t, kVerdicts> counts{};

  std::int64_t& operator[](Verdict verdict) { return counts[static_cast<std::size_t>(verdict)]; }
  std::int64_t of(Verdict verdict) const { return counts[static_cast<std::size_t>(verdict)]; }
  std::int64_t errors() const;
};

}  // namespace mcp::bench
