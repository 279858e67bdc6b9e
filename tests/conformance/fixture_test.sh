#!/usr/bin/env bash
# The official conformance suites against our fixture server over HTTP: every scored scenario passes, nothing warns.
# fixture_test.sh MCP_FIXTURE PEERS
set -euo pipefail

fixture=$1
modules=$2/node_modules
node=$modules/node/bin/node
here=$(dirname "$(readlink -f "$0")")

for part in "$node" "$modules/conformance-stable" "$modules/conformance-next"; do
  if [ ! -e "$part" ]; then
    echo "skipped: $part is not installed (make setup)"
    exit 77
  fi
done

work=$(mktemp -d)
server=
finish() {
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap finish EXIT

"$fixture" --http 0 2>"$work/ready" &
server=$!
for _ in $(seq 200); do
  grep -q '^listening on ' "$work/ready" && break
  kill -0 "$server" || { cat "$work/ready"; exit 1; }
  sleep 0.05
done
url=$(sed -n 's/^listening on //p' "$work/ready")
[ -n "$url" ] || { echo "mcp-fixture never got ready"; exit 1; }

# shellcheck source=suite.sh
. "$here/suite.sh"

# The names under `server:` in a requirements file of the suite: what it scores.
scored_in() {
  sed -n '/^server:/,/^[a-z]/s/^  - //p' "$modules/conformance-next/requirements/$1.yaml" >"$work/$1.scored"
  echo "$work/$1.scored"
}

status=0
scored='' run_suite stable conformance-stable 32 --suite all || status=1
scored=$(scored_in 2025-11-25) run_suite next-2025-11-25 conformance-next 30 --requirements 2025-11-25 || status=1
scored=$(scored_in 2026-07-28) run_suite next-2026-07-28 conformance-next 37 --requirements 2026-07-28 || status=1
exit $status
