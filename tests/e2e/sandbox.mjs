// Servers in the sandbox, through `mcp serve`: they answer as outside, see what they were shown, and what they got is
// reported.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Gateway, check, eventually, noneLeft, run, temporary } from "./harness.mjs";
import { everything, filesystem, node, packages, peer } from "./peers.mjs";

const { Client } = peer("@modelcontextprotocol/sdk/client/index.js");
const { StreamableHTTPClientTransport } = peer("@modelcontextprotocol/sdk/client/streamableHttp.js");

const folder = temporary();
const notes = join(folder, "notes");
const private_ = join(folder, "private");
for (const path of [notes, private_]) mkdirSync(path);
writeFileSync(join(notes, "note.txt"), "a note\n");
writeFileSync(join(private_, "key"), "a key\n");

// A server in Python that runs what it is told to and answers with what that printed.
const python = join(folder, "python");
mkdirSync(python);
writeFileSync(join(python, "server.py"), `import json, subprocess, sys, threading, multiprocessing, sqlite3, ssl
TOOL = {"name": "shell", "inputSchema": {"type": "object", "properties": {"script": {"type": "string"}}}}
def heavy():
    with multiprocessing.get_context("fork").Pool(2) as pool:
        total = sum(pool.map(abs, [-1, -2, -3]))
    database = sqlite3.connect("/tmp/heavy.db")
    database.execute("create table t (x)")
    thread = threading.Thread(target=lambda: None)
    thread.start(); thread.join()
    ssl.create_default_context()
    return "heavy %d" % total
def answer(m):
    if m["method"] == "initialize":
        return {"protocolVersion": m["params"]["protocolVersion"], "capabilities": {"tools": {}}, "serverInfo": {"name": "py", "version": "1"}}
    if m["method"] == "tools/list": return {"tools": [TOOL]}
    if m["method"] == "ping": return {}
    script = m["params"]["arguments"]["script"]
    text = heavy() if script == "heavy" else subprocess.run(["sh", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
    return {"content": [{"type": "text", "text": text}]}
for line in sys.stdin:
    m = json.loads(line)
    if "id" in m and "method" in m:
        print(json.dumps({"jsonrpc": "2.0", "id": m["id"], "result": answer(m)}), flush=True)
`);

const explained = await run(["sandbox", "explain", "--json", "--", "sh"]);
const namespaces = explained.code === 0;
const reason = explained.stderr;
const boxed = (server, more = {}) => ({ ...server, profile: "runtime", read: [packages], ...more });
const inPython = (more) => ({ command: "/usr/bin/python3", args: [join(python, "server.py")], profile: "runtime", read: [python], ...more });
const connect = async (gateway) => {
  const client = new Client({ name: "sandbox", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(gateway.url)));
  return client;
};
const call = async (client, name, args) => {
  const result = await client.callTool({ name, arguments: args });
  return result.content.map((block) => block.text ?? "").join("\n");
};
const sandboxed = (name, body) => check(name, async (context) => (namespaces ? body(context) : context.skip(reason)));

sandboxed("servers in node and python answer, and see what they were shown", async () => {
  const gateway = await Gateway.start({
    config: {
      servers: {
        everything: boxed(everything()),
        files: boxed(filesystem(notes), { read: [packages], write: [notes] }),
        py: inPython(),
      },
    },
  });
  const client = await connect(gateway);
  const tools = await eventually(async () => {
    const names = (await client.listTools()).tools.map((tool) => tool.name);
    return names.includes("everything__echo") && names.includes("files__read_text_file") && names.includes("py__shell") && names;
  }, "all tools are there");
  assert.ok(tools.length > 10);
  assert.match(await call(client, "everything__echo", { message: "hello" }), /hello/);
  assert.match(await call(client, "files__read_text_file", { path: join(notes, "note.txt") }), /a note/);
  await call(client, "files__write_file", { path: join(notes, "new.txt"), content: "written" });
  assert.equal(readFileSync(join(notes, "new.txt"), "utf8"), "written");
  const shell = (script) => call(client, "py__shell", { script });
  assert.match(await shell(`cat ${join(private_, "key")}`), /No such file/);
  assert.match(await shell(`echo x > ${join(python, "x")}`), /Read-only/);
  assert.equal(existsSync(join(python, "x")), false);
  assert.equal(await shell("ls -d /home /root /sys 2>/dev/null | wc -l"), "0\n");
  assert.equal(await shell("env | cut -d= -f1 | grep -v -e ^_ -e OLDPWD | sort | tr '\\n' ' '"),
    "HOME LANG LOGNAME MCP_GATEWAYS_ABOVE PATH PWD TMPDIR USER ");
  assert.equal(await shell("heavy"), "heavy 6");
  await client.close();
  assert.deepEqual(await gateway.stop(), { code: 0, signal: null });
  await noneLeft(gateway.home);
});

