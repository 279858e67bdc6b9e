#!/usr/bin/env bash
# What `mcp completion` prints is taken by the real shells and by groff, and make install puts it in its place.
# completion_test.sh MCP INSTALL
set -euo pipefail
mcp=$1 install=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

fails() {
  echo "FAILED: $1"
  failures=$((failures + 1))
}

# completes EXPECTED WORD…: bash offers every word of EXPECTED for the last WORD, which is being typed.
completes() {
  local expected=$1 offered word
  shift
  offered=$(bash -c '
    source "$0"
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    "$(complete -p mcp | sed "s/.*-F \([^ ]*\) .*/\1/")" mcp
    printf "%s\n" "${COMPREPLY[@]}"' "$work/mcp.bash" "$@")
  for word in $expected; do
    grep -qxF -e "$word" <<<"$offered" || fails "$* does not offer $word, but: ${offered//$'\n'/ }"
  done
}

offers_only() {
  local expected=$1 offered
  shift
  offered=$(bash -c 'source "$0"; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _mcp; echo "${COMPREPLY[*]}"' "$work/mcp.bash" "$@")
  [[ $offered == "$expected" ]] || fails "$* offers \"$offered\", not \"$expected\""
}

"$mcp" completion bash >"$work/mcp.bash"
bash -n "$work/mcp.bash"
completes "serve call top config version completion" mcp ""
offers_only "serve" mcp ser
completes "check show import" mcp config ""
completes "--origin --json --config" mcp config show --
offers_only "auto legacy modern" mcp call --era ""
offers_only "legacy" mcp call --era l
completes "tools tool discover" mcp call ""
completes "bash zsh fish man" mcp completion ""
touch "$work/a.toml"
offers_only "$work/a.toml" mcp serve --config "$work/a"
offers_only "$work/a.toml" mcp config check "$work/a"
mkdir "$work/state"
offers_only "$work/state" mcp serve --state-dir "$work/"
completes "bash" mcp serve -- bas

for shell in zsh fish; do
  "$mcp" completion "$shell" >"$work/mcp.$shell"
  if command -v "$shell" >/dev/null; then "$shell" -n "$work/mcp.$shell" || fails "$shell refuses its script"; fi
done

DESTDIR=$work/root "$install" "$(dirname "$mcp")" /usr >"$work/said"
for file in bin/mcp share/bash-completion/completions/mcp share/zsh/site-functions/_mcp \
  share/fish/vendor_completions.d/mcp.fish share/man/man1/mcp.1 share/man/man1/mcp-call.1 share/man/man1/mcp-config-check.1; do
  [[ -s $work/root/usr/$file ]] || fails "make install puts no $file"
done
cmp -s "$work/mcp.bash" "$work/root/usr/share/bash-completion/completions/mcp" || fails "another script is installed"

if command -v groff >/dev/null; then
  for page in "$work"/root/usr/share/man/man1/*.1; do
    warnings=$(groff -Kutf8 -man -Tutf8 -ww -z "$page" 2>&1)
    [[ -z $warnings ]] || fails "$page: $warnings"
  done
  text=$(groff -Kutf8 -man -Tascii -P-cbou "$work/root/usr/share/man/man1/mcp-call.1" 2>/dev/null)
  for part in "mcp-call - Call one MCP server" "EXIT STATUS" "--json-args" "SEE ALSO"; do
    grep -qF -e "$part" <<<"$text" || fails "mcp-call.1 does not say: $part"
  done
fi

exit $((failures > 0))
