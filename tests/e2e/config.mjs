// Where `mcp serve` takes its servers from, and what it refuses to start with.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

import { Gateway, binary, check, noneLeft, processesOf, run, temporary, toml } from "./harness.mjs";
import { everything, filesystem, memory, node, peer, v2Server, witness, words } from "./peers.mjs";

const { Client } = peer("@modelcontextprotocol/sdk/client/index.js");
const { StreamableHTTPClientTransport } = peer("@modelcontextprotocol/sdk/client/streamableHttp.js");

async function connect(url) {
  const client = new Client({ name: "config", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  return client;
}
const textOf = (result) => result.content.map((block) => block.text ?? "").join("\n");

// Starts, asks for the names of all tools, stops.
async function served(options) {
  const gateway = await Gateway.start(options);
  const client = await connect(gateway.url);
  const tools = (await client.listTools()).tools.map((tool) => tool.name);
  await client.close();
  assert.deepEqual(await gateway.stop(), { code: 0, signal: null });
  return { tools, gateway };
}

// `mcp serve` that must not come up.
async function refused(args, options = {}) {
  const home = options.home ?? temporary();
  const words = ["serve", "--state-dir", join(home, "state"), ...args];
  const ended = await run(words, { home, ...options });
  await noneLeft(home);
  assert.match(ended.stderr, /^mcp: error: /m);
  return ended;
}

check("a claude_desktop_config.json is served as it is", async () => {
  const desktop = {
    globalShortcut: "Ctrl+Space",
    mcpServers: {
      memory: memory(join(temporary(), "memory.jsonl")),
      "Files & Notes": filesystem(temporary()),
      everything: { ...everything(), disabled: true },
    },
  };
  const { tools, gateway } = await served({
    config: JSON.stringify(desktop, null, 2), name: "claude_desktop_config.json",
  });
  assert.ok(tools.includes("memory__read_graph"));
  assert.ok(tools.some((name) => /^files-.*__read_text_file$/.test(name)), tools.join(" "));
  assert.ok(!tools.some((name) => name.startsWith("everything__")));
  assert.match(gateway.stderr, /Files & Notes/);
});

check("a VS Code mcp.json is served as it is, comments and variables included", async () => {
  const { command, args, read } = witness();
  const upstream = await Gateway.start({ args: words(v2Server()) });
  const home = temporary();
  mkdirSync(join(home, ".vscode"));
  const file = join(home, ".vscode/mcp.json");
  writeFileSync(file, `{
    // what this workspace uses
    "inputs": [],
    "servers": {
      "witness": { "type": "stdio", "command": ${JSON.stringify(command)}, "args": ${JSON.stringify(args)}, "read": ${JSON.stringify(read)} },
      "files": {
        "type": "stdio", "command": "\${env:NODE_PROGRAM}",
        "args": ${JSON.stringify([filesystem().args[0], "${workspaceFolder}"])}, "env": { "KEPT": "\${UNSET:-fallback}" },
      },
      "remote": { "type": "http", "url": ${JSON.stringify(upstream.url)} },
    },
  }\n`);
  const gateway = await Gateway.start({ args: ["--config", file], env: { NODE_PROGRAM: node } });
  const client = await connect(gateway.url);
  const tools = (await client.listTools()).tools.map((tool) => tool.name);
  for (const name of ["witness__pid", "files__list_allowed_directories", "remote__greet"]) assert.ok(tools.includes(name), name);
  const allowed = await client.callTool({ name: "files__list_allowed_directories", arguments: {} });
  assert.ok(textOf(allowed).includes(home), textOf(allowed));
  await client.close();
  assert.equal((await gateway.stop()).code, 0);
  assert.equal((await upstream.stop()).code, 0);
});

check("an input variable of VS Code is an error that names it, its file and its line", async () => {
  const home = temporary();
  const file = join(home, "mcp.json");
  writeFileSync(file, `{\n "servers": {\n  "x": { "command": "true", "env": { "KEY": "\${input:api-key}" } }\n }\n}\n`);
  const { code, stderr } = await refused(["--config", file], { home });
  assert.equal(code, 4);
  assert.match(stderr, /mcp\.json:3/);
  assert.match(stderr, /input:api-key/);
  assert.match(stderr, /^mcp: hint: /m);
});

for (const name of ["mcp.toml", "mcp.json"]) {
  check(`an unapproved ./${name} starts nothing without a terminal`, async () => {
    const home = temporary();
    const marker = join(home, "started");
    const entry = { command: "touch", args: [marker], write: [home] };
    const text = name === "mcp.toml" ? toml({ servers: { trap: entry } }) : JSON.stringify({ mcpServers: { trap: entry } });
    writeFileSync(join(home, name), text);
    const { code, stderr, stdout } = await refused(["--listen", "127.0.0.1:0"], { home });
    assert.equal(code, 5);
    assert.match(stderr, new RegExp(`${name} .*not approved`));
    assert.match(stderr, /--config/);
    assert.equal(stdout, "");
    assert.ok(!existsSync(marker));
    // Named, it is used: the very same file.
    const gateway = await new Gateway({ cwd: home, args: ["--config", join(home, name)] }).listening();
    await gateway.state("trap", "failed");
    assert.equal((await gateway.stop()).code, 0);
    assert.ok(existsSync(marker));
  });
}

check("an entry that is our own `serve` is left out with a warning, and does not recurse", async () => {
  const mcpServers = {
    gateway: { command: binary, args: ["serve", "--stdio"] },
    witness: witness(),
  };
  const { tools, gateway } = await served({ config: JSON.stringify({ mcpServers }), name: "mcp.json" });
  assert.ok(tools.length > 0 && tools.every((name) => name.startsWith("witness__")), tools.join(" "));
  assert.match(gateway.stderr, /"gateway" is this gateway itself/);
});

check("without a configuration the built-in servers answer", async () => {
  const { tools } = await served({});
  assert.ok(tools.includes("echo"), tools.join(" "));
});

check("-- CMD and a URL front one server under its own names", async () => {
  const gateway = await Gateway.start({ args: words(witness()) });
  const second = await Gateway.start({ args: [gateway.url] });
  for (const { url } of [gateway, second]) {
    const client = await connect(url);
    const names = (await client.listTools()).tools.map((tool) => tool.name);
    assert.deepEqual(names, ["hold", "open", "heard", "pid", "log", "flip"]);
    assert.match(textOf(await client.callTool({ name: "pid", arguments: {} })), /^\d+$/);
    await client.close();
  }
  assert.equal((await second.stop()).code, 0);
  assert.equal((await gateway.stop()).code, 0);
});

check("a port in use: status 4, the key `listen` named", async () => {
  const holder = createServer();
  await new Promise((resolve) => holder.listen(0, "127.0.0.1", resolve));
  const { code, stderr } = await refused(["--listen", `127.0.0.1:${holder.address().port}`]);
  holder.close();
  assert.equal(code, 4);
  assert.match(stderr, /listen/);
  assert.match(stderr, /^mcp: hint: .*port/m);
});

check("an address of another machine, a socket's folder that is missing: status 4", async () => {
  for (const address of ["203.0.113.1:0", "unix:/nowhere/at/all.sock"]) {
    const { code, stderr } = await refused(["--insecure-listen", "--listen", address]);
    assert.equal(code, 4, stderr);
    assert.match(stderr, /key "listen" in \[serve\]/);
    assert.match(stderr, /^mcp: hint: /m);
  }
});

check("an address open to the network without tokens: status 4 and the way out named", async () => {
  for (const address of ["0.0.0.0:0", "[::]:0"]) {
    const { code, stderr } = await refused(["--listen", address]);
    assert.equal(code, 4);
    assert.match(stderr, /--insecure-listen/);
    assert.match(stderr, /tokens/);
  }
  const open = await new Gateway({ listen: "0.0.0.0:0", args: ["--insecure-listen"] }).listening();
  assert.equal((await open.stop()).code, 0);
});

check("a second gateway on one state directory is refused, the first one named", async () => {
  const gateway = await Gateway.start({});
  const { code, stderr } = await run(["serve", "--listen", "127.0.0.1:0", "--state-dir", gateway.stateDirectory]);
  assert.equal(code, 4);
  assert.ok(stderr.includes(`pid ${gateway.child.pid}`), stderr);
  assert.ok(stderr.includes(gateway.stateDirectory));
  assert.match(stderr, /--state-dir/);
  await gateway.stop("SIGKILL");
  // The lock dies with its holder, however it ended.
  const next = await new Gateway({ stateDirectory: gateway.stateDirectory }).listening();
  assert.equal((await next.stop()).code, 0);
});

check("a wrong key, type and value each name file, line and remedy, all at once; nothing starts", async () => {
  const home = temporary();
  const marker = join(home, "started");
  const file = join(home, "mcp.toml");
  const trap = ["[servers.trap]", 'command = "touch"', `args = [${JSON.stringify(marker)}]`];
  const lines = ["[serve]", 'lisen = "127.0.0.1:0"', "max_sessions = true", 'log_level = "loud"', ...trap, "requird = true"];
  writeFileSync(file, lines.join("\n") + "\n");
  const { code, stderr } = await refused(["--config", file], { home });
  assert.equal(code, 4);
  for (const [line, word] of [[2, "listen"], [3, "max_sessions"], [4, "debug"], [8, "required"]]) {
    assert.match(stderr, new RegExp(`mcp\\.toml:${line}\\b`), `line ${line}`);
    assert.match(stderr, new RegExp(word));
  }
  assert.ok(!existsSync(marker));
});

check("usage errors: status 2", async () => {
  for (const args of [["--json", "--stdio"], ["--stdio", "--listen", "127.0.0.1:0"], ["--no-such-option"], ["--"], ["nonsense"]]) {
    const { code, stderr } = await refused(args);
    assert.equal(code, 2, `${args}: ${stderr}`);
  }
});

check("children get the environment of their configuration, never the whole one", async () => {
  const secret = join(temporary(), "secret");
  writeFileSync(secret, "from a file\n");
  const env = { GIVEN: "plain", SECRET: `file:${secret}`, PASSED: "env:WANTED" };
  const gateway = await Gateway.start({
    config: { servers: { shut: { ...everything(), env }, open: { ...everything(), env, profile: "none" } } },
    env: { WANTED: "wanted", UNWANTED: "unwanted" },
  });
  const client = await connect(gateway.url);
  for (const [name, home] of [["shut", "/tmp"], ["open", gateway.home]]) {
    const result = await client.callTool({ name: `${name}__get-env`, arguments: {} });
    const seen = JSON.parse(textOf(result));
    assert.deepEqual([seen.GIVEN, seen.SECRET, seen.PASSED], ["plain", "from a file", "wanted"]);
    assert.equal(seen.HOME, home);
    assert.equal(seen.UNWANTED, undefined);
  }
  await client.close();
  assert.ok(processesOf(gateway.home).length > 0);
  assert.equal((await gateway.stop()).code, 0);
});
