#include "internal/process/launch_error.h"

#include <cerrno>

#include "internal/base/strings.h"

namespace mcp::process {
namespace {

Error directory_error(const std::string& directory, int errno_value) {
  std::string name = "working directory " + json_quote(directory);
  if (errno_value == ENOENT)
    return {ErrorCode::kNotFound, name + " not found", "create it, or name another one"};
  if (errno_value == ENOTDIR) return {ErrorCode::kNotFound, name + " is not a directory", "name a directory"};
  if (errno_value == EACCES)
    return {ErrorCode::kDenied, name + " may not be entered", "check its permissions"};
  return os_error("entering " + name, errno_value);
}

Error not_found(const std::string& command, bool has_path) {
  std::string name = "command " + json_quote(command);
  if (has_path) return {ErrorCode::kNotFound, name + " not found", "check the path"};
  return {ErrorCode::kNotFound, name + " not found in PATH", "install it, or give an absolute path"};
}

Error exec_error(const std::string& command, int errno_value) {
  std::string name = "command " + json_quote(command);
  switch (errno_value) {
    case ENOENT:
    case ENOTDIR: return not_found(command, command.find('/') != std::string::npos);
    case EACCES:
    case EPERM: return {ErrorCode::kDenied, name + " is not executable", "check its permissions (chmod +x)"};
    case ENOEXEC:
      return {ErrorCode::kDenied, name + " is not a program for this machine",
              "a script needs an interpreter in its first line, such as #!/bin/sh"};
    case E2BIG:
      return {ErrorCode::kLimit, "arguments and environment of " + name + " are too long",
              "pass large values by file, or raise the stack limit (ulimit -s)"};
    default: return system_error("starting " + name, errno_value);
  }
}

Error sandbox_error(const SpawnSpec& spec, const Report& report) {
  std::string what;
  auto item = static_cast<std::size_t>(report.item);
  bool listener = report.sandbox_step == sandbox::Step::kListeners;
  if (spec.jail && listener && report.item >= 0 && item < spec.jail->listeners.size())
    what = "port " + std::to_string(spec.jail->listeners[item].port);
  if (spec.jail && !listener && report.item >= 0 && item < spec.jail->view.size())
    what = json_quote(spec.jail->view[item].target);
  return sandbox::step_error(report.sandbox_step, report.value, what);
}

// What is not there inside may well be there outside.
Error seen_inside(const SpawnSpec& spec, Error error) {
  if (!spec.jail || error.code != ErrorCode::kNotFound) return error;
  error.message += " in the sandbox";
  error.hint = "only the system's programs and the paths of read and write are there: add its folder to read";
  return error;
}

}  // namespace

Error system_error(std::string_view what, int errno_value) {
  switch (errno_value) {
    case EMFILE:
    case ENFILE:
    case ETOOMANYREFS:
      return os_error(what, errno_value, ErrorCode::kLimit)
          .with_hint("raise the limit of open files (ulimit -n)");
    case EAGAIN:
      return os_error(what, errno_value, ErrorCode::kLimit)
          .with_hint("raise the limit of processes (ulimit -u)");
    case ENOMEM: return os_error(what, errno_value, ErrorCode::kLimit);
    default: return os_error(what, errno_value);
  }
}

Error launch_error(const SpawnSpec& spec, const Report& report) {
  const std::string& command = spec.argv.at(0);
  int errno_value = report.value;
  switch (report.step) {
    case LaunchStep::kDirectory: return seen_inside(spec, directory_error(spec.directory, errno_value));
    case LaunchStep::kExec: return seen_inside(spec, exec_error(command, errno_value));
    case LaunchStep::kSandbox: return sandbox_error(spec, report);
    case LaunchStep::kInterpreter:
      return {ErrorCode::kNotFound, "the interpreter of command " + json_quote(command) + " not found",
              "install the program that its first line (#!) names"};
    case LaunchStep::kFork:
      return system_error("making a process for command " + json_quote(command), errno_value);
    case LaunchStep::kPlan:
    case LaunchStep::kDescriptors: break;
  }
  return system_error("preparing command " + json_quote(command), errno_value);
}

}  // namespace mcp::process
