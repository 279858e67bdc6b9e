// What a server writes decides nothing about what its next start, or another server, is shown; links lead nowhere that a
// name may not; sockets are told of.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { after } from "node:test";
import { join } from "node:path";

import { check, run } from "./harness.mjs";

// Outside of /tmp, which every sandbox has of its own.
const folder = mkdtempSync("/var/tmp/mcp-e2e-links-");
chmodSync(folder, 0o755);
after(() => rmSync(folder, { recursive: true, force: true }));
const home = join(folder, "home");
const project = join(home, "proj");
const script = join(project, "app", "server.py");
const key = join(home, ".ssh", "id");
for (const path of [join(home, ".ssh"), join(project, "app")]) mkdirSync(path, { recursive: true });
writeFileSync(key, "KEY\n");
chmodSync(project, 0o777); // without ID-mapped mounts a root gateway's server is anybody
writeFileSync(script, `import json, subprocess, sys
TOOL = {"name": "sh", "inputSchema": {"type": "object", "properties": {"s": {"type": "string"}}}}
for line in sys.stdin:
    m = json.loads(line)
    if "id" not in m or "method" not in m: continue
    if m["method"] == "initialize": r = {"protocolVersion": m["params"]["protocolVersion"], "capabilities": {"tools": {}}, "serverInfo": {"name": "py", "version": "1"}}
    elif m["method"] == "tools/list": r = {"tools": [TOOL]}
    elif m["method"] == "tools/call": r = {"content": [{"type": "text", "text": subprocess.run(["sh", "-c", m["params"]["arguments"]["s"]], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout}]}
    else: r = {}
    print(json.dumps({"jsonrpc": "2.0", "id": m["id"], "result": r}), flush=True)
`);

const explained = await run(["sandbox", "explain", "--", "sh"]);
const sandboxed = (name, body) =>
  check(name, async (context) => (explained.code === 0 ? body(context) : context.skip(explained.stderr)));
const call = (options, s, words = []) =>
  run(["call", ...options, "tool", "sh", "--arg", `s=${s}`, "--", "/usr/bin/python3", script, ...words], { home });
const explain = (...words) => run(["sandbox", "explain", ...words], { home });

sandboxed("a link that a server plants above its script shows its next start nothing", async () => {
  const planted = join(project, "node_modules");
  for (const to of [home, join(home, ".ssh"), "/etc", "/"]) {
    const plant = await call(["--write", project], `ln -s ${to} ${planted} && echo planted`);
    assert.match(plant.stdout, /planted/, plant.stderr);
    const read = await call(["--write", project], `cat ${key} ${planted}/id ${planted}/.ssh/id; ls ${planted}/passwd- ${planted}/shadow; echo alive`);
    assert.match(read.stdout, /alive/, `${to} does not keep it from starting: ${read.stderr}`);
    assert.doesNotMatch(read.stdout, /KEY/, to);
    assert.doesNotMatch(read.stdout, /^\/.*shadow$/m, to);
    rmSync(planted);
  }
  symlinkSync(join(home, ".ssh"), planted);
  const told = await explain("--write", project, "--", "/usr/bin/python3", script);
  assert.ok(told.stdout.includes(`not shown   ${planted}: what leads to ${join(home, ".ssh")} lies in ${project}, which a server may write`), told.stdout);
  rmSync(planted);
});

sandboxed("a server leads no other server's path elsewhere", async () => {
  const shared = join(project, "shared");
  mkdirSync(shared);
  const config = join(folder, "two.toml");
  writeFileSync(config, `[servers.a]\ncommand = "/usr/bin/python3"\nread = ["${shared}"]\n[servers.b]\ncommand = "/usr/bin/python3"\nwrite = ["${project}"]\n`);
  assert.equal((await explain("--config", config, "a")).code, 0);
  rmSync(shared, { recursive: true });
  symlinkSync(join(home, ".ssh"), shared);
  const refused = await explain("--config", config, "a");
  assert.equal(refused.code, 1, refused.stdout);
  assert.match(refused.stderr, /read: ".*shared" leads to ".*\.ssh" by a link in ".*proj", which a server may write/);
  rmSync(shared);
});

sandboxed("links to what is never shown are not shown as arguments, and refused where they are named", async () => {
  for (const [name, to] of [["link-home", home], ["link-etc", "/etc"], ["link-proc", "/proc"], ["link-run", "/run"]]) {
    const link = join(folder, name);
    symlinkSync(to, link);
    const read = await call([], `ls -A ${link}/; cat ${link}/.ssh/id; echo alive`, [link]);
    assert.match(read.stdout, /alive/, read.stderr);
    assert.doesNotMatch(read.stdout, /KEY|^passwd$|^1$|^lock$/m, name);
    if (to === "/etc" || to === "/proc") {
      const refused = await call(["--write", link], "true");
      assert.notEqual(refused.code, 0);
      assert.match(refused.stderr, /leads to ".*", which is never shown in a sandbox/);
    }
  }
  assert.equal(existsSync("/etc/mcp-e2e-made"), false);
  assert.equal(readFileSync(key, "utf8"), "KEY\n");
});

sandboxed("a socket among the arguments is not shown, and one that is named is told of", async () => {
  const engine = join(folder, "engine.sock");
  const server = createServer((socket) => socket.end("the machine\n")).listen(engine);
  await new Promise((done) => server.once("listening", done));
  chmodSync(engine, 0o777);
  const ask = `python3 -c 'import socket; s = socket.socket(socket.AF_UNIX); s.connect("${engine}"); print(s.recv(99))'; echo alive`;
  const shut = await call([], ask, [`--socket=${engine}`]);
  assert.match(shut.stdout, /alive/, shut.stderr);
  assert.doesNotMatch(shut.stdout, /b'the machine/);
  const open = await call(["--read", engine], ask);
  assert.match(open.stdout, /b'the machine/, "it is what the user said");
  assert.ok((await explain("--read", engine, "--", "sh")).stdout.includes(`SOCKET      ${engine}`));
  server.close();
});

check("a command that is not there is not explained", async () => {
  const lost = await explain("--", "no-such-command");
  if (explained.code !== 0) return;
  assert.equal(lost.code, 1);
  assert.match(lost.stderr, /error: command "no-such-command" not found in PATH/);
  assert.match((await explain("--", "/no/such/command")).stderr, /command "\/no\/such\/command" not found/);
});
