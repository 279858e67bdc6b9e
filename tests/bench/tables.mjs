// A run as Markdown.
import { heldPerResult } from "./budgets.mjs";
import { missesText } from "./misses.mjs";
import { number, table } from "./markdown.mjs";
import { omitted, scenarios } from "./scenarios.mjs";
import { startPrograms } from "./starts.mjs";
import { targets } from "./targets.mjs";

const ms = (us) => number(us / 1000, 2);
const mb = (kb) => number(kb / 1024, 1);

// Every run that a mode has: { kind, target, era, sessions, size?, what }.
export function planned(mode) {
  const loads = scenarios(mode, targets, []).map(({ driver, ...facts }) => ({ ...facts, what: targets[facts.target].what }));
  return [...Object.entries(startPrograms).map(([target, { what }]) => ({ kind: "start", target, what })), ...loads];
}

const kind = (run, wanted) => run.results.filter((line) => line.kind === wanted && !line.skipped);

export const budgetTable = (run) =>
  table(
    ["budget", "figure", "bound", ""],
    run.budgets.map(({ what, figure, unit, bound, verdict }) => [what, figure === null ? "–" : number(figure, 2) + unit, bound, verdict]),
  );

// It speaks no MCP: it has no eras.
export const isRaw = (target) => target.startsWith("nginx") || target === "http-core";

// Rows of what is never run, with the reason in the place of figures.
const omissions = (run) =>
  run.mode !== "full" || run.only?.length > 0
    ? []
    : omitted.map(({ target, era, sessions, why }) => [targets[target].what, era, sessions, `not run: ${why}`, ...Array(9).fill("–")]);

export const loadTable = (run) =>
  table(
    ["target", "era", "sessions", "calls/s", "p50 ms", "p95 ms", "p99 ms", "CPU µs a call: own", "… with servers", "start p95 ms", "RSS MB: own", "PSS MB: own", "errors"],
    kind(run, "load").map((line) => {
      const { latency_us: latency } = line.groups[0];
      const raw = isRaw(line.target);
      return [
        line.what, raw ? "–" : line.era, line.sessions, number(line.calls_per_second), ms(latency.p50), ms(latency.p95), ms(latency.p99),
        number(line.cpu_us_per_call.own, 1), number(line.cpu_us_per_call.all, 1), raw ? "–" : ms(line.start_us.p95),
        mb(line.own.rss_kb), mb(line.own.pss_kb), line.errors,
      ];
    }).concat(omissions(run)),
  );

export const startTable = (run) =>
  table(
    ["start", "posix_spawn min ms", "median", "sandbox min ms", "median", "added min ms", "bwrap min ms", "median"],
    kind(run, "start").map(({ what, ways }) => {
      const both = (way) => [ways[way] ? ms(ways[way].min_us) : "–", ways[way] ? ms(ways[way].median_us) : "–"];
      return [what, ...both("posix_spawn"), ...both("sandbox"), ms(ways.sandbox.min_us - ways.posix_spawn.min_us), ...both("bwrap")];
    }),
  );

export const costTable = (run) =>
  table(
    ["target", "era", "allocations a call"],
    kind(run, "allocations").map((line) => [line.what, line.era, number(line.allocations_per_call, 1)]),
  ) +
  "\n" +
  table(
    ["target", "era", "sessions", "calls to the kernel per call"],
    kind(run, "calls to the system").map((line) => {
      const counts = Object.entries(line.system_calls_per_call);
      const sum = counts.reduce((all, [, count]) => all + count, 0);
      return [line.what, line.era, line.sessions, `${number(sum, 1)}: ${counts.map(([name, count]) => `${name} ${count}`).join(", ")}`];
    }),
  );

export const openTable = (run) =>
  table(
    ["load", "calls/s meant", "calls/s", "p50 ms", "p95 ms", "p99 ms", "max ms", "driver late"],
    ["open loop", "polite alone", "polite beside greedy"].flatMap((name) =>
      kind(run, name).flatMap((line) =>
        line.groups.map((group) => {
          const role = line.groups.length > 1 ? `: ${group.name === "greedy" ? "the greedy one" : "the 15 polite ones"}` : "";
          const who = `${name}, ${line.what}${role}`;
          const { latency_us: latency } = group;
          return [who, group.rate ? number(group.rate) : "as many as it can", number(group.calls_per_second), ms(latency.p50), ms(latency.p95), ms(latency.p99), ms(latency.max), line.driver_was_late ? "yes" : "no"];
        }),
      ),
    ),
  );

export const memoryTable = (run) =>
  table(
    ["held", "own PSS MB", "own RSS MB", "KB each", "still open"],
    kind(run, "idle streams").map((line) => [
      `${number(line.streams)} idle ${line.era} streams`, mb(line.own.pss_kb), mb(line.own.rss_kb), number(line.own.pss_kb / line.streams, 1), number(line.streams_held),
    ]),
  ) +
  "\n" +
  table(
    ["results", "era", "in flight, held", "results/s", "MB/s", "peak RSS MB: own", "× its size per result in flight"],
    kind(run, "large").map((line) => [
      `${line.size >> 20} MB`, line.era, line.sessions, number(line.calls_per_second, 1), number((line.calls_per_second * line.size) / 2 ** 20),
      mb(line.own.peak_rss_kb), number(heldPerResult(line), 2),
    ]),
  );

export function machineText({ machine, mode, seconds }) {
  return (
    `${machine.cores} cores of ${machine.cpu}, ${machine.memory_gb} GB, Linux ${machine.kernel}, ${machine.distribution}; ${machine.mcp}, ` +
    `${machine.compiler}, Node ${machine.node}. \`BENCH=${mode}\`, ${seconds} s; load when it ended: ${machine.load_at_end}.\n`
  );
}

// Of a run.
export function nameOf({ what, kind: of, era, sessions, size }) {
  if (of === "start") return `${what}, start`;
  return `${what}, ${of}${size ? ` ${size >> 20} MB` : ""}, ${era}, ${sessions} sessions`;
}

// What was to be run and was not, each with the reason. Empty: everything was.
export function skippedText(run) {
  const lines = run.results.filter((line) => line.skipped).map((line) => `- not run: ${nameOf(line)}: ${line.skipped}\n`);
  const key = (line) => [line.kind, line.target, line.era, line.sessions, line.size].join();
  const there = new Set(run.results.map(key));
  for (const wanted of planned(run.mode)) {
    if (!there.has(key(wanted))) lines.push(`- not run: ${nameOf(wanted)}: left out of this run\n`);
  }
  return lines.join("");
}

export const sections = {
  machine: machineText,
  budgets: budgetTable,
  starts: startTable,
  loads: loadTable,
  costs: costTable,
  open: openTable,
  memory: memoryTable,
  misses: missesText,
};

export const report = (run) =>
  Object.entries(sections).map(([, make]) => make(run)).join("\n") + (skippedText(run) ? "\n" + skippedText(run) : "");
