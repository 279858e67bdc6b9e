#include "cmd/mcp/heap.h"

#include <malloc.h>

namespace mcp::cmd {
namespace {

constexpr int kLarge = 256 << 10;  // bytes; larger blocks are mapped for themselves
constexpr int kSpare = 4 << 20;    // free at the heap's end before that is given back

}  // namespace

void return_large_memory() {
  ::mallopt(M_MMAP_THRESHOLD, kLarge);
  ::mallopt(M_TRIM_THRESHOLD, kSpare);
}

}  // namespace mcp::cmd
