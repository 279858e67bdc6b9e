// `mcp call` as a person and a script see it: exit statuses, and questions at a terminal.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";

import { binary, check, commandOf, environment, noneLeft, processesOf, run, temporary, within } from "./harness.mjs";
import { everything, v2Server } from "./peers.mjs";

const discover = (...command) => run(["call", "--timeout", "10", "discover", "--", ...command]);

check("who cannot be reached is 6: not found, or gone without a word", async () => {
  for (const command of [["no-such-program-anywhere"], ["true"], ["sh", "-c", "exit 3"], ["sh", "-c", "echo why >&2; exit 1"]]) {
    const { code, stderr } = await discover(...command);
    assert.equal(code, 6, `${command}: ${stderr}`);
  }
});

check("who is there and speaks something else is 7, and is told so", async () => {
  for (const [command, what] of [
    [["cat"], /sends back what it is sent/],
    [["echo", "hello"], /wrote something that is no message/],
    [["sh", "-c", "echo Listening on port 8080; cat > /dev/null"], /wrote something that is no message/],
  ]) {
    const { code, stderr } = await discover(...command);
    assert.equal(code, 7, `${command}: ${stderr}`);
    assert.match(stderr, what);
    assert.match(stderr, /^mcp: hint: /m);
  }
});

check("a message names its method once", async () => {
  const { code, stderr } = await run(["call", "--timeout", "0.2", "--era", "legacy", "discover", "--", "sleep", "60"]);
  assert.equal(code, 6);
  assert.match(stderr, /^mcp: error: initialize: no answer within 200 ms$/m);
});

// A command on a terminal of its own, as util-linux's script makes one.
class Terminal {
  screen = "";
  home = temporary();

  constructor(words) {
    const line = [binary, ...words].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
    this.child = spawn("script", ["-qefc", line, "/dev/null"], {
      env: environment(this.home, { TERM: "dumb", SHELL: "/bin/sh" }), stdio: ["pipe", "pipe", "inherit"],
    });
    this.ended = new Promise((resolve) => this.child.on("close", (code) => resolve(code)));
    this.waiting = [];
    this.child.stdout.setEncoding("utf8").on("data", (chunk) => {
      this.screen += chunk;
      for (const wake of this.waiting.splice(0)) wake();
    });
  }

  async shows(pattern) {
    const wait = async () => {
      while (!pattern.test(this.screen)) await new Promise((resolve) => this.waiting.push(resolve));
    };
    await within(wait(), `${pattern} on the screen`).catch((error) => {
      error.message += `\n${this.screen}`;
      throw error;
    });
    this.screen = "";
  }
  type(text) {
    this.child.stdin.write(text);
  }
  async end() {
    const code = await within(this.ended, "the end of the command");
    await noneLeft(this.home);
    return code;
  }
}
const deploy = ["call", "tool", "deploy", "--arg", "to=production", "--", v2Server().command, ...v2Server().args];

check("questions are asked at the terminal, field by field", async () => {
  const terminal = new Terminal(deploy);
  await terminal.shows(/Deploy to production\?[^]*yes: /);
  terminal.type("maybe\n");
  await terminal.shows(/that is not a boolean[^]*yes: /);
  terminal.type("yes\n");
  await terminal.shows(/Send this\?/);
  terminal.type("y\n");
  await terminal.shows(/https:\/\/example\.com\/sign-in[^]*Will you open/);
  terminal.type("y\n");
  await terminal.shows(/deployed to production/);
  assert.equal(await terminal.end(), 0);
});

check("Ctrl-C during a question ends it at once", async () => {
  const terminal = new Terminal(deploy);
  await terminal.shows(/yes: /);
  terminal.type("\x03");
  assert.equal(await terminal.end(), 130);
});

check("the end of the server during a question is seen at once", async () => {
  const { command, args } = everything();
  const ask = ["call", "--era", "legacy", "tool", "trigger-elicitation-request", "--", command, ...args];
  const terminal = new Terminal(ask);
  await terminal.shows(/Name[^]*: /);
  const server = processesOf(terminal.home).find((pid) => /^\S*node \S*server-everything/.test(commandOf(pid)));
  process.kill(Number(server), "SIGKILL");
  await terminal.shows(/signal|killed|exit/i);
  assert.equal(await terminal.end(), 6);
});
