#pragma once

#include <map>
#include <string>
#include <string_view>

#include "internal/base/env.h"

namespace mcp {

// For tests: files, variables and time are what the test says.
class FakeEnv : public Env {
 public:
  std::map<std::string, std::string> files;
  std::map<std::string, int> modes;  // of files and directories made
  std::map<std::string, std::string> environment;
  std::string directory = "/proj";
  std::int64_t now_ms = 0;
  std::map<std::string, ErrorCode> failing;  // path -> what reading or writing it fails with

  Result<std::string> read_file(const std::string& path, std::size_t max_bytes) override {
    if (auto found = failing.find(path); found != failing.end()) return fail(found->second, "read " + path);
    auto found = files.find(path);
    if (found == files.end())
      return fail(ErrorCode::kNotFound, "open " + path + ": No such file or directory");
    if (found->second.size() > max_bytes) return fail(ErrorCode::kLimit, path + " is too large");
    return found->second;
  }
  Result<void> write_file(const std::string& path, std::string_view content, int mode) override {
    if (auto found = failing.find(path); found != failing.end()) return fail(found->second, "write " + path);
    files[path] = content;
    modes[path] = mode;
    return {};
  }
  bool exists(const std::string& path) override { return files.contains(path); }
  Result<void> make_directories(const std::string& path, int mode) override {
    modes[path] = mode;
    return {};
  }
  std::string current_directory() override { return directory; }
  std::optional<std::string> variable(const std::string& name) override {
    auto found = environment.find(name);
    if (found == environment.end()) return std::nullopt;
    return found->second;
  }
  std::map<std::string, std::string> variables() override { return environment; }
  std::int64_t wall_clock_ms() override { return now_ms; }
  std::string random_bytes(std::size_t count) override { return std::string(count, '\x2a'); }
};

}  // namespace mcp
