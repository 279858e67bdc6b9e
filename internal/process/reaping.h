#pragma once

#include <sys/types.h>

#include <vector>

namespace mcp::process {

// Our direct children, orphans that came to us as their subreaper included. Killing these is never a shot at
// a stranger: their pids are theirs until we reap them.
std::vector<pid_t> direct_children();

// A descriptor that is readable when one of these (blocked) signals is pending.
int open_signal_fd(std::initializer_list<int> numbers);
// Takes what is pending; true when `number` was among it.
bool drain_signals(int signal_fd, int number);

// Kills every descendant, generation after generation, as each dying one leaves its children to us (the
// caller is a subreaper: neither setsid() nor a double fork escapes). Gives up after ten seconds on what the
// kernel cannot kill yet. signal_fd wakes on SIGCHLD.
void kill_descendants(int signal_fd);

}  // namespace mcp::process
