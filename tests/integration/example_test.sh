#!/usr/bin/env bash
# Serves one example and compares what its try.sh says with expected.txt.
# example_test.sh MCP FOLDER
set -euo pipefail

# What an example needs of the machine it says itself.
if [[ -x $2/needs.sh ]] && ! reason=$(PATH=$(dirname "$1"):$PATH "$2/needs.sh" 2>&1); then
  echo "skipped: $reason"
  exit 77
fi
work=$(mktemp -d)
"$1" serve --config "$2/mcp.toml" --listen 127.0.0.1:0 --state-dir "$work/state" --json >"$work/events" 2>"$work/log" &
gateway=$!
trap 'kill "$gateway" 2>/dev/null || true; wait "$gateway" 2>/dev/null || true; rm -rf "$work"' EXIT

for _ in $(seq 400); do
  if grep -q '"event":"servers"' "$work/events"; then break; fi
  kill -0 "$gateway" || { cat "$work/log"; exit 1; }
  sleep 0.05
done
url=$(sed -n 's/^{"event":"listening","url":"\([^"]*\)"}$/\1/p' "$work/events")
PATH=$(dirname "$1"):$PATH "$2/try.sh" "$url" >"$work/said"
diff -u "$2/expected.txt" "$work/said"
