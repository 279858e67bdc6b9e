#include "cmd/mcp/call_run.h"

#include <fcntl.h>
#include <unistd.h>

#include <iostream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "cmd/mcp/call_print.h"
#include "cmd/mcp/command.h"
#include "cmd/mcp/elicit.h"
#include "cmd/mcp/gateway_parts.h"
#include "cmd/mcp/json_look.h"
#include "cmd/mcp/stop_signals.h"
#include "cmd/mcp/terminal.h"
#include "internal/async/slot.h"
#include "internal/base/log.h"
#include "internal/base/printable.h"
#include "internal/base/strings.h"
#include "internal/client/input_rounds.h"
#include "internal/client/tool_call.h"
#include "internal/json/members.h"
#include "internal/json/pretty.h"
#include "internal/json/value.h"
#include "internal/protocol/meta.h"
#include "internal/runtime/lineage.h"
#include "internal/transport/tapped_channel.h"

namespace mcp::cmd {
namespace {

using client::Outcome;
using json::Value;
using Kind = CallVerb::Kind;

// The person at the terminal, as the server sees them.
class Person final : public client::PeerEvents {
 public:
  Person(async::Loop& loop, bool can_ask) : loop_(loop), can_ask_(can_ask) {}

  Task<Outcome> asked(jsonrpc::Message question, std::optional<jsonrpc::Id>) override {
    if (question.method != "elicitation/create" || !can_ask_) {
      co_return Outcome::error(jsonrpc::kMethodNotFound, "mcp call does not answer " + question.method);
    }
    auto params = json::parse(question.params.view());
    if (!params) co_return Outcome::error(jsonrpc::kInvalidParams, params.error().message);
    // One question after the other, whoever asks meanwhile.
    async::Slot<bool> answered(loop_);
    auto before = std::exchange(last_, answered);
    if (before) {
      bool ignored = co_await before->get();
      (void)ignored;
    }
    Value answer = cancelled();
    if (!left_) {
      auto asking = ask_person(terminal(), std::move(*params));
      answer = co_await std::move(asking);
    }
    answered.set(true);
    co_return Outcome::result(json::dump(answer));
  }
  void notified(const jsonrpc::Message& message) override { show_log(message); }
  void closed(Error) override {}

  // Nobody is there any more: what was asked, and what will be, is cancelled.
  void leave() {
    left_ = true;
    if (input_) input_->close();
  }

  static void show_log(const jsonrpc::Message& message) {
    if (message.method != "notifications/message") return;
    auto params = json::parse(message.params.view());
    if (!params) return;
    const Value data = part_of(*params, "data");
    std::string text = data.is_string() ? data.get<std::string>() : json::dump(data);
    std::cerr << "log: " << printable(text) << "\n";
  }

 private:
  static Value cancelled() { return Value{{"action", "cancel"}}; }

  // The terminal of stdin, opened anew: non-blocking is a property that stderr and the shell would share.
  std::shared_ptr<async::LineInput> terminal() {
    if (!input_) {
      int descriptor = ::open("/dev/stdin", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
      input_ = std::make_shared<async::LineInput>(loop_, descriptor);
    }
    return input_;
  }

  async::Loop& loop_;
  bool can_ask_;
  bool left_ = false;
  std::optional<async::Slot<bool>> last_;  // set when the latest question is answered
  std::shared_ptr<async::LineInput> input_;
};

client::Identity identity(const config::ServerEntry& target, bool can_ask) {
  client::Identity who;
  who.info = implementation_info("mcp call");
  who.server = target.name;
  if (can_ask) {
    who.capabilities.elicitation_form = who.capabilities.elicitation_url = true;
    who.capabilities.raw = protocol::to_json(who.capabilities);
  }
  return who;
}

void print_progress(const jsonrpc::Message& report) {
  auto params = json::parse(report.params.view());
  if (!params) return;
  std::string line = "progress: " + json::dump(part_of(*params, "progress"));
  if (const Value total = part_of(*params, "total"); !total.is_null()) line += "/" + json::dump(total);
  if (std::string text = text_of(*params, "message"); !text.empty()) line += " " + text;
  std::cerr << printable(line) << "\n";
}

// A command that is not there, an address without anything behind it, or a server that has no room is a
// target that cannot be reached, however well the call was worded.
Error as_target_error(Error error, const config::ServerEntry& target) {
  if (error.code == ErrorCode::kUnauthenticated) {
    std::string challenge = error.hint.empty() ? "" : "; the server says: " + error.hint;
    error.hint = (target.origin.empty()
                      ? std::string("give --header 'Authorization: Bearer TOKEN'")
                      : "[servers." + target.name + "] needs headers = { Authorization = \"Bearer …\" }") +
                 challenge;
  }
  if (error.code == ErrorCode::kNotFound || error.code == ErrorCode::kLimit) {
    error.code = ErrorCode::kUnavailable;
  }
  return error;
}

// One call from connecting to printing.
class Caller {
 public:
  Caller(async::Loop& loop, CallRun& run)
      : loop_(loop),
        run_(run),
        parts_(loop, run.env, run.spawner, runtime::lineage(run.env)),
        person_(std::make_shared<Person>(loop, run.can_ask)) {
    parts_.launcher().on_install(tell_progress);
  }

