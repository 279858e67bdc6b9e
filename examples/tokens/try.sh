#!/bin/sh
# try.sh URL: without the token it is refused (exit status 5), with it it answers.
set -u
mcp call "$1" tool parrot__echo --arg message=hello 2>/dev/null
echo "without a token: $?"
token=$(cat "$(dirname "$0")/alice.token")
mcp call "$1" tool parrot__echo --arg message=hello --header "Authorization: Bearer $token"
