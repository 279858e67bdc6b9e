#include "internal/async/line_input.h"

#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

namespace mcp::async {
namespace {

constexpr std::size_t kReadBytes = 4096;

}  // namespace

struct LineInput::State {
  explicit State(Loop& loop) : stream(loop.executor()), block(kReadBytes, '\0') {}

  // The first line of what was read.
  std::optional<std::string> take() {
    auto end = text.find('\n');
    if (end == std::string::npos) return std::nullopt;
    std::string line = text.substr(0, end);
    text.erase(0, end + 1);
    if (line.ends_with('\r')) line.pop_back();
    return line;
  }

  asio::posix::basic_stream_descriptor<Executor> stream;
  std::string block, text;
};

LineInput::LineInput(Loop& loop, int descriptor) : state_(std::make_shared<State>(loop)) {
  boost::system::error_code failed;
  state_->stream.assign(descriptor, failed);
  if (failed) ::close(descriptor);
}

LineInput::~LineInput() { close(); }

void LineInput::close() {
  state_->text.clear();
  boost::system::error_code ignored;
  if (state_->stream.is_open()) state_->stream.close(ignored);
}

Task<std::optional<std::string>> LineInput::next() { return read(state_); }

Task<std::optional<std::string>> LineInput::read(std::shared_ptr<State> state) {
  for (;;) {
    if (auto line = state->take()) co_return line;
    if (!state->stream.is_open() || state->text.size() > kMaxLine) co_return std::nullopt;
    auto buffer = asio::buffer(state->block);
    auto [failed, count] = co_await state->stream.async_read_some(buffer, kAwait);
    state->text.append(state->block, 0, count);
    if (!failed) continue;
    if (state->text.empty()) co_return std::nullopt;
    co_return std::exchange(state->text, {});
  }
}

}  // namespace mcp::async
