#!/usr/bin/env bash
# The suite's tasks scenarios against our fixture over HTTP, and through `mcp serve` in front of it (over stdio, and over
# HTTP beside a second server of the same tools).
# tasks_test.sh MCP MCP_FIXTURE PEERS
set -euo pipefail

mcp=$1
fixture=$2
peers=$3
here=$(dirname "$(readlink -f "$0")")
work=$(mktemp -d)
pids=()
cleanup() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap cleanup EXIT

# await PID FILE SED…: what the script prints of FILE, as soon as it prints anything
await() {
  local pid=$1 file=$2 found
  for _ in $(seq 400); do
    found=$(sed -n "$3" "$file")
    if [ -n "$found" ]; then echo "$found"; return; fi
    kill -0 "$pid" || break
    sleep 0.05
  done
  cat "$file" >&2
  return 1
}

# serve NAME ARGS…: starts a gateway; sets $url
serve() {
  local name=$1
  shift
  "$mcp" serve --listen 127.0.0.1:0 --state-dir "$work/$name" --json "$@" >"$work/$name.events" 2>"$work/$name.log" &
  pids+=($!)
  await $! "$work/$name.events" '/"event":"servers"/p' >/dev/null
  url=$(await $! "$work/$name.events" 's/^{"event":"listening","url":"\([^"]*\)"}$/\1/p')
}

"$fixture" --http 0 2>"$work/fixture.log" &
pids+=($!)
fixture_url=$(await $! "$work/fixture.log" 's/^listening on //p')
echo "== the fixture"
"$here/tasks.sh" "$peers" "$fixture_url" "$here/expected.md"

echo "== through mcp serve, over stdio"
serve stdio -- "$fixture" --stdio
"$here/tasks.sh" "$peers" "$url" "$here/expected.md"

cat >"$work/two.toml" <<END
[servers.far]
url = "$fixture_url"
prefix = ""
[servers.near]
command = "$fixture"
args = ["--stdio"]
END
echo "== through mcp serve, over HTTP"
serve two --config "$work/two.toml"
"$here/tasks.sh" "$peers" "$url" "$here/expected.md"
