#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "internal/base/error.h"

namespace mcp {

// The outside world as a seam: files, environment, time, randomness. Tests hand in a fake.
// Library code takes an Env&; only cmd/ makes the real one.
class Env {
 public:
  virtual ~Env() = default;

  // Whole file. Errors: kNotFound, kDenied, kLimit (over max_bytes), kIo.
  virtual Result<std::string> read_file(const std::string& path, std::size_t max_bytes = 64u << 20) = 0;
  // Atomic: temporary file beside it, fsync, rename. Parent directories must exist.
  virtual Result<void> write_file(const std::string& path, std::string_view content, int mode = 0600) = 0;
  virtual bool exists(const std::string& path) = 0;
  // Like mkdir -p, each new directory with `mode`.
  virtual Result<void> make_directories(const std::string& path, int mode = 0700) = 0;
  virtual std::string current_directory() = 0;

  virtual std::optional<std::string> variable(const std::string& name) = 0;
  virtual std::map<std::string, std::string> variables() = 0;

  // Milliseconds since 1970, UTC.
  virtual std::int64_t wall_clock_ms() = 0;
  // The same in nanoseconds.
  virtual std::int64_t wall_clock_ns() { return wall_clock_ms() * 1'000'000; }
  // Cryptographically strong.
  virtual std::string random_bytes(std::size_t count) = 0;
};

// The operating system's. Thread-safe.
Env& real_env();

// 128 random bits as 32 hexadecimal digits: session ids, request ids.
std::string random_id(Env& env = real_env());

}  // namespace mcp
