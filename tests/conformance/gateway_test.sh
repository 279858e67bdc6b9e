#!/usr/bin/env bash
# The official conformance suites against `mcp serve` in front of the fixture server over stdio: every scored scenario
# passes; what may warn stands in expected.md.
# gateway_test.sh MCP MCP_FIXTURE PEERS
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
work=$(mktemp -d)
"$1" serve --listen 127.0.0.1:0 --state-dir "$work/state" --json -- "$2" --stdio >"$work/events" 2>"$work/log" &
gateway=$!
trap 'kill "$gateway" 2>/dev/null || true; wait "$gateway" 2>/dev/null || true; rm -rf "$work"' EXIT

for _ in $(seq 400); do
  if grep -q '"event":"servers"' "$work/events"; then break; fi
  kill -0 "$gateway" || { cat "$work/log"; exit 1; }
  sleep 0.05
done
url=$(sed -n 's/^{"event":"listening","url":"\([^"]*\)"}$/\1/p' "$work/events")
[ -n "$url" ] || { echo "mcp serve never got ready"; cat "$work/log"; exit 1; }

"$here/suite.sh" "$3" "$url" "$here/expected.md"
