// The dialogues' own test: what the patterns match, what a client line becomes, and that a dialogue can fail.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { parseDialogue } from "./runner/dialogue.mjs";
import { fill, glob, mismatch, parse, textNode } from "./runner/pattern.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const matches = (pattern, text, variables = new Map()) => mismatch(parse(pattern), parse(text), variables) === undefined;

test("objects match by the members that are named", () => {
  assert.ok(matches('{"a":1}', '{"b":2,"a":1}'));
  assert.ok(!matches('{"a":1}', '{"a":2}'));
  assert.ok(!matches('{"a":1}', '{"b":1}'));
  assert.ok(matches('{"a":{}, …}', '{"a":{"x":1}}'));
  assert.ok(!matches('{"a":{}}', '{"a":[]}'));
});

test("absent members, any values, open arrays", () => {
  assert.ok(matches('{"a":absent,"b":…}', '{"b":null}'));
  assert.ok(!matches('{"a":absent}', '{"a":null}'));
  assert.ok(!matches('{"b":…}', "{}"));
  assert.ok(matches("[1,…]", "[1,2,3]"));
  assert.ok(!matches("[1]", "[1,2]"));
  assert.ok(!matches("[1,2,…]", "[1]"));
});

test("numbers keep their digits, strings and numbers differ", () => {
  assert.ok(!matches('{"n":9007199254740993}', '{"n":9007199254740992}'));
  assert.ok(!matches('{"id":7}', '{"id":"7"}'));
  assert.ok(!matches("1", "1.0"));
});

test("a variable is bound once and then compared", () => {
  const variables = new Map();
  assert.ok(matches('{"id":$a}', '{"id":5}', variables));
  assert.ok(!matches('{"id":$a}', '{"id":6}', variables));
  assert.ok(!matches('{"id":$a}', '{"id":"5"}', variables));
});

test("three dots in a text stand for any text", () => {
  assert.ok(glob("…b…", "abc") && glob("a…", "a") && !glob("…b", "abc") && !glob("a.c", "abc"));
});

test("a client line is filled in", () => {
  const variables = new Map([["id", parse("5")], ["name", textNode('a"b')]]);
  assert.equal(fill('{"id":$id,"x":"<$name>","y":$name,"$schema":1}', variables), '{"id":5,"x":"<a\\"b>","y":"a\\"b","$schema":1}');
  assert.equal(fill("$repeat(3,[)$repeat(3,])", variables), "[[[]]]");
});

test("a file is parsed, and what is not understood is named by its line", () => {
  const { steps, setup } = parseDialogue("x", 'serve: --stdio\n> {"a":\n>    1}\n< {}\n');
  assert.equal(setup.serve, "--stdio");
  assert.deepEqual(steps.map(({ kind, line }) => [kind, line]), [["send", 2], ["expect", 4]]);
  assert.equal(steps[0].lines[0].text, '{"a":1}');
  assert.throws(() => parseDialogue("x", "# only\nwhatever\n"), /x:2/);
  assert.throws(() => parseDialogue("x", "# nothing\n"), /no step/);
});

// What a dialogue that does not come true says.
function played(text, env = {}) {
  const folder = mkdtempSync(path.join(os.tmpdir(), "dialogue-self-"));
  const file = path.join(folder, "wrong.dialogue");
  writeFileSync(file, text);
  const { status, stdout } = spawnSync(process.execPath, [path.join(here, "run.mjs"), file], { encoding: "utf8", env: { ...process.env, ...env } });
  rmSync(folder, { recursive: true });
  return { status, stdout };
}

const wrong = {
  "a status": ["modern\n> {\"id\":1,\"method\":\"tools/list\"}\n< 404\n", /line 3: < 404\n  the status is 200/],
  "a member": ["modern\n> {\"id\":1,\"method\":\"tools/list\"}\n< 200\n< {\"result\":{\"tools\":[]}}\n", /line 4: .*\n  \/result\/tools has/],
  "a header": ["modern\n> {\"id\":1,\"method\":\"tools/list\"}\n< 200\n< Mcp-Session-Id: …\n", /line 4: .*\n  header Mcp-Session-Id is missing/],
  "a header too many": ["modern\n> {\"id\":1,\"method\":\"tools/list\"}\n< 200\n< no Content-Type\n", /line 4: .*\n  Content-Type is there/],
  "an unexpected line": ["serve: --stdio\nhandshake 2025-11-25\n> {\"id\":1,\"method\":\"ping\"}\n< {\"id\":1}\n> {\"id\":2,\"method\":\"ping\"}\n> {\"id\":3,\"method\":\"ping\"}\n< {\"id\":3}\n", /line 7: /],
  "an exit": ["serve: --stdio\n> close\n< exit 3\n", /line 3: .*\n  it ended with status 0/],
};
for (const [what, [text, expected]] of Object.entries(wrong)) {
  test(`a dialogue fails for ${what}`, () => {
    const { status, stdout } = played(text);
    assert.equal(status, 1);
    assert.match(stdout, expected);
  });
}

test("a dialogue fails for an answer that does not come", () => {
  const text = "server notes: legacy\n    tools [{\"name\":\"add\",\"inputSchema\":{\"type\":\"object\"}}]\nmodern\ncall> {\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"add\"}}\nnotes< {\"method\":\"tools/call\"}\ncall< 200\n";
  const { status, stdout } = played(text, { DIALOGUE_DEADLINE_MS: "8000" });
  assert.equal(status, 1);
  assert.match(stdout, /line 6: .*\n  a response did not come/);
});
