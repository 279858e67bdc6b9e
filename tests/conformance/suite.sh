#!/usr/bin/env bash
# Runs the official suites against the server at URL: all of 0.1.16, and what 0.2.0-alpha.12 scores for both eras.
# suite.sh PEERS URL [EXPECTED]   PEERS: tests/peers with its node_modules; EXPECTED: Markdown that explains warnings
set -euo pipefail

modules=$1/node_modules
url=$2
expected=${3:-}
node=$modules/node/bin/node
here=$(dirname "$(readlink -f "$0")")

for part in "$node" "$modules/conformance-stable" "$modules/conformance-next"; do
  if [ ! -e "$part" ]; then
    echo "skipped: $part is not installed (make setup)"
    exit 77
  fi
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

# run PACKAGE WANTED SCORED ARGS…   SCORED: a requirements file, or empty for all scenarios
run() {
  local package=$1 wanted=$2 scored=$3
  shift 3
  local out=$work/$package-${*: -1}
  local judge=("$node" "$here/judge.mjs" "$out" "$wanted")
  [ -z "$scored" ] || judge+=(--scored "$scored")
  [ -z "$expected" ] || judge+=(--expected "$expected")
  echo "$package $*"
  if ! "$node" "$modules/$package/dist/index.js" server --url "$url" "$@" -o "$out" >"$out.log" 2>&1; then
    echo "  the suite ended with an error"
    [ -d "$out" ] || tail -n 20 "$out.log"
    status=1
  fi
  [ ! -d "$out" ] || "${judge[@]}" || status=1
}

requirements=$modules/conformance-next/requirements
run conformance-stable 32 '' --suite all
run conformance-next 30 "$requirements/2025-11-25.yaml" --requirements 2025-11-25
run conformance-next 37 "$requirements/2026-07-28.yaml" --requirements 2026-07-28
exit $status
