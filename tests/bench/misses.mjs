// A missed budget is explained by where its target's time went: samples of the processor by `perf`, of the target's own
// processes and its servers while the same load runs, and beside them those of what the budget compares with.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { number, table } from "./markdown.mjs";
import { output } from "./processes.mjs";
import { targets } from "./targets.mjs";

const times = { full: { warm: 1, seconds: 4 }, quick: { warm: 0.3, seconds: 1 } };
const hertz = 1999; // not in step with anything
const topSymbols = 25;

// One profile for each target of a missed budget, at its load, and of what it is compared with: no target twice.
export function toProfile(budgets, mode) {
  const { warm, seconds } = times[mode];
  const wanted = new Map();
  for (const { verdict, profile } of budgets) {
    if (verdict !== "miss" || !profile) continue;
    for (const target of [profile.target, profile.against].filter(Boolean)) {
      const { era, sessions } = profile;
      const key = [target, era, sessions].join();
      const facts = { kind: "profile", target, era, sessions, what: targets[target].what };
      const driver = ["--era", era, "--sessions", sessions, "--warm-up", warm, "--seconds", seconds];
      if (!wanted.has(key)) wanted.set(key, { target, kind: "profile", driver, facts });
    }
  }
  return [...wanted.values()];
}

// A process and all that descend from it.
function tree(root) {
  const parents = new Map();
  for (const name of readdirSync("/proc").filter((entry) => /^[0-9]+$/.test(entry))) {
    try {
      // "pid (name) state ppid": the name may have anything in it.
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      // It has ended meanwhile.
    }
  }
  const found = [root];
  for (const pid of found) for (const [child, parent] of parents) if (parent === pid) found.push(child);
  return found;
}

export const groups = ["kernel", "libc and libstdc++", "allocator", "third party", "our code"];

const allocator = /^(__(libc_)?)?(malloc|calloc|realloc|free|cfree|memalign|posix_memalign|aligned_alloc)(@.*)?$|^_int_(malloc|free|realloc|memalign)|^(malloc|unlink|free)_(consolidate|chunk|perturb)|^(sysmalloc|systrim|tcache_)|^operator (new|delete)/;
const thirdParty = /\b(boost|simdjson|nlohmann|prometheus|spdlog|fmt|CLI|toml|tl)::/;
const library = /^(lib(c|m|gcc_s|stdc\+\+|pthread)|ld-linux-x86-64|libc|libm)[.-]/;

// Whose a sample is. `binary`: the file name of the target's own program. What an inlined function of a library costs
// stands with the function that it was inlined into: with ours, never the other way round. A template that our code makes
// an instance of belongs to its library (a `boost::`, or a `std::` by the first name of its symbol).
export function groupOf({ dso, symbol, kernel }, binary) {
  if (kernel || dso.startsWith("[")) return "kernel";
  if (allocator.test(symbol)) return "allocator";
  if (library.test(dso)) return "libc and libstdc++";
  if (dso !== binary && !dso.startsWith("mcp-")) return "third party";
  const name = symbol.replace(/^(void|bool|int|unsigned long|auto) /, "");
  const first = name.match(/^[\w:~]+/)?.[0] ?? "";
  if (thirdParty.test(first)) return "third party";
  if (/^(std|__gnu_cxx)::/.test(first)) return "libc and libstdc++";
  return "our code";
}

// perf's lines "12.34%|12345|libc.so.6|[.] name": [{ samples, dso, symbol, kernel }].
export function readSamples(text) {
  const list = [];
  for (const line of text.split("\n")) {
    const [, samples, dso, symbol] = line.split("|").map((cell) => cell.trim());
    if (!/^[0-9]+$/.test(samples ?? "") || symbol === undefined) continue;
    list.push({ samples: Number(samples), dso, symbol: symbol.replace(/^\[.\] /, ""), kernel: symbol.startsWith("[k]") });
  }
  return list;
}

// What of `samples` belongs to whom: { shares: { group: of 1 }, top: [{ symbol, group, share }], samples }.
export function summary(list, binary) {
  const all = list.reduce((sum, { samples }) => sum + samples, 0);
  if (all === 0) throw new Error("perf took no samples");
  const shares = Object.fromEntries(groups.map((name) => [name, 0]));
  for (const one of list) shares[groupOf(one, binary)] += one.samples / all;
  const top = list
    .toSorted((a, b) => b.samples - a.samples)
    .slice(0, topSymbols)
    .map((one) => ({ symbol: one.symbol, group: groupOf(one, binary), share: one.samples / all }));
  return { shares, top, samples: all };
}

