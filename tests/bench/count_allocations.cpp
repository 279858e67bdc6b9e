// A library to preload into a gateway that is measured: counts what it allocates. `operator new` ends in
// malloc, so counting there sees everything, whatever the binary was linked with, and the binary measured is
// the one shipped. The count is a 64-bit number at the beginning of the file that MCP_BENCH_ALLOCATIONS
// names, shared memory that others read at any time; processes that are forked without exec add to it.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
}

namespace {

std::uint64_t unshared = 0;
std::atomic<std::uint64_t*> counter{&unshared};

void count() {
  std::atomic_ref(*counter.load(std::memory_order_relaxed)).fetch_add(1, std::memory_order_relaxed);
}

__attribute__((constructor)) void share() {
  const char* path = std::getenv("MCP_BENCH_ALLOCATIONS");
  if (path == nullptr) return;
  int fd = ::open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return;
  if (::ftruncate(fd, sizeof(std::uint64_t)) == 0) {
    void* shared = ::mmap(nullptr, sizeof(std::uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (shared != MAP_FAILED) counter = static_cast<std::uint64_t*>(shared);
  }
  ::close(fd);
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) {
  count();
  return __libc_malloc(size);
}
void* calloc(std::size_t number, std::size_t size) {
  count();
  return __libc_calloc(number, size);
}
void* realloc(void* block, std::size_t size) {
  count();
  return __libc_realloc(block, size);
}
void* memalign(std::size_t alignment, std::size_t size) {
  count();
  return __libc_memalign(alignment, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) { return memalign(alignment, size); }
int posix_memalign(void** block, std::size_t alignment, std::size_t size) {
  *block = memalign(alignment, size);
  return *block == nullptr ? ENOMEM : 0;
}

}  // extern "C"
