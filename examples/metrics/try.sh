#!/bin/sh
# try.sh URL: two calls, and how they were counted.
set -u
mcp call "$1" tool parrot__echo --arg message=hello
mcp call "$1" tool parrot__echo --arg message=again
curl --silent "${1%/mcp}/metrics" | grep '^mcp_requests_total.*tools/call.*"ok"'
curl --silent "${1%/mcp}/metrics" | grep '^mcp_request_duration_seconds_count.*parrot'
