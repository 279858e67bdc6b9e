#!/bin/sh
# Holds every #include of internal/, cmd/ and tests/ against packages.tsv: floors, and who may see which library.
# usage: dependencies_test.sh ROOT [TABLE]
set -eu
root=$1
table=${2:-$(dirname "$0")/packages.tsv}
cd "$root"

# A few words a line: file, line number, kind (own or angle), what is included.
includes() {
  # shellcheck disable=SC2016  # an awk program
  find internal cmd tests -name node_modules -prune -o \( -name '*.h' -o -name '*.cpp' \) -print 2>/dev/null |
    LC_ALL=C sort | tr '\n' '\0' | xargs -0 -r awk '
      /^[ \t]*#[ \t]*include[ \t]*["<]/ {
        kind = index($0, "\"") ? "own" : "angle"
        name = $0
        sub(/^[ \t]*#[ \t]*include[ \t]*["<]/, "", name)
        sub(/[">].*/, "", name)
        print FILENAME, FNR, kind, name
      }'
}

includes | awk -v table="$table" '
  function complain(text) { printf "%s:%s: %s\n", file, line, text; bad++ }

  # The package a path belongs to, or "" when the path is outside the house.
  function package_of(path,   part) {
    split(path, part, "/")
    if (part[1] == "internal") return part[2]
    return part[1] == "cmd" || part[1] == "tests" ? part[1] : ""
  }

  # Does name match pattern, which may end in "*"?
  function matches(pattern, name) {
    if (pattern ~ /\*$/) return index(name, substr(pattern, 1, length(pattern) - 1)) == 1
    return pattern == name
  }

  # The library whose header this is: the first in the table, "" when none claims it.
  function library_of(header,   i, k, n, prefix) {
    for (i = 1; i <= libraries; i++) {
      n = split(prefixes[i], prefix, " ")
      for (k = 1; k <= n; k++) if (index(header, prefix[k]) == 1) return library[i]
    }
    return ""
  }

  function shown_by(name, header,   i, n, pattern) {
    n = split(shows[name], pattern, " ")
    for (i = 1; i <= n; i++) if (matches(pattern[i], header)) return 1
    return 0
  }

  # May this .cpp file of the package include the library?
  function allowed(package, name,   i, n, entry, base) {
    n = split(uses[package], entry, " ")
    base = file
    sub(/.*\//, "", base)
    for (i = 1; i <= n; i++) if (entry[i] == name || entry[i] == name "=" base) return 1
    return 0
  }

  # Test code beside its package: x_test.cpp, testing.h, test_peer.h.
  function is_test(path) {
    return path ~ /_test\.(cpp|h)$/ || path ~ /\/(testing|test_[a-z0-9_]*)\.h$/ || path ~ /_testing\.h$/ || path ~ /^tests\//
  }

  # exposed[h]: a file of another package sees the header h, directly or through other headers.
  function find_exposed(   i, changed) {
    do {
      changed = 0
      for (i = 1; i <= seen; i++) {
        if (kinds[i] != "own" || names[i] in exposed || is_test(files[i])) continue
        if (package_of(names[i]) != package_of(files[i]) || files[i] in exposed) {
          exposed[names[i]] = 1
          changed = 1
        }
      }
    } while (changed)
  }

  function check_own(from, header,   to) {
    to = package_of(header)
    if (is_test(header) && !is_test(file)) complain("\"" header "\" is test code")
    if (header !~ /^internal\/[^\/]+\/[^\/]+$/ && header !~ /^cmd\// && header !~ /^tests\//) {
      complain("\"" header "\" is not written from the root (internal/package/file.h)")
    } else if (!(to in floor)) {
      complain("\"" header "\" belongs to no package of packages.tsv")
    } else if (to == "cmd" && from != "cmd") {
      complain(from " includes cmd/: nothing may")
    } else if (to == "tests" && from != "tests") {
      complain(from " includes tests/: nothing may")
    } else if (from != to && floor[to] >= floor[from] && index(" " beside[from] " ", " " to " ") == 0) {
      complain(from " (floor " floor[from] ") may not include " to " (floor " floor[to] ")")
    }
  }

  function check_angle(from, header,   name) {
    if (header !~ /[.\/]/) return                                   # <vector>
    if (header ~ /^(sys|net|netinet|arpa|linux|asm|bits)\// ) return  # the operating system
    if (header ~ /^(gtest|gmock)\//) {
      if (!is_test(file)) complain("<" header "> outside a test")
      return
    }
    name = library_of(header)
    if (name == "") {
      if (header ~ /\//) complain("<" header "> is of a library that packages.tsv does not know")
    } else if (shown_by(name, file)) {
      return
    } else if (!allowed(from, name)) {
      complain("<" header "> (" name "): " from " may not use it here")
    } else if (file in exposed) {
      complain("<" header "> (" name ") in a header that other packages see")
    }
  }

  BEGIN {
    FS = "\t"
    while ((getline < table) > 0) {
      if ($1 == "package") {
        floor[$3] = $2 + 0
        beside[$3] = $4
        uses[$3] = $5
      } else if ($1 == "library") {
        library[++libraries] = $2
        prefixes[libraries] = $3
        shows[$2] = $4
      }
    }
    FS = " "
    if (libraries == 0) { print "no table: " table; bad++ }
  }

  { seen++; files[seen] = $1; numbers[seen] = $2; kinds[seen] = $3; names[seen] = $4 }

  END {
    if (seen == 0) { print "no includes found: wrong folder?"; bad++ }
    find_exposed()
    for (i = 1; i <= seen; i++) {
      file = files[i]; line = numbers[i]
      from = package_of(file)
      if (!(from in floor)) complain("package " from " is not in packages.tsv")
      else if (kinds[i] == "own") check_own(from, names[i])
      else check_angle(from, names[i])
    }
    printf "%d includes, %d violations\n", seen, bad
    exit bad > 0
  }'
