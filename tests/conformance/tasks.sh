#!/usr/bin/env bash
# The tasks scenarios of suite 0.2.0-alpha.12, which no requirements file scores, one by one against the server at URL.
# tasks.sh PEERS URL EXPECTED   PEERS: tests/peers with its node_modules; EXPECTED: Markdown that names what shows nothing
set -euo pipefail

modules=$1/node_modules
url=$2
expected=$3
node=$modules/node/bin/node
here=$(dirname "$(readlink -f "$0")")

for part in "$node" "$modules/conformance-next"; do
  if [ ! -e "$part" ]; then
    echo "skipped: $part is not installed (make setup)"
    exit 77
  fi
done

suite=$modules/conformance-next/dist/index.js
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
scenarios=$("$node" "$suite" list --server | sed -n 's/^ *- \(tasks-[a-z-]*\).*/\1/p')
for scenario in $scenarios; do
  echo "conformance-next --scenario $scenario"
  "$node" "$suite" server --url "$url" --scenario "$scenario" -o "$out/all" >"$out/log" 2>&1 || tail -n 20 "$out/log"
done
"$node" "$here/judge.mjs" "$out/all" 10 --expected "$expected"
