#!/bin/sh
# Every line of tests/coverage.tsv (id, ctest name, what it shows; tab-separated, "#" begins a comment) names a test
# that exists, is not disabled and, when results of a run are there, was not skipped in it.
# usage: coverage_test.sh ROOT BUILD [RESULTS.xml]
set -eu
table=$1/tests/coverage.tsv
build=$2
results=${3:-}

if [ ! -f "$table" ]; then
  echo "no tests/coverage.tsv"
  exit 1
fi
known=$(mktemp)
trap 'rm -f "$known"' EXIT
ctest --test-dir "$build" -N | sed -n 's/^ *Test *#[0-9]*: //p' >"$known"
if [ -n "$results" ] && [ -f "$results" ]; then
  sed -n 's/^.*<testcase name="\([^"]*\)".* status="notrun".*$/\1\tskipped/p' "$results" >>"$known"
fi

awk -F '\t' '
  NR == FNR {
    if ($2 == "skipped") skipped[$1] = 1
    else if (sub(/ \(Disabled\)$/, "", $1)) disabled[$1] = 1
    else exists[$1] = 1
    next
  }
  /^#/ || /^[ \t]*$/ { next }
  { rows++ }
  NF != 3 || $1 == "" || $3 == "" { problem("is not: id, test, what (tab-separated)"); next }
  $2 in disabled { problem("names the disabled test " $2); next }
  !($2 in exists) { problem("names the test " $2 ", which does not exist"); next }
  $2 in skipped { problem("names the test " $2 ", which was skipped") }
  function problem(text) { printf "coverage.tsv:%d: %s %s\n", FNR, $1, text; bad++ }
  END { printf "%d rows, %d violations\n", rows, bad; exit bad > 0 || rows == 0 }' "$known" "$table"