  static Task<void> main(std::shared_ptr<Caller> self) {
    auto working = work(self);
    auto exit_code = co_await std::move(working);
    if (self->peer_) self->peer_->close();
    if (!self->interrupted_) self->exit_code_ = exit_code ? *exit_code : report(exit_code.error());
    self->done_ = true;
  }
  bool done() const { return done_; }
  int exit_code() const { return exit_code_; }
  // Ends the call as its era wants: the session is deleted, or the stream closed.
  void interrupt() {
    interrupted_ = true;
    if (peer_) peer_->close();
    person_->leave();
  }
  std::weak_ptr<http::Client> http() { return parts_.http(); }

 private:
  static Task<Result<int>> work(std::shared_ptr<Caller> self) {
    CallRun& run = self->run_;
    client::ConnectOptions options;
    options.era = run.era;
    bool is_sse = run.target.transport == config::ServerEntry::Transport::kSse;
    if (is_sse && run.era == client::EraChoice::kAuto) options.era = client::EraChoice::kLegacy;
    options.identity = identity(run.target, run.can_ask);
    options.events = std::weak_ptr<client::PeerEvents>(self->person_);
    options.timeout = async::Millis{run.timeout_ms};
    options.one_channel = run.target.kind != config::ServerEntry::Kind::kUrl;
    client::Opener open = self->opener();
    auto connecting = client::connect(self->loop_, open, options);
    auto peer = co_await std::move(connecting);
    if (!peer) peer.error() = self->judge(std::move(peer.error()));
    MCP_CO_CHECK(peer);
    self->peer_ = *peer;
    if (run.verb.kind == Kind::kDiscover) co_return self->print_server();
    auto working = run.verb.kind == Kind::kList ? list(self) : single(self);
    auto exit_code = co_await std::move(working);
    co_return exit_code;
  }

  // Who cannot be reached, and who is there and speaks something else.
  Error judge(Error why) const {
    if (broken_->empty() && is_foreign(why)) {
      return {ErrorCode::kProtocol, std::move(why.message),
              "is an MCP server at this address, and its path right? most are at /mcp"};
    }
    why = as_target_error(std::move(why), run_.target);
    bool silent = why.code == ErrorCode::kUnavailable || why.code == ErrorCode::kTimeout;
    if (!broken_->empty() && (silent || why.code == ErrorCode::kProtocol)) {
      return {ErrorCode::kProtocol, "the server " + *broken_ + " (" + why.message + ")",
              "is it an MCP server?"};
    }
    return why;
  }

  // A web server that knows no such path, method or media type, before anything was said.
  bool is_foreign(const Error& why) const {
    if (run_.target.kind != config::ServerEntry::Kind::kUrl) return false;
    bool refused = why.code == ErrorCode::kProtocol || why.code == ErrorCode::kUnsupported;
    return why.code == ErrorCode::kNotFound || (refused && why.hint.empty());
  }

