#!/bin/sh
# run.sh FILE.mjs: runs one end-to-end test on the Node of tests/peers. 77: skipped, the packages are not installed.
peers=$(dirname "$0")/../peers
node=$peers/node_modules/node/bin/node
if [ ! -x "$node" ] || [ ! -d "$peers/node_modules/@modelcontextprotocol/sdk" ]; then
  echo "skipped: tests/peers/node_modules is absent; make setup installs it"
  exit 77
fi
exec "$node" --test-reporter=spec --test-force-exit "$1"
