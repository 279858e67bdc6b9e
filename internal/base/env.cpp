#include "internal/base/env.h"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

extern char** environ;

namespace mcp {
namespace {

// Closes a descriptor at the end of its scope.
class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

ErrorCode code_of(int errno_value) {
  if (errno_value == ENOENT || errno_value == ENOTDIR) return ErrorCode::kNotFound;
  if (errno_value == EACCES || errno_value == EPERM) return ErrorCode::kDenied;
  return ErrorCode::kIo;
}

Result<void> write_all(int fd, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(os_error("write " + path, errno));
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

class RealEnv final : public Env {
 public:
  Result<std::string> read_file(const std::string& path, std::size_t max_bytes) override {
    Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.get() < 0) return fail(os_error("open " + path, errno, code_of(errno)));
    std::string content;
    char buffer[65536];
    for (;;) {
      ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return fail(os_error("read " + path, errno, code_of(errno)));
      if (got == 0) return content;
      if (content.size() + static_cast<std::size_t>(got) > max_bytes) {
        return fail(ErrorCode::kLimit, path + " is larger than " + std::to_string(max_bytes) + " bytes");
      }
      content.append(buffer, static_cast<std::size_t>(got));
    }
  }

  Result<void> write_file(const std::string& path, std::string_view content, int mode) override {
    std::string temporary = path + ".tmp-" + random_id(*this).substr(0, 8);
    {
      Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
      if (fd.get() < 0) return fail(os_error("create " + temporary, errno, code_of(errno)));
      auto written = write_all(fd.get(), content, temporary);
      if (written && ::fsync(fd.get()) != 0) written = fail(os_error("fsync " + temporary, errno));
      if (!written) {
        ::unlink(temporary.c_str());
        return written;
      }
    }
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
      int reason = errno;
      ::unlink(temporary.c_str());
      return fail(os_error("rename to " + path, reason, code_of(reason)));
    }
    return {};
  }

  bool exists(const std::string& path) override { return ::access(path.c_str(), F_OK) == 0; }

  Result<void> make_directories(const std::string& path, int mode) override {
    std::filesystem::path so_far;
    for (const auto& part : std::filesystem::path(path)) {
      so_far /= part;
      if (::mkdir(so_far.c_str(), static_cast<mode_t>(mode)) != 0 && errno != EEXIST) {
        return fail(os_error("mkdir " + so_far.string(), errno, code_of(errno)));
      }
    }
    std::error_code ignored;
    if (path.empty() || std::filesystem::is_directory(path, ignored)) return {};
    return fail(os_error("mkdir " + path, ENOTDIR, ErrorCode::kExists));
  }

  std::string current_directory() override {
    std::error_code ignored;
    return std::filesystem::current_path(ignored).string();
  }

  std::optional<std::string> variable(const std::string& name) override {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  }

  std::map<std::string, std::string> variables() override {
    std::map<std::string, std::string> all;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
      std::string_view text = *entry;
      auto equals = text.find('=');
      if (equals != std::string_view::npos) all.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return all;
  }

  std::int64_t wall_clock_ms() override {
    auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  }
  std::int64_t wall_clock_ns() override {
    auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
  }

  std::string random_bytes(std::size_t count) override {
    std::string bytes(count, '\0');
    std::size_t done = 0;
    while (done < count) {
      ssize_t got = ::getrandom(bytes.data() + done, count - done, 0);
      if (got > 0) done += static_cast<std::size_t>(got);
    }
    return bytes;
  }
};

}  // namespace

Env& real_env() {
  static RealEnv env;
  return env;
}

std::string random_id(Env& env) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string id;
  for (unsigned char byte : env.random_bytes(16)) {
    id += kDigits[byte >> 4];
    id += kDigits[byte & 15];
  }
  return id;
}

}  // namespace mcp
