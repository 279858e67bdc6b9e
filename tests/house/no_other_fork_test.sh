#!/bin/sh
# Every child of the product is made in internal/process (DESIGN, "Processes"): nothing else forks or executes. One file
# beside it may clone: the sandbox's, for processes in new namespaces, called in children of internal/process.
# Usage: no_other_fork_test.sh [ROOT]
set -eu
here=$(cd "$(dirname "$0")" && pwd)

# Prints FILE:LINE: TEXT for each call in the tree $1. Comments, strings, methods (x.fork(), db->exec()) and
# declarations of a clone() without arguments are not calls.
other_forks() {
  calls='v?fork|_Fork|forkpty|daemon|posix_spawnp?|execl|execle|execlp|execv|execve|execveat|execvp|execvpe|fexecve|system|popen|wordexp'
  word='(^|[^[:alnum:]_.>])'
  ban="$word($calls)[[:space:]]*\\(|${word}clone3?[[:space:]]*\\([^)]"
  ban="$ban|(SYS|__NR)_(fork|vfork|clone3?|execve(at)?)([^[:alnum:]_]|\$)|boost/process"
  (
    cd "$1"
    find internal cmd -type f \( -name '*.cpp' -o -name '*.h' \) ! -name '*_test.cpp' ! -path 'internal/process/*' \
      ! -path internal/sandbox/clone.cpp |
      sort | while IFS= read -r file; do
      # boost/process stands in an #include: those lines keep their text.
      sed -e '/^[[:space:]]*#[[:space:]]*include/b' -e 's/"\([^"\\]\|\\.\)*"/""/g' -e 's|//.*||' "$file" |
        grep -nE "$ban" | sed "s|^|$file:|" || true
    done
  )
}

# The search itself is tried on planted lines first: one that finds nothing would pass for ever.
trial=$(mktemp -d)
trap 'rm -rf "$trial"' EXIT
mkdir -p "$trial/internal/process" "$trial/internal/http" "$trial/internal/sandbox" "$trial/cmd/mcp"
echo 'void allowed() { ::fork(); }' >"$trial/internal/process/a.cpp"
echo 'void allowed() { ::fork(); }' >"$trial/internal/sandbox/clone.cpp"
echo 'void allowed() { ::fork(); }' >"$trial/internal/http/a_test.cpp"
cat >"$trial/internal/http/good.cpp" <<'EOF'
// fork() and system() in a comment
auto text = "execve(\"x\")";
auto rows = db.system("x"), more = db->popen(1), other = my_fork(1), copy = clone();
auto executor = loop.executor(); int system = filesystem(1);
EOF
cat >"$trial/cmd/mcp/bad.cpp" <<'EOF'
int a = fork();
int b = ::execvp (file, args);
int c = std::system("ls");
auto d = popen("ls", "r");
long e = syscall(SYS_clone3, &args, size);
int f = clone(body, stack, flags, 0);
int g = posix_spawnp(&pid, file, 0, 0, args, env);
#include <boost/process.hpp>
EOF
found=$(other_forks "$trial")
expected=8
count=$(printf '%s\n' "$found" | grep -c '^cmd/mcp/bad\.cpp:' || true)
if [ "$count" -ne "$expected" ] || [ "$(printf '%s\n' "$found" | wc -l)" -ne "$expected" ]; then
  echo "the search found $count of $expected planted calls, or something else:" >&2
  printf '%s\n' "$found" >&2
  exit 1
fi

found=$(other_forks "${1:-$here/../..}")
if [ -n "$found" ]; then
  echo "children are made by process::Spawner (internal/process) only:" >&2
  printf '%s\n' "$found" >&2
  exit 1
fi
echo "ok: nothing but internal/process (and the sandbox's clone.cpp) forks"
