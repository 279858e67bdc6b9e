// main.mjs FOLDER [--only TARGET,…] [--document]: runs all scenarios, one after the other, and prints what came of them.
// Every run is one line of JSON in FOLDER/bench/results.jsonl.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";

import { budgets } from "./budgets.mjs";
import { document } from "./document.mjs";
import { machine } from "./machine.mjs";
import { profiled, toProfile } from "./misses.mjs";
import { readOptions, UsageError } from "./options.mjs";
import { output, stop } from "./processes.mjs";
import { scenarios } from "./scenarios.mjs";
import { starts, startPrograms } from "./starts.mjs";
import { systemCalls } from "./system_calls.mjs";
import { report } from "./tables.mjs";
import { counted, targets } from "./targets.mjs";

function readWords() {
  try {
    return readOptions(process.argv.slice(2), process.env, [...Object.keys(targets), ...Object.keys(startPrograms)]);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`bench: ${error.message}\n`);
    process.exit(2);
  }
}

// One run of the driver against what was started.
async function drive(place, up, scenario, more = []) {
  const words = [up.url, "--label", scenario.kind, "--pid", up.pid, "--tool", up.tool, "--arguments", up.arguments];
  for (const header of up.headers ?? []) words.push("--header", header);
  if (up.raw) words.push("--raw");
  if (up.insecure) words.push("--insecure");
  // The last of two options of one name counts.
  const line = await output(join(place.build, "mcp-bench-driver"), [...words, ...scenario.driver, ...more].map(String));
  return JSON.parse(line);
}

async function runOne(place, up, scenario) {
  if (scenario.kind === "calls to the system") return systemCalls(up, () => drive(place, up, scenario));
  if (scenario.kind === "allocations") return drive(place, up, scenario, ["--allocations", up.counter]);
  return drive(place, up, scenario);
}

async function startOne(place, scenario) {
  if (scenario.kind !== "allocations") return targets[scenario.target].start(place);
  const counter = join(place.folder, `allocations-${scenario.target}-${scenario.era}`);
  return { ...(await counted(place, scenario.target, counter)), counter };
}

// A target is started once for all its plain runs; runs that look at memory or count get one of their own.
async function runAll(place, list, onResult) {
  let up = null;
  let upFor = null;
  const end = async () => {
    for (const started of up?.also ?? []) await stop(started);
    up = upFor = null;
  };
  for (const scenario of list) {
    const key = scenario.fresh || scenario.kind === "allocations" ? scenario : scenario.target;
    const { driver, ...facts } = scenario;
    try {
      if (upFor !== key) {
        await end();
        up = await startOne(place, scenario);
        upFor = key;
      }
      onResult({ ...facts, what: targets[scenario.target].what, ...(await runOne(place, up, scenario)) });
    } catch (error) {
      await end();
      onResult({ ...facts, what: targets[scenario.target].what, skipped: error.message });
    }
  }
  await end();
}

const options = readWords();
const { mode } = options;
const place = { build: options.build, folder: mkdtempSync(join(tmpdir(), "mcp-bench-")) };
const facts = machine(place.build);
const results = [];

// What each missed budget's target does with its time, and the target that the budget speaks of beside it.
async function profileMisses(place) {
  for (const wanted of toProfile(budgets(results), mode)) {
    let up = null;
    try {
      up = await targets[wanted.target].start(place);
      results.push({ ...wanted.facts, ...(await profiled(place, up, (more) => drive(place, up, wanted, more))) });
    } catch (error) {
      results.push({ ...wanted.facts, skipped: error.message });
    }
    for (const started of up?.also ?? []) await stop(started);
    const { what, sessions, era, skipped } = results.at(-1);
    process.stderr.write(`bench: profile of ${what}, ${era}, ${sessions} sessions${skipped ? `: skipped: ${skipped}` : ""}\n`);
  }
}
const began = Date.now();
try {
  // First, while nothing else of ours runs.
  await starts(mode, place, options.only, (result) => {
    results.push(result);
    const times = Object.entries(result.ways ?? {}).map(([way, { min_us, median_us }]) => `${way} ${Math.round(min_us)} µs (median ${Math.round(median_us)})`);
    process.stderr.write(`bench: ${result.target}: ${result.skipped ? `skipped: ${result.skipped}` : times.join(", ")}\n`);
  });
  const list = scenarios(mode, targets, options.only);
  await runAll(place, list, (result) => {
    results.push(result);
    const told = result.skipped
      ? `skipped: ${result.skipped}`
      : `${Math.round(result.calls_per_second)} calls/s, ${result.cpu_us_per_call.all} µs CPU a call, ${result.errors} errors`;
    const name = [result.target, result.kind, result.era, `${result.sessions} sessions`].join(", ");
    process.stderr.write(`bench: ${results.length}/${list.length} ${name}: ${told}\n`);
  });
  await profileMisses(place);
} finally {
  rmSync(place.folder, { recursive: true, force: true });
}
const run = { mode, only: options.only, machine: { ...facts, load_at_end: loadavg()[0].toFixed(1) }, seconds: Math.round((Date.now() - began) / 1000), results };
run.budgets = budgets(results);
const folder = join(options.build, "bench");
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "results.jsonl"), results.map((line) => JSON.stringify(line) + "\n").join(""));
writeFileSync(join(folder, "run.json"), JSON.stringify(run));
process.stdout.write(report(run));
if (options.document) document(run);
