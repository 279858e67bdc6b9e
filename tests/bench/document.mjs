// Writes a run into docs/performance.md, between the marks "<!-- bench:NAME -->" and "<!-- end -->", and its plots beside it.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { charts } from "./plot.mjs";
import { sections, skippedText } from "./tables.mjs";

const docs = fileURLToPath(new URL("../../docs", import.meta.url));

export function fill(text, run) {
  return text.replace(/(<!-- bench:(\w+) -->\n)[^]*?(<!-- end -->)/g, (whole, open, name, close) => {
    if (name === "skipped") return open + (skippedText(run) || "Everything was run.\n") + close;
    const make = sections[name];
    if (!make) throw new Error(`docs/performance.md asks for "${name}", which no run has`);
    return open + make(run) + close;
  });
}

export function document(run) {
  const path = join(docs, "performance.md");
  writeFileSync(path, fill(readFileSync(path, "utf8"), run));
  for (const [name, svg] of Object.entries(charts(run))) writeFileSync(join(docs, name), svg);
  process.stderr.write(`bench: wrote ${path}\n`);
}

// document.mjs RUN.json: the same, of an earlier run.
if (process.argv[1] === fileURLToPath(import.meta.url)) document(JSON.parse(readFileSync(process.argv[2], "utf8")));
