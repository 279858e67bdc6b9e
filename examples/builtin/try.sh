#!/bin/sh
# try.sh URL
set -eu
mcp call "$1" tools list | cut -d' ' -f1
mcp call "$1" tool parrot__echo --arg message=hello
mcp call "$1" tool clock__convert --arg time=2026-07-28T14:00:00+02:00 --arg to=UTC