  static void print_frame(std::string_view way, std::string_view frame) {
    std::cerr << way;
    if (is_terminal(STDERR_FILENO)) {
      std::cerr << printable_lines(frame) << "\n";
    } else {
      std::cerr << frame << "\n";
    }
  }

  // The channel may outlive us: what it calls owns what it needs.
  static transport::ChannelPtr watched(transport::ChannelPtr channel, bool trace,
                                       std::shared_ptr<std::string> broken) {
    auto tap = [trace](transport::TapDirection way, const jsonrpc::Message& message) {
      bool in = way == transport::TapDirection::kIn;
      if (trace) print_frame(in ? "<-- " : "--> ", message.bytes.view());
    };
    auto garbage = [broken](const Error&) { *broken = "wrote something that is no message"; };
    return transport::make_tapped_channel(std::move(channel), tap, garbage);
  }

  client::Opener opener() {
    return [this](protocol::Era era) { return open_channel(this, era); };
  }

  static Task<Result<transport::ChannelPtr>> open_channel(Caller* self, protocol::Era era) {
    auto opening = self->parts_.launcher().open(self->run_.target, era);
    auto channel = co_await std::move(opening);
    if (!channel) co_return channel;
    co_return watched(std::move(*channel), self->run_.trace, self->broken_);
  }

  int print_server() const {
    const client::ServerView& view = peer_->server();
    Value text = {{"protocolVersion", protocol::to_string(view.revision)},
                  {"era", protocol::to_string(view.era())}};
    text["serverInfo"] = json::parse(view.info).value_or(Value::object());
    text["capabilities"] = json::parse(view.capabilities.raw).value_or(Value::object());
    if (!view.instructions.empty()) text["instructions"] = view.instructions;
    show(json::dump_pretty(text) + "\n");
    return kOk;
  }

  static Task<Result<int>> list(std::shared_ptr<Caller> self) {
    std::string method = self->run_.verb.list_method;
    client::ListLimits limits;
    limits.timeout = async::Millis{self->run_.timeout_ms};
    auto listing = client::list_all(self->peer_, method, limits);
    auto raws = co_await std::move(listing);
    MCP_CO_CHECK(raws);
    std::vector<Value> items;
    for (const Bytes& raw : *raws) items.push_back(json::parse(raw.view()).value_or(Value()));
    if (self->run_.json) {
      std::string array;
      for (const Bytes& raw : *raws) array.append(array.empty() ? "[" : ",").append(raw.view());
      std::cout << (array.empty() ? "[]" : json::pretty(array + "]")) << "\n";
    } else {
      print_list(std::cout, method, items, self->run_.on_terminal);
    }
    co_return kOk;
  }

  static Task<Result<int>> single(std::shared_ptr<Caller> self) {
    CallRun& run = self->run_;
    client::Request request;
    request.timeout = async::Millis{run.timeout_ms};
    request.on_progress = print_progress;
    request.on_notification = Person::show_log;
    std::string subject = json_quote(run.verb.subject);
    if (run.verb.kind == Kind::kTool) {
      request.method = "tools/call";
      auto calling = tool(self, std::move(request), subject);
      auto exit_code = co_await std::move(calling);
      co_return exit_code;
    }
    if (run.verb.kind == Kind::kResource) {
      request.method = "resources/read";
      request.params = Bytes::adopt("{\"uri\":" + subject + "}");
    } else {
      request.method = "prompts/get";
      auto arguments = run.json_args ? Result<std::string>(*run.json_args) : text_arguments(run.args);
      MCP_CO_CHECK(arguments);
      request.params = Bytes::adopt("{\"name\":" + subject + ",\"arguments\":" + *arguments + "}");
    }
    auto asking = client::complete_request(self->peer_, std::move(request), self->person_);
    Outcome outcome = co_await std::move(asking);
    co_return self->print(outcome);
  }

