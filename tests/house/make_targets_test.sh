#!/bin/sh
# The Makefile has every target that people and CI rely on, and `make help` names it.
# usage: make_targets_test.sh ROOT
set -eu
cd "$1"
unset MAKEFLAGS MAKELEVEL
bad=0
help=$(make -s help)
for target in setup build run test check bench lint proto proto-lint install clean all help; do
  if ! make -n "$target" >/dev/null 2>&1; then
    echo "make -n $target fails"
    bad=1
  fi
  if ! printf '%s\n' "$help" | grep -q "^  make $target "; then
    echo "make help does not name $target"
    bad=1
  fi
done
for target in proto proto-lint; do make -s "$target" || bad=1; done
for file in .clang-format .clang-tidy .gitignore LICENSE README.md CONTRIBUTING.md CHANGELOG.md; do
  if [ ! -s "$file" ]; then
    echo "$file is missing"
    bad=1
  fi
done
exit $bad
