// The words of a run, checked before anything is started: a name that nothing has must not end in empty tables.
import { resolve } from "node:path";

const usage = "usage: run FOLDER [--only TARGET,…] [--document]";
export class UsageError extends Error {}

// How many letters have to be changed, added or left out.
function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; ++i) {
    const next = [i];
    for (let j = 1; j <= b.length; ++j) next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row.at(-1);
}

function checked(what, word, known) {
  if (known.includes(word)) return word;
  const nearest = known.toSorted((a, b) => distance(word, a) - distance(word, b))[0];
  throw new UsageError(`${what} "${word}" is not known; did you mean "${nearest}"? There are: ${known.join(", ")}`);
}

// known: the names that --only may have. { build, only: names, empty for all, document, mode: "full" or "quick" }.
export function readOptions(words, env, known) {
  const options = { only: [], document: false, mode: checked("BENCH", env.BENCH || "full", ["full", "quick"]) };
  for (let i = 0; i < words.length; ++i) {
    if (words[i] === "--document") options.document = true;
    else if (words[i] === "--only") {
      const names = words[++i];
      if (!names || names.startsWith("--")) throw new UsageError(`--only needs names: ${known.join(", ")}`);
      options.only.push(...names.split(",").map((name) => checked("--only", name, known)));
    } else if (words[i].startsWith("-")) throw new UsageError(`"${words[i]}" is no option; ${usage}`);
    else if (!options.build) options.build = resolve(words[i]);
    else throw new UsageError(`one folder is enough: "${words[i]}"; ${usage}`);
  }
  if (!options.build) throw new UsageError(usage);
  if (options.document && options.only.length > 0) throw new UsageError("--document needs everything: without --only");
  return options;
}
