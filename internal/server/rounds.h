#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "internal/server/answer.h"
#include "internal/server/context.h"
#include "internal/server/request_state.h"

namespace mcp::server {

// Makes a task of the rest of a call; its outcome is what the call is answered with.
using Escalate = std::function<Outcome(ContextPtr, Handler)>;

// Runs a handler to its outcome. When it needs input: a modern client gets an `input_required` result and
// comes back (its requestState is opened here); a legacy client is asked by real requests, and the handler
// runs again, at most kMaxRounds times. When it answers Background: escalate decides; without one the rest
// runs here. A handler that throws is answered with -32603.
Task<Outcome> run_handler(ContextPtr context, Handler handler, std::shared_ptr<const StateSeal> seal,
                          Escalate escalate = nullptr);

inline constexpr int kMaxRounds = 16;

// --- the parts of it that tasks use too ---
// Runs the handler once; what it throws becomes -32603.
Task<Answer> run_once(Handler handler, ContextPtr context);
// Asks a legacy client everything that is wanted and notes its answers in the context; the outcome that stops
// the handler when one is missing.
Task<std::optional<Outcome>> ask_all(ContextPtr context, InputRequired wanted);
// Only what the client declared on this request may be asked.
std::optional<jsonrpc::RpcError> cannot_ask(const Context& context, const InputRequired& wanted);
// {"key":{"method":…,"params":…},…}: one question as it travels in `inputRequests`.
std::string to_json(const InputRequired::Question& question);

}  // namespace mcp::server
