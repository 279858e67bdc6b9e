// Tables, budgets, plots and the document, from a run that is made up.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { budgets, heldPerResult } from "./budgets.mjs";
import { fill } from "./document.mjs";
import { charts } from "./plot.mjs";
import { scenarios } from "./scenarios.mjs";
import { report, sections, table } from "./tables.mjs";
import { targets } from "./targets.mjs";

const latency = { p50: 100, p95: 200, p99: 300, max: 400 };
const held = { rss_kb: 20480, pss_kb: 10240, peak_rss_kb: 30720, processes: 2 };

function line(target, era, sessions, more = {}) {
  return {
    kind: "load", target, era, sessions, what: targets[target].what, calls: 1000, calls_per_second: 1000, errors: 0,
    cpu_us_per_call: { own: 10, servers: 1, all: 11 }, start_us: latency, own: held, own_before: held, servers: held,
    groups: [{ name: "load", calls_per_second: 1000, latency_us: latency }], driver_was_late: false, ...more,
  };
}

const find = (list, text) => list.find(({ what }) => what.startsWith(text));

function made(results) {
  const machine = { cpu: "<cpu>", cores: 2, memory_gb: 4, kernel: "6.1", distribution: "d", compiler: "c", node: "v22", mcp: "mcp 1", load_at_end: "0.1" };
  return { mode: "quick", seconds: 1, machine, results, budgets: budgets(results) };
}

test("a budget passes at its bound, misses beyond it, and is no verdict when a part was not run", () => {
  const nginx = line("nginx-static", "legacy", 64, { cpu_us_per_call: { own: 10, all: 10 } });
  const echo = (all) => line("http-core", "legacy", 64, { cpu_us_per_call: { own: all, all } });
  const verdict = (...results) => find(budgets(results), "echo over HTTP").verdict;
  assert.equal(verdict(nginx, echo(11.5)), "PASS");
  assert.equal(verdict(nginx, echo(11.6)), "miss");
  assert.equal(verdict(echo(1)), "not run");
  assert.equal(verdict(nginx, { ...echo(1), skipped: "why" }), "not run");
});

test("a lower bound is one", () => {
  const verdict = (rate) => find(budgets([line("native", "modern", 16, { calls_per_second: rate })]), "native stdio server, 16 modern sessions, calls").verdict;
  assert.equal(verdict(25_000), "PASS");
  assert.equal(verdict(24_999), "miss");
});

test("memory of fewer streams than the budget speaks of is reckoned", () => {
  const own = (kb) => ({ own: { ...held, pss_kb: kb } });
  const gateway = line("native", "legacy", 64, own(10_240));
  const idle = (streams, kb) => ({ ...line("native", "legacy", 1, own(kb)), kind: "idle streams", era: "modern", streams });
  const figure = (...results) => find(budgets(results), "memory (PSS) with 10000 idle modern").figure;
  assert.equal(figure(gateway, idle(10_000, 61_440)), 60);
  assert.equal(figure(gateway, idle(5_000, 35_840)), 60);
});

test("what a large result holds is counted per result in flight", () => {
  const size = 1 << 20;
  assert.equal(heldPerResult({ own: { peak_rss_kb: 3072 }, own_before: { rss_kb: 1024 }, sessions: 2, size }), 1);
});

test("every scenario is of a target, and quick ones are some of the full ones' kinds", () => {
  for (const mode of ["quick", "full"]) {
    const list = scenarios(mode, targets, []);
    assert.ok(list.length > 30);
    for (const scenario of list) assert.ok(targets[scenario.target].eras.includes(scenario.era) || scenario.kind === "idle streams");
  }
  assert.ok(scenarios("quick", targets, ["native"]).every(({ target }) => target === "native"));
});

test("tables have as many cells as their head", () => {
  const run = made([line("native", "legacy", 64), line("nginx-static", "legacy", 64)]);
  for (const block of report(run).split("\n\n")) {
    const widths = new Set(block.split("\n").filter((row) => row.startsWith("|")).map((row) => row.split(" | ").length));
    assert.ok(widths.size <= 1, block);
  }
  assert.equal(table(["a"], [["b"]]), "| a |\n| --- |\n| b |\n");
});

test("starts are compared with plain ones, and their budgets are held", () => {
  const ways = (sandbox) => ({ posix_spawn: { min_us: 1000, median_us: 1100 }, sandbox: { min_us: sandbox, median_us: 3500 } });
  const start = (target, sandbox) => ({ kind: "start", target, what: target, ways: ways(sandbox) });
  const verdicts = (...results) => budgets(results).slice(-2).map(({ verdict }) => verdict);
  assert.deepEqual(verdicts(start("start-echo", 3000), start("start-node", 1100)), ["PASS", "PASS"]);
  assert.deepEqual(verdicts(start("start-echo", 3011), start("start-node", 1111)), ["miss", "miss"]);
  assert.deepEqual(verdicts({ ...start("start-echo", 1), ways: undefined, skipped: "why" }), ["not run", "not run"]);
  assert.match(sections.starts(made([start("start-echo", 3000)])), /\| start-echo \| 1\.00 \| 1\.10 \| 3\.00 \| 3\.50 \| 2\.00 \| – \| – \|/);
});

test("the document has a place for everything, and filling it twice changes nothing more", () => {
  const text = readFileSync(new URL("../../docs/performance.md", import.meta.url), "utf8");
  for (const name of [...Object.keys(sections), "skipped"]) assert.ok(text.includes(`<!-- bench:${name} -->`), name);
  const run = made([line("native", "legacy", 64), line("tls", "legacy", 1, { skipped: "no such key" })]);
  const once = fill(text, run);
  assert.equal(fill(once, run), once);
  assert.match(once, /not run: … over TLS, load, legacy, 1 sessions: no such key/);
  assert.throws(() => fill("<!-- bench:nothing -->\n<!-- end -->", run), /nothing/);
  for (const name of Object.keys(charts(run))) assert.ok(text.includes(`(${name})`), name);
});

test("plots are SVG whose text is escaped", () => {
  const [svg] = Object.values(charts(made([line("native", "legacy", 64, { what: "mcp serve <&> it" })])));
  assert.match(svg, /^<svg [^]*<\/svg>\n$/);
  assert.match(svg, /mcp serve &lt;&amp;> it/);
});
