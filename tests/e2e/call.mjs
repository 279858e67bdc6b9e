// `mcp call` as a person and a script see it: exit statuses, and questions at a terminal.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSocketServer } from "node:net";
import { join } from "node:path";
import { after } from "node:test";

import {
  Gateway, Inbox, binary, check, commandOf, environment, eventually, noneLeft, processesOf, run, temporary, within,
} from "./harness.mjs";
import { everything, rude, v2Server, words } from "./peers.mjs";

const discover = (...command) => run(["call", "--timeout", "10", "discover", "--", ...command]);

check("who cannot be reached is 6: not found, or gone without a word", async () => {
  for (const command of [["no-such-program-anywhere"], ["true"], ["sh", "-c", "exit 3"], ["sh", "-c", "echo why >&2; exit 1"]]) {
    const { code, stderr } = await discover(...command);
    assert.equal(code, 6, `${command}: ${stderr}`);
  }
});

check("a command that leaves without having spoken MCP is told from one that broke", async () => {
  const silent = await discover("touch");
  assert.equal(silent.code, 6);
  assert.match(silent.stderr, /^mcp: error: .*exit status 1 before it answered anything \(last words: .*touch --help/m);
  assert.match(silent.stderr, /^mcp: hint: is it an MCP server\?/m);
  const killed = await discover("sh", "-c", "kill -KILL $$");
  assert.match(killed.stderr, /^mcp: error: .*killed by SIGKILL$/m);
  assert.doesNotMatch(killed.stderr, /is it an MCP server/);
  const gateway = await new Gateway({ args: ["--", "sh", "-c", "echo nothing to serve >&2; exit 4"] }).listening();
  const shown = /^ +sh +failed +.*exit status 4 before it answered anything \(last words: nothing to serve\)\n +sandbox runtime\n +hint: is it an MCP/m;
  await eventually(() => shown.test(gateway.stderr), () => gateway.stderr);
  await gateway.stop();
});

async function listeningServer(server) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  after(() => server.close());
  return `127.0.0.1:${server.address().port}/mcp`;
}

