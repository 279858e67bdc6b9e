#!/bin/sh
# What may not be in the repository: unfinished work, addresses and folders of one machine, download addresses.
# Looks at what git tracks or would track; without git at all files but build output.
# usage: files_test.sh ROOT
set -eu
cd "$1"

list_files() {
  if [ -e .git ] && git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    git -c safe.directory='*' ls-files --cached --others --exclude-standard
  else
    find . \( -name node_modules -o -name 'build*' -o -name .git \) -prune -o -type f -print | sed 's,^\./,,'
  fi
}

bad=0
# refuse WHAT PATTERN [PATHS…]: an extended regular expression that no listed text file may contain.
refuse() {
  what=$1
  pattern=$2
  hits=$(printf '%s\n' "$list" | tr '\n' '\0' | xargs -0 -r grep -sIEn -e "$pattern" -- | cut -c1-160) || true
  if [ -n "$hits" ]; then
    printf '%s:\n%s\n' "$what" "$hits"
    bad=$((bad + $(printf '%s\n' "$hits" | wc -l)))
  fi
}

# This test and its self-test spell out what they look for.
list=$(list_files | grep -v -e '^tests/house/files_test\.sh$' -e '^tests/house/selftest\.sh$' || true)
if [ -z "$list" ]; then
  echo "no files found: wrong folder?"
  exit 1
fi

refuse 'a download address in a lockfile (npm: omit-lockfile-registry-resolved)' '"resolved": *"http'
refuse 'unfinished work' '(^|[^A-Za-z_])(TODO|FIXME|XXX|HACK)([^A-Za-z_]|$)'
# The folder of this checkout, as a pattern.
here=$(pwd -P | sed 's/[][\.*^$+?(){}|]/\\&/g')
refuse 'a folder of one machine' "(^|[^A-Za-z0-9._/-])$here(/|\$|[^A-Za-z0-9._-])"
refuse 'a merge left open' '^(<<<<<<<|>>>>>>>) '
list=$(printf '%s\n' "$list" | grep -E '(^|/)(\.npmrc|package-lock\.json|package\.json|[^/]*\.(sh|mjs|yml|yaml))$|^scripts/|^\.ci/|^Makefile$' || true)
refuse 'the host of one registry' 'https?://[^/" ]*(registry|npm|mirror|proxy)'

count=$(list_files | wc -l)
echo "$count files, $bad violations"
[ "$bad" -eq 0 ]
