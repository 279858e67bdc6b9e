#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "internal/async/slot.h"
#include "internal/process/spawner.h"

namespace mcp::soak {

// A program that runs beside the soak, with its output in files. Ends with the soak, however that ends.
class Program {
 public:
  struct Words {
    std::vector<std::string> argv;
    std::map<std::string, std::string> environment;
    std::string folder;  // where the files stand
    std::string name;    // NAME.out, NAME.err
  };
  static Task<Result<std::shared_ptr<Program>>> start(async::Loop* loop, process::Spawner* spawner,
                                                      Words words);

  pid_t pid() const { return child_->pid(); }
  bool running() const { return child_->running(); }
  void signal(int number) { child_->signal(number); }
  // Once; nullopt when it still runs after `patience`.
  Task<std::optional<process::ExitStatus>> ended(async::Millis patience) { return end_.get_within(patience); }
  // The first line of its output, as soon as it is whole.
  Task<Result<std::string>> first_line(async::Millis patience);
  // The end of what it said on standard error.
  std::string last_words() const;

 private:
  Program(async::Loop& loop, std::unique_ptr<process::Child> child, std::string stem);

  async::Loop& loop_;
  std::unique_ptr<process::Child> child_;
  std::string stem_;
  async::Slot<process::ExitStatus> end_;
};
using ProgramPtr = std::shared_ptr<Program>;

}  // namespace mcp::soak
