#!/bin/sh
# run.sh FILE.mjs ARGS…: runs it on the Node of tests/peers, else on the one of the system (18 or newer).
# 77: skipped, there is none.
here=$(dirname "$0")
node=$here/../peers/node_modules/node/bin/node
[ -x "$node" ] || node=$(command -v node)
if [ -z "$node" ]; then
  echo "SKIP: there is no node; make setup installs it"
  exit 77
fi
script=$1
shift
exec "$node" "$here/$script" "$@"
