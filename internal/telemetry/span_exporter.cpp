#include "internal/telemetry/span_exporter.h"

#include <algorithm>
#include <iterator>

#include "internal/base/log.h"

namespace mcp::telemetry {

SpanExporter::SpanExporter(async::Loop& loop, std::shared_ptr<Sink> sink, SpanExporterOptions options)
    : sink_(std::move(sink)), options_(std::move(options)), timer_(loop) {}

void SpanExporter::record(Span span) {
  if (queue_.size() >= options_.max_queue) {
    ++dropped_;
    return;
  }
  queue_.push_back(std::move(span));
  if (queue_.size() >= options_.max_batch && !sending_ && retry_.empty()) return send_next();
  schedule();
}

void SpanExporter::flush() {
  flushing_ = true;
  if (!sending_) send_next();
}

void SpanExporter::schedule() {
  if (sending_ || timer_.armed() || flushed()) return;
  std::weak_ptr<SpanExporter> weak = weak_from_this();
  timer_.start(options_.interval, [weak] {
    if (auto self = weak.lock()) self->send_next();
  });
}

void SpanExporter::send_next() {
  if (sending_ || (queue_.empty() && retry_.empty())) return;
  timer_.cancel();
  bool is_retry = !retry_.empty();
  if (!is_retry) {
    batch_spans_ = std::min(queue_.size(), options_.max_batch);
    auto end = queue_.begin() + static_cast<std::ptrdiff_t>(batch_spans_);
    std::vector<Span> batch(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
    queue_.erase(queue_.begin(), end);
    retry_ = to_otlp_json(batch, options_.service, options_.version);
  }
  sending_ = true;
  std::weak_ptr<SpanExporter> weak = weak_from_this();
  sink_->send(retry_, [weak, is_retry](const Result<void>& outcome) {
    if (auto self = weak.lock()) self->sent(outcome, is_retry);
  });
}

void SpanExporter::sent(const Result<void>& outcome, bool was_retry) {
  sending_ = false;
  if (outcome || was_retry) retry_.clear();
  if (outcome) {
    exported_ += batch_spans_;
  } else if (was_retry) {
    dropped_ += batch_spans_;
    log::warn("spans dropped", {{"spans", batch_spans_}, {"reason", outcome.error().message}});
  }
  bool full = queue_.size() >= options_.max_batch;
  if ((outcome && full) || (flushing_ && !flushed())) return send_next();
  flushing_ = flushing_ && !flushed();
  schedule();
}

}  // namespace mcp::telemetry
