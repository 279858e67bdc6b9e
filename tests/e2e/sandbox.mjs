// Servers in the sandbox, through `mcp serve`: they answer as outside, see what they were shown, and what they got is
// reported.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Gateway, binary, check, eventually, noneLeft, processesOf, run, temporary } from "./harness.mjs";
import { everything, filesystem, node, peer } from "./peers.mjs";

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
const cgroups = namespaces && JSON.parse(explained.stdout).cgroups !== "none";
const reason = explained.stderr;
const inPython = (more) => ({ command: "/usr/bin/python3", args: [join(python, "server.py")], ...more });
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
        everything: everything(),
        files: filesystem(notes),
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

sandboxed("node's worker threads, child processes, files, sqlite, TLS and crypto work", async () => {
  const script = join(python, "heavy.mjs");
  writeFileSync(script, `import { Worker } from "node:worker_threads"; import { execFileSync, fork } from "node:child_process";
import { createHash, generateKeyPairSync } from "node:crypto"; import { networkInterfaces, userInfo } from "node:os";
import { writeFileSync, readFileSync, watch } from "node:fs"; import { gzipSync } from "node:zlib"; import net from "node:net";
import { DatabaseSync } from "node:sqlite"; import tls from "node:tls";
if (process.argv[2] === "child") { process.send("forked"); process.disconnect(); } else {
await new Promise((done) => new Worker("require('node:worker_threads').parentPort.postMessage(1)", { eval: true }).on("message", done));
await new Promise((done) => fork(process.argv[1], ["child"]).on("message", done));
execFileSync("/bin/sh", ["-c", "true"]); writeFileSync("/tmp/x", gzipSync(readFileSync("/etc/passwd"))); watch("/tmp").close();
generateKeyPairSync("ec", { namedCurve: "P-256" }); createHash("sha256"); networkInterfaces();
new DatabaseSync("/tmp/db").exec("create table t (x); insert into t values (1)");
await new Promise((done) => { const s = net.createServer().listen("/tmp/s", () => s.close(done)); });
execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=here", "-keyout", "/tmp/key", "-out", "/tmp/cert"], { stdio: "ignore" });
const [key, cert] = ["/tmp/key", "/tmp/cert"].map((path) => readFileSync(path));
const server = tls.createServer({ key, cert }, (socket) => socket.end("over TLS"));
await new Promise((done) => server.listen("/tmp/tls", done));
const socket = tls.connect({ path: "/tmp/tls", ca: cert, servername: "here" });
let heard = ""; for await (const chunk of socket) heard += chunk;
console.error("all of it: " + userInfo().username + ", " + heard); process.exit(3);
}
`);
  const heavy = { command: node, args: [script] };
  const gateway = await new Gateway({ config: { servers: { heavy } } }).listening();
  await eventually(() => /all of it: mcp, over TLS/.test(gateway.stderr), () => gateway.stderr.slice(-2000));
  await gateway.stop();
});

sandboxed("what it got is logged, reported and shown, and a server without a sandbox says so loudly", async () => {
  const gateway = await Gateway.start({ config: { servers: { py: inPython({ args: [join(python, "server.py"), notes] }), open: inPython({ profile: "none" }) } } });
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
  assert.equal(py.sandbox.shown, undefined, "/ready names no folders");
  const told = gateway.servers.find((server) => server.name === "py").sandbox;
  assert.deepEqual(told.shown, [
    { path: python, write: false, why: "its program" }, { path: notes, write: false, why: "argument" },
  ]);
  await eventually(() => gateway.stderr.includes(`sandbox runtime, shows ${python} (its program), ${notes} (argument)`), () => gateway.stderr);
  assert.match(gateway.stderr, /NO SANDBOX: profile = "none", it runs with all rights of its user/);
  assert.match(gateway.stderr, /level=warn .*msg="server without a sandbox: it has all rights of its user" server=open/);
  assert.match(gateway.stderr, /msg="server in a sandbox" server=py profile=runtime profile_hash=[0-9a-f]{12} /);
  await gateway.stop();
});

// What a gateway may leave on the machine: control groups, mounts, files under /tmp.
const traces = () => ({
  groups: spawnSync("find", ["/sys/fs/cgroup", "-maxdepth", "6", "-type", "d", "-name", "mcp-*"]).stdout.toString().split("\n").sort(),
  mounts: readFileSync("/proc/self/mountinfo", "utf8"),
  files: ["/tmp", "/dev/shm"].flatMap((place) => readdirSync(place).filter((name) => !name.startsWith("mcp-e2e-")).map((name) => join(place, name))),
});
// "Nothing survives one second later", on machines that others use too.
const survivors = 5_000;
const nameOf = (pid) => readFileSync(`/proc/${pid}/comm`, "utf8").trim();
const victims = {
  gateway: (gateway) => gateway.child.pid,
  spawner: (gateway) => processesOf(gateway.home).find((pid) => /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1] === String(gateway.child.pid)),
  keeper: (gateway) => processesOf(gateway.home).find((pid) => nameOf(pid) === "mcp-keeper"),
  init: (gateway) => processesOf(gateway.home).find((pid) => nameOf(pid) === "mcp-init"),
};
for (const [victim, pidOf] of Object.entries(victims)) {
  sandboxed(`kill -9 of the ${victim}: nothing of the sandbox survives, and nothing is left once the next gateway has run`, async () => {
    const before = traces();
    const gateway = await Gateway.start({ config: { servers: { py: inPython({ memory: "256M" }) } } });
    const client = await connect(gateway);
    await eventually(async () => (await client.listTools()).tools.length === 1, "the tool is there");
    const made = traces().groups.filter((group) => !before.groups.includes(group));
    assert.equal(made.length > 0, cgroups, `its control groups: ${made}`);
    const marker = `86400.${process.pid}${Object.keys(victims).indexOf(victim)}`;
    await call(client, "py__shell", { script: `setsid sleep ${marker} >/dev/null 2>&1 </dev/null & true` });
    const sleeping = () => spawnSync("pgrep", ["-f", `^sleep ${marker}`]).status === 0;
    await eventually(sleeping, "it sleeps");
    process.kill(Number(pidOf(gateway)), "SIGKILL");
    const killed = Date.now();
    await eventually(() => !sleeping(), "the sleeper is gone", survivors);
    console.log(`kill -9 of the ${victim}: nothing is left after ${Date.now() - killed} ms`);
    await client.close().catch(() => {});
    await gateway.stop();
    // One without anything to shut in.
    const next = await Gateway.start({ config: { servers: { clock: { builtin: "time" } } } });
    await next.stop();
    const { groups, mounts, files } = traces();
    assert.deepEqual(groups.filter((group) => !before.groups.includes(group)), []);
    assert.equal(mounts, before.mounts);
    assert.deepEqual(files.filter((file) => file.includes("mcp") && !before.files.includes(file)), []);
  });
}

