// Writes a run into docs/performance.md, between the marks "<!-- bench:NAME -->" and "<!-- end -->", and its plots beside it.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { charts } from "./plot.mjs";
import { isRaw, nameOf, planned, sections, skippedText } from "./tables.mjs";

const docs = fileURLToPath(new URL("../../docs", import.meta.url));

export function fill(text, run) {
  return text.replace(/(<!-- bench:(\w+) -->\n)[^]*?(<!-- end -->)/g, (whole, open, name, close) => {
    if (name === "skipped") return open + (skippedText(run) || "Everything was run.\n") + close;
    const make = sections[name];
    if (!make) throw new Error(`docs/performance.md asks for "${name}", which no run has`);
    return open + make(run) + close;
  });
}

// Where the runs of a kind stand.
const placeOf = {
  start: "starts", load: "loads", allocations: "costs", "calls to the system": "costs", "open loop": "open",
  "polite alone": "open", "polite beside greedy": "open", "idle streams": "memory", large: "memory",
};

// The text that shows that a planned run has its row.
function rowOf({ kind, target, what, era, sessions, size, streams }) {
  const begins = {
    start: `| ${what} |`,
    load: `| ${what} | ${isRaw(target) ? "–" : era} | ${sessions} |`,
    allocations: `| ${what} | ${era} |`,
    "calls to the system": `| ${what} | ${era} | ${sessions} |`,
    "idle streams": `idle ${era} streams |`,
    large: `| ${size >> 20} MB | ${era} |`,
  };
  return begins[kind] ?? `| ${kind}, ${what}`;
}

// The sections of a page: { name: text }.
const sectionsOf = (text) => Object.fromEntries([...text.matchAll(/<!-- bench:(\w+) -->\n([^]*?)<!-- end -->/g)].map(([, name, body]) => [name, body]));

// The runs of a mode that a page has no row of.
export function unshown(text, mode) {
  const section = sectionsOf(text);
  return planned(mode).filter((wanted) => !section[placeOf[wanted.kind]]?.includes(rowOf(wanted)));
}

// A section of tables has a row below some head.
function isEmpty(body) {
  const lines = body.trim().split("\n");
  if (!body.includes("| --- |")) return body.trim() === "";
  return !lines.some((line, i) => i > 0 && lines[i - 1].startsWith("| ---") && line.startsWith("|"));
}

// What a page neither shows nor names among what was not run: rows, and whole sections.
export function gaps(text, mode) {
  const section = sectionsOf(text);
  const isNamed = (wanted) => (section.skipped ?? "").includes(`- not run: ${nameOf(wanted)}: `);
  const rows = unshown(text, mode).filter((wanted) => !isNamed(wanted)).map((wanted) => `no row ${rowOf(wanted)}`);
  const empty = [...Object.keys(sections), "skipped"].filter((name) => isEmpty(section[name] ?? ""));
  const unexplained = empty.filter((name) => !planned(mode).some((wanted) => placeOf[wanted.kind] === name && isNamed(wanted)));
  return [...unexplained.map((name) => `section ${name} is empty`), ...rows];
}

export function document(run) {
  if (run.only?.length > 0) throw new Error(`a run of ${run.only.join(", ")} alone is no page`);
  const path = join(docs, "performance.md");
  writeFileSync(path, fill(readFileSync(path, "utf8"), run));
  for (const [name, svg] of Object.entries(charts(run))) writeFileSync(join(docs, name), svg);
  process.stderr.write(`bench: wrote ${path}\n`);
}

// document.mjs RUN.json: the same, of an earlier run.
if (process.argv[1] === fileURLToPath(import.meta.url)) document(JSON.parse(readFileSync(process.argv[2], "utf8")));
