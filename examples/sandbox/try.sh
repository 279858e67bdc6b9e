#!/bin/sh
# try.sh URL: what a server that is shut in can do, and what it cannot.
set -u
here=$(cd "$(dirname "$0")" && pwd)
try() {
  printf '%s: ' "$1"
  shift
  mcp call "$url" tool "$@" 2>&1
}
url=$1
try "a note" look__read --arg path="$here/notes/hello.txt"
try "a new note" look__write --arg path="$here/notes/new.txt"
rm -f "$here/notes/new.txt"
try "its own program, changed" look__write --arg path="$here/server.py"
try "a password file" look__read --arg path=/etc/shadow
try "everybody's homes" look__list --arg path=/home
try "another machine" look__connect
