// `mcp call` as a person and a script see it: exit statuses, and questions at a terminal.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { after } from "node:test";

import { Inbox, binary, check, commandOf, environment, noneLeft, processesOf, run, temporary, within } from "./harness.mjs";
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
    [["cat", "/etc/passwd"], /wrote something that is no message/],
    [["echo", "hello"], /wrote something that is no message/],
    [["sh", "-c", "echo Listening on port 8080; cat > /dev/null"], /wrote something that is no message/],
  ]) {
    const { code, stderr } = await discover(...command);
    assert.equal(code, 7, `${command}: ${stderr}`);
    assert.match(stderr, what);
    assert.match(stderr, /^mcp: hint: /m);
  }
});

check("who is said to be modern is believed only when it says that it has no server/discover", async () => {
  const page = createServer((request, response) => response.writeHead(200, { "content-type": "text/html" }).end("<p>Log in"));
  await once(page.listen(0, "127.0.0.1"), "listening");
  after(() => page.close());
  const modern = (...words) => run(["call", "--timeout", "10", "--era", "modern", "discover", ...words]);
  const { command, args } = everything();
  for (const [words, what] of [
    [[`http://127.0.0.1:${page.address().port}/mcp`], /text\/html/],
    [["--", "cat"], /sends back what it is sent/],
    [["--", command, ...args], /older version/],
  ]) {
    const { code, stdout, stderr } = await modern(...words);
    assert.equal(code, 7, `${words}: ${stdout} ${stderr}`);
    assert.match(stderr, what);
  }
});

check("who babbles and then says nothing is 7, whatever is asked of it", async () => {
  for (const words of [["tools", "list"], ["tool", "x"], ["resource", "file:///x"]]) {
    const { code, stderr } = await run(["call", "--timeout", "0.2", ...words, "--", "sh", "-c", "echo garbage; exec sleep 100"]);
    assert.equal(code, 7, stderr);
    assert.match(stderr, /^mcp: error: the server wrote something that is no message \(/m);
    assert.match(stderr, /^mcp: hint: is it an MCP server\?$/m);
    assert.match(stderr, /server=target/);
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
  await terminal.shows(/legal name\): /);
  const server = processesOf(terminal.home).find((pid) => /^\S*node \S*server-everything/.test(commandOf(pid)));
  process.kill(Number(server), "SIGKILL");
  await terminal.shows(/signal|killed|exit/i);
  assert.equal(await terminal.end(), 6);
});

// A legacy server over HTTP that never answers a tools/call. What it is told comes into `heard`.
async function holdingServer(headers) {
  const heard = new Inbox();
  const results = {
    initialize: { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "s", version: "1" } },
    "tools/list": { tools: [{ name: "slow", inputSchema: { type: "object" } }] },
  };
  const server = createServer(async (request, response) => {
    if (request.method === "GET") return response.writeHead(405).end();
    if (request.method === "DELETE") {
      heard.put({ method: "DELETE" });
      return response.writeHead(200).end();
    }
    const message = JSON.parse(await new Response(request).text());
    heard.put(message);
    if (message.id === undefined) return response.writeHead(202).end();
    if (message.method === "tools/call") return undefined;
    const result = results[message.method];
    if (!result) return response.writeHead(400).end("what?");
    response.writeHead(200, { "content-type": "application/json", ...headers });
    return response.end(JSON.stringify({ jsonrpc: "2.0", id: message.id, result }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${server.address().port}/mcp`, heard };
}

for (const [kind, headers] of [["without a session", {}], ["with a session", { "mcp-session-id": "one" }]]) {
  check(`Ctrl-C tells a legacy server ${kind} that its call is cancelled`, async () => {
    const { url, heard } = await holdingServer(headers);
    const child = spawn(binary, ["call", url, "tool", "slow"], { env: environment(temporary()), stdio: "ignore" });
    const ended = once(child, "close");
    const held = await heard.take((message) => message.method === "tools/call", "the call");
    child.kill("SIGINT");
    const cancelled = await heard.take((message) => message.method === "notifications/cancelled", "the cancellation");
    assert.deepEqual(cancelled.params, { requestId: held.id });
    if (headers["mcp-session-id"]) await heard.take((message) => message.method === "DELETE", "the end of the session");
    assert.deepEqual(await within(ended, "the end of the command"), [130, null]);
  });

  check(`a call that takes too long is cancelled at a legacy server ${kind}`, async () => {
    const { url, heard } = await holdingServer(headers);
    const ending = run(["call", "--timeout", "0.5", url, "tool", "slow"]);
    const held = await heard.take((message) => message.method === "tools/call", "the call");
    const cancelled = await heard.take((message) => message.method === "notifications/cancelled", "the cancellation");
    assert.deepEqual(cancelled.params, { requestId: held.id });
    assert.equal((await ending).code, 6);
  });
}
