// Judges one run of a conformance suite by the checks.json files that it wrote.
// node judge.mjs DIR WANTED [--scored FILE] [--expected FILE]
//   WANTED: scenarios that pass; FILE of --scored: the suite's requirements, whose `server:` list counts (else
//   all do). A warning fails the run too, scored or not, unless --expected (Markdown) names its check id in backticks.
import fs from 'node:fs'
import path from 'node:path'

const [dir, wanted, ...options] = process.argv.slice(2)
const option = (name) => (options.includes(name) ? options[options.indexOf(name) + 1] : undefined)

function scoredNames(file) {
  const names = new Set()
  let inServer = false
  for (const line of fs.readFileSync(file, 'utf8').split('\n')) {
    if (/^\S/.test(line)) inServer = line.startsWith('server:')
    const item = line.match(/^ {2}- (\S+)$/)
    if (inServer && item) names.add(item[1])
  }
  return names
}

const scored = option('--scored') && scoredNames(option('--scored'))
const expected = option('--expected') ? fs.readFileSync(option('--expected'), 'utf8') : ''
const isExpected = (check) => expected.includes('`' + check.id + '`')

let passed = 0
let bad = 0
for (const run of fs.readdirSync(dir)) {
  const file = path.join(dir, run, 'checks.json')
  if (!fs.existsSync(file)) continue
  const name = run.replace(/^server-/, '').replace(/-\d{4}-\d\d-\d\dT.*$/, '')
  const counts = !scored || scored.has(name)
  const checks = JSON.parse(fs.readFileSync(file, 'utf8'))
  const failures = checks.filter((check) => check.status === 'FAILURE')
  // A scenario in which nothing succeeded has shown nothing, unless --expected says why by its name in backticks.
  const shows = checks.some((check) => check.status === 'SUCCESS') || expected.includes('`' + name + '`')
  if (counts && failures.length === 0 && shows) passed++
  const warnings = checks.filter((check) => check.status === 'WARNING' && !isExpected(check))
  for (const check of [...(counts ? failures : []), ...warnings]) {
    bad++
    console.log(`  ${name}: ${check.status} ${check.id}: ${check.errorMessage ?? check.description}`)
  }
}
console.log(`  ${passed} scenarios passed, ${wanted} wanted`)
process.exit(bad === 0 && passed === Number(wanted) ? 0 : 1)
