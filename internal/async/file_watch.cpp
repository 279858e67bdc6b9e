#include "internal/async/file_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <map>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "internal/async/timer.h"
#include "internal/async/watched_paths.h"

namespace mcp::async {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE |
                                  IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr std::size_t kReadBytes = 16 << 10;

}  // namespace

struct FileWatch::State : std::enable_shared_from_this<State> {
  State(Loop& loop, std::function<void()> fn, Millis quiet_for)
      : changed(std::move(fn)), quiet(quiet_for), stream(loop.executor()), patience(loop) {}

  Result<void> open() {
    if (stream.is_open()) return {};
    int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (descriptor < 0) return fail(os_error("inotify_init1", errno));
    boost::system::error_code failed;
    stream.assign(descriptor, failed);
    if (failed) {
      ::close(descriptor);
      return fail(ErrorCode::kIo, "inotify: " + failed.message());
    }
    buffer.resize(kReadBytes);
    read();
    return {};
  }

  void read() {
    // What happened is found out by looking; that something happened is enough to begin with.
    stream.async_read_some(asio::buffer(buffer),
                           [self = shared_from_this()](boost::system::error_code failed, std::size_t) {
                             if (failed || !self->stream.is_open()) return;
                             self->wait_for_quiet();
                             self->read();
                           });
  }

  void wait_for_quiet() {
    auto now = Clock::now();
    if (!patience.armed()) latest = now + quiet * 10;
    auto left = std::chrono::duration_cast<Millis>(latest - now);
    patience.start(std::max(std::min(quiet, left), Millis{0}), [this] { look(); });
  }

  void look() {
    bool differs = false;
    for (auto& [file, stamp] : stamps) {
      FileStamp now = FileStamp::of(file);
      differs = differs || now != stamp;
      stamp = now;
    }
    // Links may lead another way now, directories may have come or gone.
    (void)follow();
    if (!differs) return;
    auto tell = changed;
    tell();
  }

  // Watches the directories that matter now, and no others.
  Result<void> follow() {
    std::set<std::string> wanted;
    for (const auto& [file, stamp] : stamps) wanted.merge(directories_on_the_way(file));
    std::map<int, std::string> next;
    Result<void> outcome;
    for (const std::string& directory : wanted) {
      if (next.size() >= kMaxDirectories) {
        outcome = fail(ErrorCode::kLimit,
                       "the files stand in more than " + std::to_string(kMaxDirectories) + " directories");
        break;
      }
      int watch = ::inotify_add_watch(stream.native_handle(), directory.c_str(), kEvents);
      if (watch >= 0) next.emplace(watch, directory);
      if (watch < 0 && errno != ENOENT) outcome = fail(os_error("watch " + directory, errno));
    }
    for (const auto& [watch, directory] : watches) {
      if (!next.contains(watch)) ::inotify_rm_watch(stream.native_handle(), watch);
    }
    watches = std::move(next);
    return outcome;
  }

  std::function<void()> changed;
  Millis quiet;
  asio::posix::basic_stream_descriptor<Executor> stream;
  std::vector<char> buffer;
  std::map<int, std::string> watches;  // by inotify's number
  std::map<std::string, FileStamp> stamps;
  Clock::time_point latest{};
  Timer patience;
};

FileWatch::FileWatch(Loop& loop, std::function<void()> changed, Millis quiet)
    : state_(std::make_shared<State>(loop, std::move(changed), quiet)) {}

FileWatch::~FileWatch() { stop(); }

Result<void> FileWatch::watch(std::vector<std::string> files) {
  MCP_TRY(state_->open());
  std::map<std::string, FileStamp> stamps;
  for (const std::string& file : files) {
    if (stamps.size() >= kMaxFiles) break;
    auto known = state_->stamps.find(file);
    stamps[file] = known == state_->stamps.end() ? FileStamp::of(file) : known->second;
  }
  bool too_many = files.size() > kMaxFiles;
  state_->stamps = std::move(stamps);
  MCP_TRY(state_->follow());
  if (too_many) return fail(ErrorCode::kLimit, "more than " + std::to_string(kMaxFiles) + " files");
  return {};
}

void FileWatch::stop() {
  state_->patience.cancel();
  state_->stamps.clear();
  state_->watches.clear();
  boost::system::error_code ignored;
  if (state_->stream.is_open()) state_->stream.close(ignored);
}

}  // namespace mcp::async
