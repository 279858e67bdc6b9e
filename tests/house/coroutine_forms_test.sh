#!/bin/sh
# Refuses the forms of coroutines that g++ 12.2 miscompiles or that leave a dangling reference (docs/house.md,
# "Coroutines"). Reads internal/, cmd/, tests/ and examples/ as text: comments and literals are blanked first.
# usage: coroutine_forms_test.sh ROOT
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$1"

files=$(find internal cmd tests examples -name node_modules -prune -o \( -name '*.h' -o -name '*.cpp' \) -print 2>/dev/null |
  LC_ALL=C sort)
if [ -z "$files" ]; then
  echo "no sources found: wrong folder?"
  exit 1
fi
# shellcheck disable=SC2086  # names without blanks, one a word
LC_ALL=C awk -f "$here/coroutine_forms.awk" $files