check("the wrong scheme is answered with the right one", async () => {
  const plain = await listeningServer(createServer((_, response) => response.writeHead(404).end()));
  const toPlain = await run(["call", `https://${plain}`, "tools", "list"]);
  assert.equal(toPlain.code, 6, toPlain.stderr);
  assert.match(toPlain.stderr, /^mcp: hint: .*use http:\/\/ instead of https:\/\//m);

  const alert = Buffer.from([0x15, 3, 1, 0, 2, 2, 70]);
  const tls = await listeningServer(createSocketServer((socket) => socket.on("error", () => {}).once("data", () => socket.end(alert))));
  const toTls = await run(["call", `http://${tls}`, "tools", "list"]);
  assert.equal(toTls.code, 6, toTls.stderr);
  assert.match(toTls.stderr, /^mcp: hint: .*use https:\/\/ instead of http:\/\//m);

  const page = "<html>400 The plain HTTP request was sent to HTTPS port</html>";
  const nginx = await listeningServer(createServer((_, response) => response.writeHead(400).end(page)));
  const toNginx = await run(["call", `http://${nginx}`, "tools", "list"]);
  assert.equal(toNginx.code, 7, toNginx.stderr);
  assert.match(toNginx.stderr, /^mcp: hint: .*use https:\/\/ instead of http:\/\//m);
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
  const modern = (target, ...words) => {
    const asked = target === "--" ? ["discover", target, ...words] : [target, "discover"];
    return run(["call", "--timeout", "10", "--era", "modern", ...asked]);
  };
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
  for (const asked of [["tools", "list"], ["tool", "x"], ["resource", "file:///x"]]) {
    const { code, stderr } = await run(["call", "--timeout", "0.2", ...asked, "--", "sh", "-c", "echo garbage; exec sleep 100"]);
    assert.equal(code, 7, stderr);
    assert.match(stderr, /^mcp: error: the server wrote something that is no message \(/m);
    assert.match(stderr, /^mcp: hint: is it an MCP server\?$/m);
    assert.match(stderr, /server=target/);
  }
});

check("a web server that is no MCP server is 7, whatever it answers", async () => {
  let status;
  const server = createServer((_, response) => response.writeHead(status).end("no"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  for (status of [400, 404, 405, 406, 415]) {
    const { code, stderr } = await run(["call", `http://127.0.0.1:${server.address().port}/mcp`, "discover"]);
    assert.equal(code, 7, `${status}: ${stderr}`);
    assert.match(stderr, /^mcp: hint: /m, `${status}: ${stderr}`);
  }
  server.close();
});

check("a header may come from a file or a variable, and none of ours may be set", async () => {
  let heard;
  const server = createServer((request, response) => {
    heard = request.headers;
    response.writeHead(404).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const home = temporary();
  writeFileSync(join(home, "token"), "from a file\n");
  const url = `http://127.0.0.1:${server.address().port}/mcp`;
  const fields = ["--header", "X-File: file:token", "--header", "X-Variable: a ${env:WORD}"];
  await run(["call", ...fields, url, "discover"], { home, env: { WORD: "word" } });
  assert.equal(heard["x-file"], "from a file");
  assert.equal(heard["x-variable"], "a word");
  for (const name of ["Host", "Content-Length", "mcp-session-id"]) {
    const { code, stderr } = await run(["call", "--header", `${name}: 1`, url, "discover"]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /is set by mcp itself/);
  }
  server.close();
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
    const shown = this.screen;
    this.screen = "";
    return shown;
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
const deploy = ["call", "tool", "deploy", "--arg", "to=production", ...words(v2Server())];

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

for (const era of ["legacy", "modern"]) {
  check(`Ctrl-C during a question that came over HTTP ends it at once (${era})`, async () => {
    const gateway = await Gateway.start({ config: { servers: { v2: v2Server() } } });
    const terminal = new Terminal(["call", "--era", era, gateway.url, "tool", "v2__deploy", "--arg", "to=production"]);
    await terminal.shows(/yes: /);
    terminal.type("\x03");
    assert.equal(await terminal.end(), 130);
    assert.doesNotMatch(terminal.screen, /goodbye/, "it did not have to be given up");
    await gateway.stop();
  });
}

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

// The servers' lists are those of a client that cannot be asked (docs/serve.md).
check("a tool that a gateway lists to nobody is called by its name, and asks at the terminal", async () => {
  const gateway = await Gateway.start({ config: { servers: { everything: everything() } } });
  const terminal = new Terminal(["call", gateway.url, "tool", "everything__trigger-elicitation-request"]);
  await terminal.shows(/legal name\): $/);
  terminal.type("Ada\n");
  let shown = "";
  let prompts = "";
  while (!shown.includes("Send this?")) {
    shown = await terminal.shows(/: $|\[y\/N\] $/);
    prompts += shown;
    if (/untitled multiple/i.test(shown)) {
      assert.match(shown, /\{Guitar, Piano, Violin, Drums, Bass; several: a, b\} \[Guitar\]: $/);
      terminal.type("Harp\n");
      await terminal.shows(/"Harp" is not one of them[^]*: $/);
      terminal.type("Piano, Bass\n");
    } else {
      terminal.type(shown.includes("Send this?") ? "y\n" : "\n");
    }
  }
  assert.match(prompts, /\{Superman = hero-1, Green Lantern = hero-2, Wonder Woman = hero-3\} \[Superman\]: /);
  assert.match(prompts, /\{Tuna = fish-1, Salmon = fish-2, Trout = fish-3; several: a, b\} \[Tuna\]: /);
  assert.match(prompts, /\{Cats = pet-1, [^}]*\} \[Cats\]: /);
  const answered = await terminal.shows(/- Name: Ada[^]*Bass/);
  assert.match(answered, /Piano/);
  assert.equal(await terminal.end(), 0);
  await gateway.stop();
});

check("what a tool that nobody lists is, the server says", async () => {
  const gateway = await Gateway.start({ config: { servers: { everything: everything() } } });
  const { code, stderr } = await run(["call", gateway.url, "tool", "everything__ech"]);
  assert.equal(code, 7, stderr);
  assert.match(stderr, /^mcp: error: the server answered error -32602: Unknown tool: everything__ech$/m);
  assert.match(stderr, /^mcp: hint: the server lists no tool "everything__ech"; did you mean "everything__echo"\?$/m);
  await gateway.stop();
});

// What a terminal would act on. Lines of ours end in CR LF there.
const forbidden = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|\r(?!\r*\n)/;
const forged = /^mcp: ready on http:\/\/evil/m;
const rudeCommand = () => ["--", rude().command, ...rude().args];

check("nothing that a server writes moves a terminal's cursor or forges a line of ours", async () => {
  for (const words of [["tools", "list"], ["discover"], ["tool", "nothing"]]) {
    const terminal = new Terminal(["call", "--era", "legacy", ...words, ...rudeCommand()]);
    await terminal.ended;
    assert.match(terminal.screen, /evil/);
    assert.doesNotMatch(terminal.screen, forbidden);
    assert.doesNotMatch(terminal.screen, forged);
  }
  const said = new Terminal(["call", "--era", "legacy", "tool", "say", ...rudeCommand()]);
  assert.equal(await said.end(), 0);
  assert.match(said.screen, /\\u001b\[2J/);
  assert.doesNotMatch(said.screen, forbidden);
  const asked = new Terminal(["call", "--era", "legacy", "tool", "ask", ...rudeCommand()]);
  const question = await asked.shows(/\]: $/);
  assert.match(question, /^> .*evil/m);
  assert.doesNotMatch(question, forbidden);
  assert.doesNotMatch(question, forged);
  asked.type("plain\n");
  await asked.shows(/\[y\/N\] $/);
  asked.type("y\n");
  await asked.shows(/"plain"/);
  assert.equal(await asked.end(), 0);
});

check("in a pipe the bytes of a result are the server's", async () => {
  for (const more of [[], ["--json"]]) {
    const { stdout } = await run(["call", "--era", "legacy", ...more, "tool", "say", ...rudeCommand()]);
    assert.match(stdout, more.length ? /\\u001b\[2J.*\u202e/ : /\x1b\[2J[^]*\u202e/);
  }
});

check("the table of the start and the log show no server's control sequences", async () => {
  const gateway = new Gateway({ config: { servers: { rude: rude("--broken") } } });
  await gateway.state("rude", "failed");
  await gateway.stop();
  assert.match(gateway.stderr, /evil/);
  assert.doesNotMatch(gateway.stderr, forbidden);
  assert.doesNotMatch(gateway.stderr, forged);
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
