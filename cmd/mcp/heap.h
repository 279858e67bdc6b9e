#pragma once

namespace mcp::cmd {

// Tells the allocator to give large blocks back to the system as soon as they are freed. By itself glibc
// stops doing so after the first large one (mallopt(3), "dynamic mmap threshold"), and a gateway that once
// carried a message of 50 MB would keep as much for ever.
void return_large_memory();

}  // namespace mcp::cmd
