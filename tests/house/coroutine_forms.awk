# Finds forbidden coroutine forms in C++ sources. Not a parser: it knows brackets, statements and a few words, which
# suffices for code formatted by clang-format. Prints "file:line: what" and ends with status 1 when it found any.

function complain(at, text) {
  printf "%s:%d: %s\n", file, line_of(at), text
  bad++
}

function line_of(at,   n, i) {
  n = 1
  for (i = 1; i < lines && line_start[i + 1] <= at; i++) n = i + 1
  return n
}

function is_word(c) { return c ~ /[A-Za-z0-9_]/ }
function blank(count,   s) { s = sprintf("%" count "s", ""); return s }

# The source with comments and the contents of literals replaced by blanks; same length, so that positions stay.
function strip(s,   out, i, c, two, end, close_mark, open, k) {
  out = ""
  while (match(s, /\/\/|\/\*|R"|"|'/)) {
    two = substr(s, RSTART, RLENGTH)
    i = RSTART
    out = out substr(s, 1, i - 1)
    s = substr(s, i)
    if (two == "//") {
      end = index(s, "\n") - 1
      if (end < 0) end = length(s)
    } else if (two == "/*") {
      end = index(substr(s, 3), "*/")
      end = end ? end + 3 : length(s)
    } else if (two == "R\"") {
      open = index(s, "(")
      close_mark = ")" substr(s, 3, open - 3) "\""
      end = index(substr(s, open), close_mark)
      end = end ? open + end + length(close_mark) - 2 : length(s)
    } else if (two == "'" && out ~ /[0-9]$/) {
      end = 1  # a digit separator
    } else {
      for (k = 2; k <= length(s); k++) {
        c = substr(s, k, 1)
        if (c == "\\") k++
        else if (c == two || c == "\n") break
      }
      end = k
    }
    out = out keep_newlines(substr(s, 1, end), two)
    s = substr(s, end + 1)
  }
  return out s
}

# Blanks of the same length. A literal leaves a "0", so that it still is an expression.
function keep_newlines(s, kind,   n, i, part, out) {
  n = split(s, part, "\n")
  out = ""
  for (i = 1; i <= n; i++) out = out (i > 1 ? "\n" : "") blank(length(part[i]))
  if (kind != "//" && kind != "/*") out = "0" substr(out, 2)
  return out
}

# Where the previous character that is no blank stands, before `at`; 0 when there is none.
function before(at) {
  for (at--; at > 0 && ch[at] ~ /[ \t\n]/; at--) {}
  return at
}
function after(at) {
  for (at++; at <= size && ch[at] ~ /[ \t\n]/; at++) {}
  return at
}
# The word that ends at `at`.
function word_ending(at,   start) {
  for (start = at; start > 0 && is_word(ch[start]); start--) {}
  return substr(text, start + 1, at - start)
}

# Is the "{" at `at` the beginning of a value (T{…}, f({…}), = {…}) and not of a block?
function opens_value(at,   prev) {
  if (is_word(ch[at - 1]) || ch[at - 1] == ">") return 1
  prev = before(at)
  if (prev == 0) return 0
  if (ch[prev] ~ /[(,=?]/) return 1
  return word_ending(prev) ~ /^(return|co_return|co_await|co_yield)$/
}

# Is the "[" at `at` the beginning of a lambda, and of one that captures?
function captures(at,   prev) {
  if (ch[at + 1] == "[" || ch[at - 1] == "[") return 0  # an attribute
  if (ch[after(at)] == "]") return 0
  prev = before(at)
  if (is_word(ch[prev]) || ch[prev] ~ /[])]/) return word_ending(prev) ~ /^(return|co_return|co_await)$/
  if (ch[prev] == "&") {  # auto& [a, b]
    while (ch[prev] == "&") prev = before(prev)
    return word_ending(prev) != "auto"
  }
  return 1
}

