#!/bin/sh
# try.sh URL: what is hidden cannot be called either.
set -u
mcp call "$1" tools list | cut -d' ' -f1
mcp call "$1" tool convert --arg time=2026-07-28T14:00:00Z --arg to=UTC 2>/dev/null
echo "hidden tool: $?"
