# Sourced: runs the official suites against a URL and judges what they wrote.
#   run_suite NAME PACKAGE WANTED ARGS…   NAME: of the report; PACKAGE: folder in node_modules; WANTED: scenarios
#   that must pass. Needs $node, $modules, $url, $work, and $allowed_warnings (check ids that may warn, or empty).
# shellcheck shell=bash

# The scenarios that passed and failed, warnings, by the checks.json files of one run. `scored`: names, or empty for all.
judge='
const fs = require("fs"), path = require("path");
const [dir, wanted, scoredFile, allowed] = process.argv.slice(1);
const scored = scoredFile ? new Set(fs.readFileSync(scoredFile, "utf8").split("\n").filter(Boolean)) : null;
const ok = (allowed || "").split(" ").filter(Boolean);
let passed = 0, bad = 0;
for (const run of fs.readdirSync(dir)) {
  const file = path.join(dir, run, "checks.json");
  if (!fs.existsSync(file)) continue;
  const name = run.replace(/^server-/, "").replace(/-\d{4}-\d\d-\d\dT.*$/, "");
  const checks = JSON.parse(fs.readFileSync(file, "utf8"));
  const counts = !scored || scored.has(name);
  const failed = checks.filter(c => c.status === "FAILURE");
  const warned = checks.filter(c => c.status === "WARNING" && !ok.includes(c.id));
  if (counts && failed.length === 0) passed++;
  for (const c of counts ? failed.concat(warned) : warned) {
    bad++;
    console.log(`  ${name}: ${c.status} ${c.id}: ${c.errorMessage || c.description}`);
  }
}
console.log(`  ${passed} scenarios passed, ${wanted} wanted`);
process.exit(bad === 0 && passed >= Number(wanted) ? 0 : 1);
'

run_suite() {
  local name=$1 package=$2 wanted=$3
  shift 3
  echo "$name: $package $*"
  if ! "$node" "$modules/$package/dist/index.js" server --url "$url" "$@" -o "$work/$name" >"$work/$name.log" 2>&1; then
    echo "  the suite ended with an error:"
    grep -E '✗|FAIL|rror' "$work/$name.log" | head -40
    return 1
  fi
  "$node" -e "$judge" "$work/$name" "$wanted" "${scored:-}" "${allowed_warnings:-}"
}