# The first character of the statement that holds position `at`.
function statement_start(at,   i, depth, next_one) {
  depth = 0
  for (i = at - 1; i > 0; i--) {
    if (ch[i] ~ /[])]/) depth++
    else if (ch[i] ~ /[[(]/) depth--
    else if (ch[i] == "}") {
      next_one = ch[after(i)]
      if (depth <= 0 && next_one !~ /[),.(-]/) return i + 1
      depth++
    } else if (ch[i] == "{") {
      if (depth <= 0 && !opens_value(i)) return i + 1
      depth--
    } else if (ch[i] == ";" && depth <= 0) return i + 1
  }
  return 1
}

# The last character of the statement: its ";", or the ")" that ends the head of if, while, for, switch.
function statement_end(at,   i, depth, open) {
  depth = 0
  for (i = at; i <= size; i++) {
    if (ch[i] ~ /[[({]/) depth++
    else if (ch[i] ~ /[])}]/) {
      if (--depth < 0) {
        open = matching_open(i)
        if (ch[i] == ")" && word_ending(before(open)) ~ /^(if|while|for|switch|constexpr)$/) return i
        if (ch[i] == "}" && !opens_value(open)) return i
        depth = 0
      }
    } else if (ch[i] == ";" && depth == 0) return i
  }
  return size
}

