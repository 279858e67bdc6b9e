#!/bin/sh
# plain.cpp finds a mistake, leaves the input that shows it, and repeats a run by its seed.
# usage: selftest.sh PROGRAM   (of selftest.cpp)
set -u
program=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
mkdir corpus
printf 'a piece of text' >corpus/one
input=fuzz-$(basename "$program").input

complain() {
  echo "selftest: $1"
  exit 1
}

MCP_FUZZ_SEED=7 "$program" corpus >first 2>/dev/null && complain 'it did not find the mistake'
[ -s "$input" ] || complain 'it left no input'
size=$(od -An -t u8 -N 8 "$input" | tr -d ' ')
tail -c +9 "$input" | head -c "$size" >found
grep -q '!' found || complain 'the input left is not the one that shows the mistake'
"$program" found 2>/dev/null && complain 'the input left does not show the mistake again'
MCP_FUZZ_SEED=7 "$program" corpus >/dev/null 2>&1
tail -c +9 "$input" | head -c "$size" | cmp -s - found || complain 'the same seed made other inputs'
printf 'quiet' >quiet
"$program" quiet || complain 'it found a mistake where there is none'
[ ! -e "$input" ] || complain 'it left an input without a mistake'
mkdir empty
"$program" empty 2>/dev/null && complain 'no corpus was no mistake'
exit 0