// drive(): the load, once. Its result with the profile of what it was aimed at.
export async function profiled(place, up, drive) {
  const file = join(place.folder, "perf.data");
  const pids = tree(up.pid);
  const words = ["record", "-e", "cpu-clock", "-F", hertz, "-o", file, "-p", pids.join()];
  const perf = spawn("perf", words.map(String), { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  perf.stderr.on("data", (bytes) => (said += bytes));
  const over = new Promise((resolve) => {
    perf.once("close", resolve);
    perf.once("error", (error) => ((said = `perf: ${error.message}; the Debian package linux-perf has it`), resolve(-1)));
  });
  let result;
  try {
    result = await drive();
  } finally {
    if (perf.exitCode === null && perf.pid !== undefined) perf.kill("SIGINT");
    await over;
  }
  let text;
  try {
    text = await output("perf", ["report", "-i", file, "--stdio", "-F", "overhead,sample,dso,sym", "--percent-limit", "0", "-t", "|"]);
  } catch (error) {
    throw new Error(said.trim().split("\n")[0] || error.message);
  }
  const own = readFileSync(`/proc/${up.pid}/comm`, "utf8").trim();
  return { ...result, profile: summary(readSamples(text), own) };
}

const same = (a) => (b) => a.target === b.target && a.era === b.era && a.sessions === b.sessions;

// What each missed budget would need, and whose the excess is.
export function missesText(run) {
  const missed = run.budgets.filter(({ verdict }) => verdict === "miss");
  if (missed.length === 0) return "No budget was missed.\n";
  const profiles = run.results.filter(({ kind, skipped }) => kind === "profile" && !skipped);
  const us = (line, group) => line.profile.shares[group] * line.cpu_us_per_call.all;
  const rows = [];
  const explained = [];
  for (const { what, profile } of missed) {
    const line = profile && profiles.find(same(profile));
    if (!line) {
      rows.push([what, ...Array(groups.length + 1).fill("–"), profile ? "no profile was taken" : "no matter of processor time"]);
      continue;
    }
    const against = profile.against && profiles.find(same({ ...profile, target: profile.against }));
    const cost = groups.map((group) => us(line, group));
    const row = (name, list, outside) => rows.push([name, ...list.map((value) => number(value, 1)), number(list.reduce((a, b) => a + b, 0), 1), outside]);
    const outside = (list) => `${number((100 * list.slice(0, -1).reduce((a, b) => a + b, 0)) / list.reduce((a, b) => a + b, 0))} %`;
    row(what, cost, outside(cost));
    if (against) {
      const reference = groups.map((group) => us(against, group));
      row(`… ${against.what}`, reference, "–");
      const excess = cost.map((value, i) => value - reference[i]);
      row("… the excess", excess, outside(excess));
    }
    if (!explained.includes(line)) explained.push(line);
  }
  const head = ["budget missed; µs a call", ...groups, "in all", "outside our code"];
  const tops = explained.map((line) => {
    const list = line.profile.top.map(({ symbol, group, share }) => [`\`${short(symbol)}\``, group, `${number(share * 100, 1)} %`]);
    return `\n${line.what}, ${line.era}, ${line.sessions} sessions, ${number(line.profile.samples)} samples:\n\n${table(["symbol", "whose", "share"], list)}`;
  });
  return table(head, rows) + tops.join("");
}

// A name without what stands between angle brackets and parentheses, in one cell of a table.
export function short(symbol) {
  let depth = 0;
  let text = "";
  for (const letter of symbol.replace(/operator(<<?|>>?|->|\(\))/g, "operator")) {
    if (letter === "<" || letter === "(") ++depth;
    else if (letter === ">" || letter === ")") --depth;
    else if (depth <= 0) text += letter;
  }
  return text.replace(/[|`]/g, "").replace(/ const$/, "").trim().slice(0, 90) || symbol.slice(0, 90).replace(/[|`]/g, "");
}