function matching_open(at,   i, depth) {
  depth = 0
  for (i = at; i > 0; i--) {
    if (ch[i] ~ /[])}]/) depth++
    else if (ch[i] ~ /[[({]/ && --depth == 0) return i
  }
  return 1
}
function matching_close(at,   i, depth) {
  depth = 0
  for (i = at; i <= size; i++) {
    if (ch[i] ~ /[[({]/) depth++
    else if (ch[i] ~ /[])}]/ && --depth == 0) return i
  }
  return size
}

function check_await(at,   from, to, i) {
  from = statement_start(at)
  to = statement_end(at)
  for (i = from; i <= to; i++) {
    if (ch[i] == "[" && captures(i)) {
      complain(i, "a capturing lambda in a statement with co_await: name it first")
      return
    }
    if (ch[i] == "{") {
      complain(i, "a brace-initialised temporary (or a lambda's body) in a statement with co_await: name it first")
      return
    }
  }
}

# The parameters between `open` and its ")" of something that returns a Task.
function check_parameters(open,   close_at, i, depth, start) {
  close_at = matching_close(open)
  depth = 0
  start = open + 1
  for (i = open + 1; i <= close_at; i++) {
    if (i == close_at || (ch[i] == "," && depth == 0)) {
      check_parameter(substr(text, start, i - start), start)
      start = i + 1
    } else if (ch[i] ~ /[[({<]/) depth++
    else if (ch[i] ~ /[])}>]/) depth--
  }
  return close_at
}

function check_parameter(parameter, at) {
  sub(/=.*/, "", parameter)
  while (ch[at] ~ /[ \t\n]/) at++
  # What std::function takes by reference is that function's own matter.
  gsub(/<[^<>]*>/, "<>", parameter)
  gsub(/<[^<>]*<>[^<>]*>/, "<>", parameter)
  if (parameter ~ /&&/) complain(at, "a coroutine takes its parameters by value, not by &&")
  else if (parameter ~ /(^|[^A-Za-z0-9_])const[^A-Za-z0-9_].*&/) complain(at, "a coroutine takes its parameters by value, not by const &")
  else if (parameter ~ /(^|[^A-Za-z0-9_])(string_view|span)([^A-Za-z0-9_]|$)/) complain(at, "a coroutine takes a string, not a view")
}

function check_arrays(open,   close_at, body) {
  close_at = matching_close(open)
  body = substr(text, open, close_at - open)
  if (body !~ /co_await|co_return|co_yield/) return
  if (match(body, /[ (](char|std::byte|unsigned char|std::uint8_t|uint8_t|int)[ \n]+[A-Za-z_0-9]+\[|std::array</))
    complain(open + RSTART, "an array in a coroutine's frame: use a string or a vector")
}

# A Task<…> at `at` (on its "<"): a declaration, a definition, a function type, or the return type of a lambda.
function check_task(at,   i, depth, prev, open) {
  depth = 0
  for (i = at; i <= size; i++) {
    if (ch[i] == "<") depth++
    else if (ch[i] == ">" && ch[i - 1] != "-" && --depth == 0) break
    else if (ch[i] ~ /[;{]/) return
  }
  # -> Task<…>: a lambda or a trailing return type
  for (prev = at - 1; prev > 0 && ch[prev] ~ /[A-Za-z0-9_:]/; prev--) {}
  prev = before(prev + 1)
  if (prev > 1 && ch[prev] == ">" && ch[prev - 1] == "-") {
    check_trailing(before(prev - 1), i)
    return
  }
  i = after(i)
  while (i <= size && ch[i] ~ /[A-Za-z0-9_:~]/) i++
  if (ch[i] ~ /[ \t\n]/) i = after(i)
  if (ch[i] != "(") return
  open = after(check_parameters(i))
  while (is_word(ch[open])) {  # const, override, final, noexcept
    while (is_word(ch[open])) open++
    if (ch[open] ~ /[ \t\n]/) open = after(open)
  }
  if (ch[open] == "{") check_arrays(open)
}

function check_trailing(close_at, type_end,   open, prev, body) {
  while (is_word(ch[close_at])) {  # mutable, noexcept
    while (is_word(ch[close_at])) close_at--
    if (ch[close_at] ~ /[ \t\n]/) close_at = before(close_at)
  }
  if (ch[close_at] == ")") {
    open = matching_open(close_at)
    check_parameters(open)
    close_at = before(open)
  }
  body = after(type_end)
  if (ch[body] != "{") return
  check_arrays(body)
  if (ch[close_at] == "]" && captures(matching_open(close_at)) && substr(text, body, matching_close(body) - body) ~ /co_await|co_return/)
    complain(close_at, "a lambda coroutine with captures: write a named function")
}

# [&] in a lambda that starts an operation runs later, when its references are gone.
function check_initiation(at,   from, to, i) {
  from = statement_start(at)
  to = statement_end(at)
  for (i = from; i <= to; i++)
    if (ch[i] == "[" && captures(i) && substr(text, i, matching_close(i) - i) ~ /&/) {
      complain(i, "an initiation lambda captures by value")
      return
    }
}

function check_file(   i, k, rest, at, last, where) {
  text = strip(text)
  size = length(text)
  split("", ch)
  for (i = 1; i <= size; i++) ch[i] = substr(text, i, 1)
  files++
  last = -1
  for (at = 1; (k = index(substr(text, at), "co_await")) > 0; at += k + 7) {
    where = at + k - 1
    if (is_word(ch[where - 1]) || is_word(ch[where + 8])) continue
    if (where > last) {
      check_await(where)
      last = statement_end(where)
    }
    awaits++
  }
  for (at = 1; match(substr(text, at), /(Task|awaitable)</); at = where) {
    k = at + RSTART - 1
    where = k + RLENGTH
    if (!is_word(ch[k - 1])) check_task(where - 1)
  }
  for (at = 1; (k = index(substr(text, at), "async_initiate")) > 0; at += k + 13) check_initiation(at + k - 1)
}

FNR == 1 {
  if (file != "") check_file()
  file = FILENAME
  text = ""
  lines = 0
}
{
  line_start[++lines] = length(text) + 1
  text = text ($0 ~ /^[ \t]*#/ && $0 !~ /^[ \t]*#[ \t]*define/ ? blank(length($0)) : $0) "\n"
}
END {
  if (file != "") check_file()
  printf "%d files, %d co_await, %d violations\n", files, awaits, bad
  exit bad > 0
}
