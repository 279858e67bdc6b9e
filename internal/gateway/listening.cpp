#include "internal/gateway/listening.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "internal/json/scan.h"

namespace mcp::gateway {
namespace {

std::string next_name() {
  static std::atomic<std::uint64_t> count{0};
  return "listen-" + std::to_string(++count);
}

}  // namespace

Listening::Listening(async::Loop& loop) : loop_(loop), name_(next_name()) {}

bool Listening::over() const {
  auto stream = stream_.lock();
  return !stream || stream->over();
}

void Listening::follow(const LinkPtr& link, std::vector<std::string> uris) {
  Following::Hear hear = [stream = stream_](const jsonrpc::Message& message) {
    auto listening = stream.lock();
    auto uri = json::decode_string(message.uri.view());
    if (listening && uri && listening->wants(message.method, *uri)) {
      listening->emit(message.method, message.params.view());
    }
  };
  sources_.push_back({link, uris, nullptr});
  sources_.back().following =
      Following::start(loop_, link, Following::resources(std::move(uris)), std::move(hear));
}

void Listening::add(const LinkPtr& link, std::string uri) {
  sources_.push_back({link, {std::move(uri)}, nullptr});
}

Link::Hear Listening::hear() {
  return [weak = weak_from_this()](const jsonrpc::Message& message) {
    auto self = weak.lock();
    auto listen = self ? self->stream_.lock() : nullptr;
    if (listen) listen->emit(message.method, message.params.view());
  };
}

Task<void> Listening::resume(std::shared_ptr<Listening> self, LinkPtr link, std::vector<std::string> uris) {
  // Until it is known how the server is asked, they are ours already: a further reload takes them along.
  self->sources_.push_back({link, std::move(uris), nullptr});
  auto waiting = Link::ready(link, link->entry().start_timeout);
  auto peer = co_await std::move(waiting);
  (void)peer;
  std::vector<std::string> wanted = self->leave(*link);
  if (wanted.empty() || self->over() || link->state() == Link::State::kStopped) co_return;
  if (link->known() && link->view().era() == protocol::Era::kModern) co_return self->follow(link, wanted);
  for (std::string& uri : wanted) {
    link->subscribe(uri, self->name_, self->hear());
    self->add(link, std::move(uri));
  }
}

std::vector<LinkPtr> Listening::links() const {
  std::vector<LinkPtr> all;
  for (const Source& source : sources_) all.push_back(source.link);
  return all;
}

void Listening::give_up(const Source& source) const {
  if (source.following) return source.following->stop();
  for (const std::string& uri : source.uris) source.link->leave(uri, name_);
}

std::vector<std::string> Listening::leave(const Link& link) {
  std::vector<std::string> uris;
  for (auto source = sources_.begin(); source != sources_.end();) {
    if (source->link.get() != &link) {
      ++source;
      continue;
    }
    Source gone = std::move(*source);
    source = sources_.erase(source);
    give_up(gone);
    uris.insert(uris.end(), gone.uris.begin(), gone.uris.end());
  }
  return uris;
}

void Listening::end() {
  for (const Source& source : std::exchange(sources_, {})) give_up(source);
}

}  // namespace mcp::gateway
