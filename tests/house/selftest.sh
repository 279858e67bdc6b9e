#!/bin/sh
# Each test of the house is fed a small tree that breaks its rule, and must say so; and one that keeps it.
# usage: selftest.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failures=0
cases=0

# file PATH: writes standard input there, in a tree that holds nothing else.
file() {
  mkdir -p "$tree/$(dirname "$1")"
  cat >"$tree/$1"
}
# only PATH: as file(), after emptying the tree.
only() {
  rm -rf "${tree:?}"/*
  file "$1"
}
# refuses TEXT COMMAND…: the command fails and its output contains TEXT.
refuses() {
  expected=$1
  shift
  cases=$((cases + 1))
  if output=$("$@" 2>&1); then
    echo "FAILED: accepted, though it should say: $expected"
    failures=$((failures + 1))
  elif ! printf '%s' "$output" | grep -qF -e "$expected"; then
    printf 'FAILED: it does not say "%s" but:\n%s\n' "$expected" "$output"
    failures=$((failures + 1))
  fi
}
accepts() {
  cases=$((cases + 1))
  if ! output=$("$@" 2>&1); then
    printf 'FAILED: it should be accepted:\n%s\n' "$output"
    failures=$((failures + 1))
  fi
}

dependencies() { sh "$here/dependencies_test.sh" "$tree"; }
coroutines() { sh "$here/coroutine_forms_test.sh" "$tree"; }
files() { sh "$here/files_test.sh" "$tree"; }
coverage() { sh "$here/coverage_test.sh" "$tree" "$tree/build" "$tree/build/results.xml"; }

# --- dependencies ---
echo '#include "internal/gateway/x.h"' | only internal/http/a.cpp
refuses 'http (floor 3) may not include gateway (floor 6)' dependencies
echo '#include "internal/async/loop.h"' | only internal/json/a.h
refuses 'json (floor 1) may not include async (floor 1)' dependencies
echo '#include "internal/client/peer.h"' | only internal/runtime/a.h
accepts dependencies
echo '#include "cmd/mcp/x.h"' | only internal/gateway/a.cpp
refuses 'nothing may' dependencies
echo '#include "loop.h"' | only internal/async/loop.cpp
refuses 'is not written from the root' dependencies
echo '#include <string>' | only internal/novelty/a.cpp
refuses 'package novelty is not in packages.tsv' dependencies
echo '#include <curl/curl.h>' | only internal/http/server.cpp
refuses '<curl/curl.h> (curl): http may not use it here' dependencies
echo '#include <curl/curl.h>' | only internal/http/client_curl.cpp
accepts dependencies
echo '#include <nlohmann/json.hpp>' | only internal/protocol/a.h
accepts dependencies
echo '#include "internal/protocol/a.h"' | file internal/protocol/b.h
echo '#include "internal/protocol/b.h"' | file internal/client/c.cpp
refuses 'internal/protocol/a.h:1: <nlohmann/json.hpp> (nlohmann) in a header that other packages see' dependencies
echo '#include <nlohmann/json_fwd.hpp>' | file internal/protocol/a.h
accepts dependencies
echo '#include <zlib/zlib.h>' | only internal/base/a.cpp
refuses 'does not know' dependencies
echo '#include <gtest/gtest.h>' | only internal/base/a.cpp
refuses 'outside a test' dependencies
echo '#include "internal/http/test_peer.h"' | only internal/http/a.cpp
refuses 'is test code' dependencies
only nothing.txt </dev/null
refuses 'wrong folder' dependencies

# --- coroutine forms ---
# body: a coroutine around the statement given on standard input.
body() {
  { echo 'Task<void> f(std::string s) {'; cat; echo '}'; } | only internal/async/a.cpp
}
echo '  co_await g([s] { use(s); });' | body
refuses 'a.cpp:2: a capturing lambda' coroutines
printf '  auto r =\n      co_await g(1,\n                 [&s](int) {\n    use(s);\n  });\n' | body
refuses 'a.cpp:4: a capturing lambda' coroutines
echo '  co_await g(Options{.name = s});' | body
refuses 'brace-initialised' coroutines
echo '  auto r = h({s, s}, co_await g(s));' | body
refuses 'brace-initialised' coroutines
echo '  co_return Pair{co_await g(s), 1};' | body
refuses 'brace-initialised' coroutines
echo '  if (co_await g({s})) use(s);' | body
refuses 'brace-initialised' coroutines
printf '  if (s.empty()) {\n    use(s);\n  }\n  auto [a, b] = co_await g(s, v[0]);\n  while (co_await more()) { use({a}); }\n  co_return;\n' | body
accepts coroutines
printf '  // co_await g({s})\n  auto x = R"({"a": [1]})"; auto y = "co_await g({1})"; co_await g(x, y, %s);\n' "'{'" | body
accepts coroutines
echo '  char buffer[4096]; co_await read(buffer);' | body
refuses 'an array in a coroutine' coroutines
echo 'Task<void> f(const std::string& s);' | only internal/async/a.h
refuses 'not by const &' coroutines
echo 'Task<Result<std::vector<int>>> C::f(Loop& loop, std::string_view s) const;' | only internal/async/a.h
refuses 'not a view' coroutines
echo 'virtual Task<void> f(Loop& loop, std::function<void(const X&)> fn, X* x, std::string&& s) = 0;' | only internal/async/a.h
refuses 'not by &&' coroutines
echo 'virtual Task<void> f(Loop& loop, std::function<void(const X&)> fn, X* x, std::string s = {}) = 0;' | only internal/async/a.h
accepts coroutines
echo 'auto f = [](const X& x) -> Task<void> { co_return; };' | only internal/async/a.cpp
refuses 'not by const &' coroutines
echo 'auto f = [x](int n) mutable -> Task<void> { co_await g(n); };' | only internal/async/a.cpp
refuses 'a lambda coroutine with captures' coroutines
echo 'void f() { return asio::async_initiate<T, S>([&](auto h) { g(h); }, token); }' | only internal/async/a.cpp
refuses 'an initiation lambda captures by value' coroutines
only nothing.txt </dev/null
refuses 'wrong folder' coroutines

# --- files ---
echo 'all is well' | only a.txt
accepts files
echo "  \"resolved\": \"https://example.com/x.tgz\"," | only tests/peers/package-lock.json
refuses 'a download address' files
echo '// TODO: later' | only internal/base/a.cpp
refuses 'unfinished work' files
echo "see $tree/somewhere" | only README.md
refuses 'a folder of one machine' files
echo 'registry=https://registry.example.com/' | only tests/peers/.npmrc
refuses 'the host of one registry' files

# --- coverage ---
mkdir -p "$tree"
only build/CTestTestfile.cmake <<'T'
add_test(base.A.Works "true")
add_test(base.A.Skips "true")
add_test(base.A.Off "true")
set_tests_properties(base.A.Off PROPERTIES DISABLED TRUE)
T
refuses 'no tests/coverage.tsv' coverage
printf 'D-1\tbase.A.Works\tit works\n' | file tests/coverage.tsv
accepts coverage
printf 'D-1\tbase.A.Gone\tit works\n' | file tests/coverage.tsv
refuses 'base.A.Gone, which does not exist' coverage
printf 'D-1\tbase.A.Off\tit works\n' | file tests/coverage.tsv
refuses 'the disabled test' coverage
printf 'D-1 base.A.Works\n' | file tests/coverage.tsv
refuses 'tab-separated' coverage
printf 'D-1\tbase.A.Skips\tit works\n' | file tests/coverage.tsv
printf '\t<testcase name="base.A.Skips" classname="x" time="0" status="notrun">\n' | file build/results.xml
refuses 'which was skipped' coverage
printf '# nothing\n' | file tests/coverage.tsv
refuses '0 rows' coverage

# --- the summary of a run ---
summary() { "$here/../../scripts/ctest-summary" "$tree/r.xml"; }
printf '<testcase name="a" status="run">\n<testcase name="b" status="notrun">\n<skipped message="SKIP_RETURN_CODE=77"/>\n<system-out>SKIP: no root\n' | only r.xml
accepts summary
printf '<testcase name="a" status="notrun">\n<skipped message="Unable to find executable"/>\n' | only r.xml
refuses '0 passed, 1 failed, 0 skipped' summary
printf '<testcase name="a" status="fail">\n<failure message=""/>\n' | only r.xml
refuses '0 passed, 1 failed, 0 skipped' summary
printf '<testsuite>\n' | only r.xml
refuses '0 passed, 0 failed, 0 skipped' summary

echo "$cases cases, $failures failures"
[ "$failures" -eq 0 ]
