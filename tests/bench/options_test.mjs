// What a run is told to do, and what it refuses.
import assert from "node:assert/strict";
import test from "node:test";

import { readOptions, UsageError } from "./options.mjs";

const known = ["native", "builtin", "start-echo"];
const read = (words, env = {}) => readOptions(words, env, known);
const refuses = (words, message, env) =>
  assert.throws(() => read(words, env), (error) => error instanceof UsageError && message.test(error.message));

test("everything, or some targets", () => {
  assert.deepEqual(read(["/b"]), { only: [], document: false, mode: "full", build: "/b" });
  assert.deepEqual(read(["/b", "--only", "native,builtin", "--only", "start-echo"]).only, ["native", "builtin", "start-echo"]);
  assert.equal(read(["/b", "--document"], { BENCH: "quick" }).mode, "quick");
});

test("names that nothing has are refused, with the nearest one", () => {
  refuses(["/b", "--only", "nativ"], /"nativ" .*"native"/);
  refuses(["/b", "--only", "native,"], /"" is not known/);
  refuses(["/b", "--only"], /--only needs names/);
  refuses(["/b", "--only", "--document"], /--only needs names/);
  refuses(["/b"], /BENCH "quik" .*"quick"/, { BENCH: "quik" });
  refuses(["/b", "--documents"], /"--documents" is no option/);
  refuses(["/b", "/c"], /one folder/);
  refuses([], /usage/);
});

test("a page is written of whole runs only", () => refuses(["/b", "--document", "--only", "native"], /--document/));
