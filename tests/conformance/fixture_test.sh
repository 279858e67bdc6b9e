#!/usr/bin/env bash
# The official conformance suites against our fixture server over HTTP: every scored scenario passes, nothing warns.
# fixture_test.sh MCP_FIXTURE PEERS
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
ready=$(mktemp)
"$1" --http 0 2>"$ready" &
server=$!
trap 'kill "$server" 2>/dev/null || true; rm -f "$ready"' EXIT

for _ in $(seq 200); do
  url=$(sed -n 's/^listening on //p' "$ready")
  [ -z "$url" ] || break
  kill -0 "$server" || { cat "$ready"; exit 1; }
  sleep 0.05
done
[ -n "$url" ] || { echo "mcp-fixture never got ready"; exit 1; }

"$here/suite.sh" "$2" "$url"