sandboxed("node's worker threads, child processes, files and crypto work", async () => {
  const script = join(python, "heavy.mjs");
  writeFileSync(script, `import { Worker } from "node:worker_threads"; import { execFileSync } from "node:child_process";
import { createHash, generateKeyPairSync } from "node:crypto"; import { networkInterfaces, userInfo } from "node:os";
import { writeFileSync, readFileSync, watch } from "node:fs"; import { gzipSync } from "node:zlib"; import net from "node:net";
await new Promise((done) => new Worker("require('node:worker_threads').parentPort.postMessage(1)", { eval: true }).on("message", done));
execFileSync("/bin/sh", ["-c", "true"]); writeFileSync("/tmp/x", gzipSync(readFileSync("/etc/passwd"))); watch("/tmp").close();
generateKeyPairSync("ec", { namedCurve: "P-256" }); createHash("sha256"); networkInterfaces();
await new Promise((done) => { const s = net.createServer().listen("/tmp/s", () => s.close(done)); });
console.error("all of it: " + userInfo().username); process.exit(3);
`);
  const heavy = { command: node, args: [script], profile: "runtime", read: [python] };
  const gateway = await new Gateway({ config: { servers: { heavy } } }).listening();
  await eventually(() => /all of it: mcp/.test(gateway.stderr), () => gateway.stderr.slice(-2000));
  await gateway.stop();
});

sandboxed("what it got is logged and reported, and a server without a profile says so", async () => {
  const gateway = await Gateway.start({ config: { servers: { py: inPython(), open: { command: "/usr/bin/python3", args: [join(python, "server.py")] } } } });
  const statuses = await eventually(async () => {
    const body = await (await fetch(new URL("/ready", gateway.url))).json();
    return body.servers.every((server) => server.state === "ready") && body.servers;
  }, "both are ready");
  const [py, open] = ["py", "open"].map((name) => statuses.find((server) => server.name === name));
  assert.equal(py.sandbox.profile, "runtime");
  assert.match(py.sandbox.profile_hash, /^[0-9a-f]{64}$/);
  assert.ok(["user", "mount", "pid", "net"].every((name) => py.sandbox.namespaces.includes(name)));
  assert.match(py.sandbox.cgroups, /^(v2|v1|none)$/);
  assert.deepEqual(open.sandbox, { profile: "none" });
  assert.match(gateway.stderr, /msg="server in a sandbox" server=py profile=runtime profile_hash=[0-9a-f]{12} /);
  await gateway.stop();
});

sandboxed("nothing survives the gateway's death", async () => {
  const gateway = await Gateway.start({ config: { servers: { py: inPython() } } });
  const client = await connect(gateway);
  await eventually(async () => (await client.listTools()).tools.length === 1, "the tool is there");
  const marker = `86400.${process.pid}`;
  await call(client, "py__shell", { script: `setsid sleep ${marker} >/dev/null 2>&1 </dev/null & true` });
  const sleeping = () => spawnSync("pgrep", ["-f", `^sleep ${marker}`]).status === 0;
  await eventually(sleeping, "it sleeps");
  gateway.child.kill("SIGKILL");
  await eventually(() => !sleeping(), "the sleeper is gone");
  await gateway.stop();
});

check("explain says what a server gets, what is hidden, and that none is none", async () => {
  if (!namespaces) return;
  const text = await run(["sandbox", "explain", "--", "python3", join(private_, "key")]);
  assert.equal(text.code, 0, text.stderr);
  assert.match(text.stdout, /NO SANDBOX/);
  assert.match(text.stdout, /network +none/);
  assert.ok(text.stdout.includes(`not shown   ${join(private_, "key")}`), text.stdout);
  const home = temporary();
  writeFileSync(join(home, "mcp.toml"), `[servers.py]\ncommand = "python3"\nprofile = "compat"\nread = ["${python}"]\n`);
  const json = JSON.parse((await run(["sandbox", "explain", "--config", join(home, "mcp.toml"), "--json", "py"])).stdout);
  assert.equal(json.profile, "compat");
  assert.equal(json.applied, true);
  assert.ok(json.paths.some((one) => one.path === python && !one.write));
  assert.equal((await run(["sandbox", "explain", "--config", join(home, "mcp.toml"), "pi"])).code, 4);
});
