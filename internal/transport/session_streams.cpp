#include "internal/transport/session_streams.h"

#include "internal/base/log.h"
#include "internal/transport/http_answer.h"

namespace mcp::transport {

SessionStreams::SessionStreams(const HttpEndpointOptions& options, std::shared_ptr<ReplayRoom> room)
    : options_(options),
      ring_(options.replay_events, options.replay_bytes, std::move(room)),
      general_(std::make_shared<EventStream>(0, &ring_)) {}

http::Headers SessionStreams::headers() const {
  return event_stream_headers(options_.heartbeat, options_.max_stream);
}

std::shared_ptr<EventStream> SessionStreams::open_post(http::ExchangePtr exchange, http::Headers more) {
  std::erase_if(posts_, [](const auto& entry) { return entry.second.expired(); });
  auto stream = std::make_shared<EventStream>(next_++, &ring_);
  posts_.emplace(stream->number(), stream);
  http::Headers all = headers();
  for (const auto& [name, value] : more) all.add(name, value);
  stream->connect(std::move(exchange), std::move(all));
  if (priming_) stream->prime(options_.retry);
  return stream;
}

void SessionStreams::open_general(http::ExchangePtr exchange) {
  general_->connect(std::move(exchange), headers());
  if (priming_) general_->prime(options_.retry);
  flush_waiting();
}

void SessionStreams::resume(http::ExchangePtr exchange, std::string_view last_event_id) {
  auto id = EventId::parse(last_event_id);
  if (!id) return open_general(std::move(exchange));
  if (id->stream == 0) {
    if (id->number > general_->sent()) return open_general(std::move(exchange));
    general_->connect(std::move(exchange), headers());
    general_->replay(id->number);
    return flush_waiting();
  }
  auto running = posts_.find(id->stream);
  auto stream = running == posts_.end() ? nullptr : running->second.lock();
  if (stream) {
    stream->connect(std::move(exchange), headers());
    stream->replay(id->number);
    return;
  }
  if (id->stream >= next_) return open_general(std::move(exchange));
  auto rest = ring_.after(*id);
  if (rest.empty()) {
    // WHATWG HTML §9.2.3: 204 tells the client to stop reconnecting. A general stream here would take the
    // client's other one over, which comes back in its turn, for ever.
    http::Response over;
    over.status = 204;
    return exchange->respond(std::move(over));
  }
  exchange->open_stream(200, headers());
  for (ReplayRing::Entry& entry : rest) {
    if (entry.lost) log::warn("an answer asked for again is not kept any more", {{"event", entry.id.text()}});
    if (!exchange->write(std::move(entry.event))) return;
  }
  exchange->end();
}

void SessionStreams::flush_waiting() {
  for (const Rope& message : waiting_) general_->send(message, false);
  waiting_.clear();
  waiting_bytes_ = 0;
}

Result<void> SessionStreams::send_general(const jsonrpc::Message& said) {
  if (general_->connected()) {
    general_->send_notification(said);
    return {};
  }
  Rope message = said.bytes;
  if (waiting_.size() >= options_.replay_events || waiting_bytes_ >= options_.replay_bytes) {
    return fail(ErrorCode::kLimit, "the client opens no GET stream for the messages that wait for it");
  }
  waiting_bytes_ += message.size();
  waiting_.push_back(std::move(message));
  return {};
}

void SessionStreams::sweep(EventStream::Clock::time_point now) {
  ring_.let_go_of_large(now - options_.replay_large_for);
  auto look_after = [this, now](EventStream& stream) {
    stream.heartbeat(now, options_.heartbeat);
    if (stream.limit_age(now, options_.max_stream) && options_.ended) options_.ended("max_stream");
  };
  look_after(*general_);
  for (const auto& [number, weak] : posts_) {
    if (auto stream = weak.lock()) look_after(*stream);
  }
}

void SessionStreams::close() {
  general_->disconnect();
  for (const auto& [number, weak] : posts_) {
    if (auto stream = weak.lock()) stream->disconnect();
  }
  waiting_.clear();
}

}  // namespace mcp::transport