sandboxed("mcp serve -- CMD is shut in, sees its arguments, and is loosened by options", async () => {
  const words = [join(python, "server.py"), notes];
  const shell = async (options, script) => {
    const made = await run(["call", ...options, "tool", "shell", "--arg", `script=${script}`, "--", "/usr/bin/python3", ...words]);
    return made.stdout.trim();
  };
  assert.equal(await shell([], `cat ${join(notes, "note.txt")}`), "a note");
  assert.match(await shell([], `echo x > ${join(notes, "x")}`), /Read-only/);
  assert.equal(await shell(["--write", notes], `echo x > ${join(notes, "x")} && echo done`), "done");
  assert.match(await shell([], `cat ${join(private_, "key")}`), /No such file/);
  assert.equal(await shell(["--read", private_], `cat ${join(private_, "key")}`), "a key");
  assert.equal(await shell(["--profile", "none"], `cat ${join(private_, "key")}`), "a key");
  const gateway = await Gateway.start({ args: ["--", "/usr/bin/python3", ...words] });
  assert.equal(gateway.servers[0].sandbox.profile, "runtime");
  await gateway.stop();
  const open = await Gateway.start({ args: ["--profile", "none", "--", "/usr/bin/python3", ...words] });
  assert.deepEqual(open.servers[0].sandbox, { profile: "none" });
  await open.stop();
  const usage = await run(["serve", "--write", notes]);
  assert.equal(usage.code, 2);
  assert.match(usage.stderr, /belong to a command after --/);
});

// A user namespace in which no further ones may be made is a machine without them.
const bare = ["-Ur", "sh", "-c", 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"', "sh"];
const canBeBare = spawnSync("unshare", [...bare, "true"]).status === 0;
check("without namespaces a server is not started, the remedy is named, and works", async (context) => {
  if (!canBeBare) return context.skip("no user namespace can be made to take the others away in");
  const call = (...options) =>
    spawnSync("unshare", [...bare, binary, "call", ...options, "tools", "list", "--", "/usr/bin/python3", join(python, "server.py")], { encoding: "utf8" });
  const refused = call();
  assert.equal(refused.status, 6);
  assert.match(refused.stderr, /sandbox: no namespaces here: /);
  assert.match(refused.stderr, /hint: .*mcp serve --profile none/);
  const open = call("--profile", "none");
  assert.equal(open.status, 0, open.stderr);
  assert.match(open.stderr, /server without a sandbox: it has all rights of its user/);
});

sandboxed("a script that is named from the current directory is found there", async () => {
  for (const words of [["python3", "server.py"], ["python3", "./server.py"], ["python3", "-m", "server"]]) {
    const listed = await run(["call", "tools", "list", "--", ...words], { cwd: python });
    assert.match(listed.stdout, /shell/, `${words}: ${listed.stderr}`);
  }
});

sandboxed("one who takes the sandbox of all servers away by the environment has none, but where one was named", async () => {
  const servers = { open: inPython({ read: [notes] }), shut: inPython({ profile: "runtime" }) };
  const gateway = await Gateway.start({ config: { servers }, env: { MCP_SERVE_PROFILE: "none" } });
  const profileOf = (name) => gateway.servers.find((server) => server.name === name).sandbox.profile;
  assert.deepEqual([profileOf("open"), profileOf("shut")], ["none", "runtime"]);
  await gateway.stop();
});

check("explain says what a server gets, what is hidden, and that none is none", async () => {
  if (!namespaces) return;
  const home = temporary();
  const text = await run(["sandbox", "explain", "--", "python3", join(private_, "key"), home], { home });
  assert.equal(text.code, 0, text.stderr);
  assert.match(text.stdout, /network +none/);
  assert.ok(text.stdout.includes(`${private_}: read, execute (its program)`), text.stdout);
  assert.ok(text.stdout.includes(`not shown   ${home}`), "never a whole home");
  writeFileSync(join(home, "mcp.toml"), `[servers.py]\ncommand = "python3"\nprofile = "compat"\nread = ["${python}"]\n[servers.open]\ncommand = "python3"\nprofile = "none"\n`);
  const explain = (...words) => run(["sandbox", "explain", "--config", join(home, "mcp.toml"), ...words]);
  const json = JSON.parse((await explain("--json", "py")).stdout);
  assert.equal(json.profile, "compat");
  assert.equal(json.applied, true);
  assert.ok(json.paths.some((one) => one.path === python && !one.write));
  assert.match((await explain("open")).stdout, /NO SANDBOX/);
  assert.equal((await explain("pi")).code, 4);
});