  // The tool's declaration comes first: it says how arguments are typed and which of them travel in headers.
  static Task<Result<int>> tool(std::shared_ptr<Caller> self, client::Request request, std::string subject) {
    CallRun& run = self->run_;
    client::ListLimits limits;
    limits.timeout = async::Millis{run.timeout_ms};
    auto listing = client::list_tools(self->peer_, limits);
    auto tools = co_await std::move(listing);
    MCP_CO_CHECK(tools);
    auto declared = tools->find(run.verb.subject);
    if (!declared) {
      self->doubt_ = unlisted_tool(std::move(declared.error()));
      if (self->doubt_->code != ErrorCode::kNotFound) co_return fail(*self->doubt_);
      declared.emplace();
    }
    auto arguments = run.json_args ? Result<std::string>(*run.json_args)
                                   : typed_arguments(run.args, declared->input_schema.view());
    MCP_CO_CHECK(arguments);
    request.params = Bytes::adopt("{\"name\":" + subject + ",\"arguments\":" + *arguments + "}");
    auto book = std::make_shared<client::ToolBook>(std::move(*tools));
    auto calling = client::call_tool(self->peer_, book, std::move(request), self->person_);
    Outcome outcome = co_await std::move(calling);
    co_return self->print(outcome);
  }

  // A tool may be listed to other clients than us (a gateway's lists are those of a client that cannot be
  // asked): whether it is there, the server says. What was declared and cannot be used is a broken protocol.
  static Error unlisted_tool(Error error) {
    if (error.code != ErrorCode::kNotFound) error.code = ErrorCode::kProtocol;
    if (error.hint.empty()) error.hint = "see mcp call … tools list";
    return error;
  }

  // In a pipe and with --json the bytes are the server's.
  void show(const std::string& text) const {
    std::cout << (run_.on_terminal && !run_.json ? printable_lines(text) : text);
  }

  void print_doubt() const {
    if (doubt_) std::cerr << "mcp: hint: " << printable(doubt_->message + "; " + doubt_->hint) << "\n";
  }

  int print(const Outcome& outcome) const {
    if (interrupted_) return kInterrupted;  // whoever pressed Ctrl-C knows why the call ended
    if (!outcome.ok()) {
      if (outcome.cause()) return report(as_target_error(*outcome.cause(), run_.target));
      const jsonrpc::RpcError& error = outcome.error();
      std::cerr << "mcp: error: the server answered error " << error.code << ": " << printable(error.message)
                << "\n";
      if (!error.data.empty()) std::cerr << "mcp: hint: data " << printable(error.data) << "\n";
      print_doubt();
      return kProtocolError;
    }
    std::string_view raw = outcome.raw().view();
    if (run_.json) {
      std::cout << raw << "\n";
    } else {
      std::ostringstream text;
      print_result(text, run_.verb.kind, raw);
      show(text.str());
    }
    if (json::member_of(raw, "isError") != "true") return kOk;
    print_doubt();
    return kAnswerIsNo;
  }

  async::Loop& loop_;
  CallRun& run_;
  GatewayParts parts_;
  std::shared_ptr<Person> person_;
  client::PeerPtr peer_;
  std::optional<Error> doubt_;  // set when the tool that is called is not listed
  // How the server broke the protocol; empty: it did not.
  std::shared_ptr<std::string> broken_ = std::make_shared<std::string>();
  bool done_ = false;
  bool interrupted_ = false;
  int exit_code_ = kInternalError;
};

}  // namespace

int run_call(CallRun& run) {
  async::Loop loop;
  auto caller = std::make_shared<Caller>(loop, run);
  loop.spawn(Caller::main(caller));
  StopSignals signals(loop);
  async::Millis day{86'400'000};
  loop.run_until([&] { return caller->done() || signals.stopping(); }, day);
  if (signals.stopping()) caller->interrupt();
  int exit_code = signals.stopping() ? kInterrupted : caller->exit_code();
  // The end of a session is told to its server (DELETE), which holds the client until it is answered.
  std::weak_ptr<http::Client> http = caller->http();
  caller.reset();
  signals.cancel();
  bool told = loop.run_until([&http] { return http.expired(); }, async::Millis{2'000});
  if (!told) log::warn("the server did not take the goodbye in time");
  // The shutdown ladder of the child that was started.
  if (run.spawner != nullptr) {
    loop.run_until([&run] { return run.spawner->running() == 0; }, async::Millis{5'000});
  }
  loop.run_ready();
  return exit_code;
}

}  // namespace mcp::cmd
