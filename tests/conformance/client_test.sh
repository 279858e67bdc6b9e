#!/usr/bin/env bash
# The official suites' client scenarios that need no OAuth, with our client library: each passes, none warns.
# client_test.sh MCP_CONFORMANCE_CLIENT PEERS
set -euo pipefail

client=$1
modules=$2/node_modules
node=$modules/node/bin/node

for part in "$node" "$modules/conformance-stable" "$modules/conformance-next"; do
  if [ ! -e "$part" ]; then
    echo "skipped: $part is not installed (make setup)"
    exit 77
  fi
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# SUITE VERSION SCENARIO. 0.1.16 tells its clients no version ("-").
runs='
stable - initialize
stable - tools_call
stable - elicitation-sep1034-client-defaults
stable - sse-retry
next 2025-06-18 initialize
next 2025-06-18 tools_call
next 2025-11-25 initialize
next 2025-11-25 tools_call
next 2025-11-25 elicitation-sep1034-client-defaults
next 2025-11-25 sse-retry
next 2025-11-25 json-schema-2020-12-preservation
next 2026-07-28 tools_call
next 2026-07-28 request-metadata
next 2026-07-28 sep-2322-client-request-state
next 2026-07-28 http-standard-headers
next 2026-07-28 http-custom-headers
next 2026-07-28 http-invalid-tool-headers
next 2026-07-28 json-schema-ref-no-deref
next 2026-07-28 json-schema-2020-12-preservation
'

# What needs OAuth, and hosts of the skills extension (SEP-2640): this client declares no extension.
others='^(auth/|sep-2640-client-)'

# Prints what a run lacks; the verdict is its status. A scenario none of whose checks says SUCCESS has shown nothing.
# shellcheck disable=SC2016  # JavaScript
judge='
const fs = require("fs"), path = require("path");
const files = fs.readdirSync(process.argv[1]).map(run => path.join(process.argv[1], run, "checks.json"));
const checks = files.filter(file => fs.existsSync(file)).flatMap(file => JSON.parse(fs.readFileSync(file, "utf8")));
const bad = checks.filter(check => ["FAILURE", "WARNING"].includes(check.status));
for (const check of bad) console.log(`    ${check.status} ${check.id}: ${check.errorMessage || check.description}`);
const good = checks.filter(check => check.status === "SUCCESS");
if (good.length === 0) console.log("    no check succeeded");
process.exit(bad.length === 0 && good.length > 0 ? 0 : 1);
'

# attempt SUITE VERSION SCENARIO
attempt() {
  local out=$work/$1-$2-${3//\//_} version=()
  rm -rf "$out"
  [ "$2" = - ] || version=(--spec-version "$2")
  mkdir -p "$out"
  # The suite hands the command to a shell.
  if ! "$node" "$modules/conformance-$1/dist/index.js" client --command "'$client'" --scenario "$3" \
    "${version[@]}" --timeout 60000 -o "$out/run" >"$out/log" 2>&1; then
    "$node" -e "$judge" "$out/run" || true
    sed -n '/Client exited/,$p' "$out/log" | head -20
    return 1
  fi
  "$node" -e "$judge" "$out/run"
}

# sse-retry holds a wait of 500 ms against the clock, with 200 ms of grace: a busy machine may need a second measurement.
tries() { if [ "$1" = sse-retry ]; then echo 3; else echo 1; fi; }

status=0
while read -r suite version scenario; do
  [ -n "$suite" ] || continue
  passed=false
  for _ in $(seq "$(tries "$scenario")"); do
    if attempt "$suite" "$version" "$scenario"; then
      passed=true
      break
    fi
  done
  if $passed; then echo "passed: $suite $version $scenario"; else
    echo "FAILED: $suite $version $scenario"
    status=1
  fi
done <<<"$runs"

# The list above is whole.
for suite in stable next; do
  "$node" "$modules/conformance-$suite/dist/index.js" list --client | sed -n 's/^  - \([^ ]*\).*/\1/p' |
    grep -Ev "$others" | LC_ALL=C sort -u >"$work/listed"
  awk -v suite="$suite" '$1 == suite { print $3 }' <<<"$runs" | LC_ALL=C sort -u >"$work/ours"
  if ! diff "$work/listed" "$work/ours"; then
    echo "FAILED: the scenarios of conformance-$suite are others"
    status=1
  fi
done
exit $status
