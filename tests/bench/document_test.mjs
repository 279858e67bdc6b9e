// Tables, budgets, plots and the document, from a run that is made up.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { budgets, heldPerResult } from "./budgets.mjs";
import { document, fill, gaps } from "./document.mjs";
import { groupOf, missesText, readSamples, short, summary, toProfile } from "./misses.mjs";
import { table } from "./markdown.mjs";
import { charts } from "./plot.mjs";
import { scenarios } from "./scenarios.mjs";
import { planned, report, sections } from "./tables.mjs";
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
  const verdicts = (...results) => budgets(results).slice(-3).map(({ verdict }) => verdict);
  const three = (echo, native, node) => verdicts(start("start-echo", echo), start("start-native", native), start("start-node", node));
  assert.deepEqual(three(3000, 6000, 1100), ["PASS", "PASS", "PASS"]);
  assert.deepEqual(three(3011, 6011, 1111), ["miss", "miss", "miss"]);
  assert.deepEqual(verdicts({ ...start("start-echo", 1), ways: undefined, skipped: "why" }), ["not run", "not run", "not run"]);
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

// A run of everything that a mode plans.
function whole(mode) {
  const results = planned(mode).map((facts) => {
    if (facts.kind === "start") return { ...facts, ways: { posix_spawn: { min_us: 1, median_us: 1 }, sandbox: { min_us: 2, median_us: 2 } } };
    return { ...line(facts.target, facts.era, facts.sessions), allocations_per_call: 1, system_calls_per_call: { read: 1 }, streams_held: 1, ...facts };
  });
  return { ...made(results), mode };
}

const page = () => readFileSync(new URL("../../docs/performance.md", import.meta.url), "utf8");

test("a page of a whole run has no gaps, and says that everything was run", () => {
  for (const mode of ["full", "quick"]) {
    const text = fill(page(), whole(mode));
    assert.deepEqual(gaps(text, mode), []);
    assert.match(text, /Everything was run\./);
  }
});

test("a page without the rows of a run has a gap, unless it names what was not run", () => {
  for (const lost of ["start-echo", "work", "upstream"]) {
    const run = whole("full");
    run.results = run.results.filter(({ target }) => target !== lost);
    const text = fill(page(), run);
    assert.doesNotMatch(text, /Everything was run/);
    assert.deepEqual(gaps(text, "full"), [], "it is named");
    const silent = text.replace(/^- not run: .*\n/gm, "");
    assert.ok(gaps(silent, "full").length > 0, lost);
  }
  const empty = fill(page(), whole("full")).replace(/(<!-- bench:starts -->\n(?:\|.*\n){2})[^]*?(<!-- end -->)/, "$1$2");
  assert.ok(gaps(empty, "full").includes("section starts is empty"));
});

test("a run of some targets is no page", () => assert.throws(() => document({ ...whole("quick"), only: ["native"] }), /native alone/));

test("the page that stands in docs has no gaps that it does not name", () => {
  const mode = /`BENCH=(\w+)`/.exec(page())[1];
  assert.deepEqual(gaps(page(), mode), []);
});

test("a sample is of whom its code is", () => {
  const of = (dso, symbol, kernel = false) => groupOf({ dso, symbol, kernel }, "mcp");
  assert.equal(of("[kernel.kallsyms]", "tcp_sendmsg", true), "kernel");
  assert.equal(of("[vdso]", "__vdso_clock_gettime"), "kernel");
  assert.equal(of("libc.so.6", "_int_malloc"), "allocator");
  assert.equal(of("libc.so.6", "cfree@GLIBC_2.2.5"), "allocator");
  assert.equal(of("libstdc++.so.6.0.30", "operator new(unsigned long)"), "allocator");
  assert.equal(of("libc.so.6", "__memmove_evex_unaligned_erms"), "libc and libstdc++");
  assert.equal(of("libcrypto.so.3", "0x0000000000123"), "third party");
  assert.equal(of("mcp", "boost::asio::detail::scheduler::run(boost::system::error_code&)"), "third party");
  assert.equal(of("mcp", "void std::vector<mcp::Bytes>::_M_realloc_insert<mcp::Bytes>()"), "libc and libstdc++");
  assert.equal(of("mcp", "mcp::json::scan(boost::string_view)"), "our code");
  assert.equal(of("mcp-native-echo", "main"), "our code");
});

test("perf's table is read, and shares are of all samples", () => {
  const list = readSamples("# Overhead|Samples|Shared Object|Symbol\n 75.00%|3|[kernel.kallsyms]|[k] read\n 25.00%|1|mcp|[.] mcp::f\n");
  const { shares, top, samples } = summary(list, "mcp");
  assert.equal(samples, 4);
  assert.deepEqual(shares, { kernel: 0.75, "libc and libstdc++": 0, allocator: 0, "third party": 0, "our code": 0.25 });
  assert.deepEqual(top[0], { symbol: "read", group: "kernel", share: 0.75 });
  assert.throws(() => summary([], "mcp"), /no samples/);
  assert.equal(short("mcp::gateway::Account::ended(mcp::server::Call&, mcp::Outcome const&)"), "mcp::gateway::Account::ended");
});

test("a missed budget is profiled once, beside what it is compared with, and explained", () => {
  const load = (target, all) => line(target, "legacy", 64, { cpu_us_per_call: { own: all, all } });
  const results = [load("nginx-static", 10), load("builtin", 31), load("secured", 31), line("native", "modern", 16, { calls_per_second: 1 })];
  const wanted = toProfile(budgets(results), "full");
  assert.deepEqual(wanted.map(({ target }) => target), ["builtin", "nginx-static", "secured", "native"]);
  const profile = (shares) => ({ samples: 100, top: [{ symbol: "f", group: "kernel", share: 0.5 }], shares: { "libc and libstdc++": 0, allocator: 0, "third party": 0, ...shares } });
  results.push({ ...results[0], kind: "profile", profile: profile({ kernel: 0.9, "our code": 0.1 }) });
  results.push({ ...results[1], kind: "profile", profile: profile({ kernel: 0.5, "our code": 0.5 }) });
  const text = missesText(made(results));
  // The excess: 31 * 0.5 - 10 * 0.9 = 6.5 in the kernel, 31 * 0.5 - 10 * 0.1 = 14.5 in ours.
  assert.match(text, /… the excess \| 6\.5 \| 0\.0 \| 0\.0 \| 0\.0 \| 14\.5 \| 21\.0 \| 31 %/);
  assert.match(text, /… with a token checked .* no profile was taken/);
  assert.match(text, /\| `f` \| kernel \| 50\.0 % \|/);
  assert.equal(missesText({ budgets: [], results: [] }), "No budget was missed.\n");
});

test("plots are SVG whose text is escaped", () => {
  const [svg] = Object.values(charts(made([line("native", "legacy", 64, { what: "mcp serve <&> it" })])));
  assert.match(svg, /^<svg [^]*<\/svg>\n$/);
  assert.match(svg, /mcp serve &lt;&amp;> it/);
});
