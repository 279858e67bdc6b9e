// Runs a fuzz target without libFuzzer: PROGRAM CORPUS-FOLDER. Every file of the corpus, then inputs made
// from them at random: 20,000, or as many as MCP_FUZZ_SECONDS allow. MCP_FUZZ_SEED repeats a run. PROGRAM
// FILE runs that file alone. The input under way stands in ./fuzz-PROGRAM.input, which stays when the program
// dies of it.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/mutate.h"

namespace mcp::fuzz {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kRoom = 1 << 20;

// What is being run, where a crash leaves it: the size, then the bytes.
class Evidence {
 public:
  explicit Evidence(std::string path) : path_(std::move(path)) {
    int fd = ::open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || ::ftruncate(fd, kRoom) != 0) std::exit(8);
    void* memory = ::mmap(nullptr, kRoom, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) std::exit(8);
    memory_ = static_cast<char*>(memory);
    ::close(fd);
  }
  ~Evidence() {
    ::munmap(memory_, kRoom);
    ::unlink(path_.c_str());
  }
  void keep(std::string_view input) {
    std::uint64_t size = std::min(input.size(), kRoom - sizeof(std::uint64_t));
    std::memcpy(memory_, &size, sizeof size);
    std::memcpy(memory_ + sizeof size, input.data(), size);
  }

 private:
  std::string path_;
  char* memory_;
};

std::string slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> corpus_in(const char* folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> corpus;
  for (const fs::path& path : paths) corpus.push_back(slurp(path));
  return corpus;
}

std::uint64_t number(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

// An exact copy on the heap, so that a sanitizer sees a read behind its end.
void run_once(Evidence& evidence, std::string_view input) {
  evidence.keep(input);
  std::vector<std::uint8_t> exact(input.begin(), input.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

int run(const char* program, const char* path) {
  Evidence evidence("fuzz-" + fs::path(program).filename().string() + ".input");
  if (!fs::is_directory(path)) {
    run_once(evidence, slurp(path));
    return 0;
  }
  std::vector<std::string> corpus = corpus_in(path);
  if (corpus.empty()) {
    std::fprintf(stderr, "no corpus in %s\n", path);
    return 1;
  }
  for (const std::string& input : corpus) run_once(evidence, input);
  std::uint64_t seconds = number("MCP_FUZZ_SECONDS", 0);
  // Without a time it is a test like others, the same in every run.
  std::uint64_t seed = number("MCP_FUZZ_SEED", seconds > 0 ? std::random_device()() : 1);
  std::printf("%zu files, seed %llu\n", corpus.size(), static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  Mutator mutator(seed, std::move(corpus));
  auto end = Clock::now() + std::chrono::seconds(seconds);
  std::uint64_t count = 0;
  for (; seconds > 0 ? Clock::now() < end : count < 20'000; ++count) run_once(evidence, mutator.next());
  std::printf("%llu inputs\n", static_cast<unsigned long long>(count));
  return 0;
}

}  // namespace
}  // namespace mcp::fuzz

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s CORPUS-FOLDER|FILE\n", argv[0]);
    return 2;
  }
  return mcp::fuzz::run(argv[0], argv[1]);
}
