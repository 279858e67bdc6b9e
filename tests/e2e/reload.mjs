// The configuration is read again while sessions of all kinds are live: only what changed is started anew.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Gateway, Inbox, check, eventually, hostPid, processesOf, temporary, toml, within } from "./harness.mjs";
import { peer, v2Server, witness } from "./peers.mjs";
import { RawSession, accepts, send } from "./raw_http.mjs";

const { Client } = peer("@modelcontextprotocol/sdk/client/index.js");
const { StreamableHTTPClientTransport } = peer("@modelcontextprotocol/sdk/client/streamableHttp.js");
const types = peer("@modelcontextprotocol/sdk/types.js");
const modernPeer = peer("@modelcontextprotocol/client");

const textOf = (result) => (result.content ?? []).map((block) => block.text ?? "").join("\n");
const call = async (client, name, args = {}) => textOf(await client.callTool({ name, arguments: args }));
const toolsOf = async (client) => (await client.listTools()).tools.map((tool) => tool.name);

async function connect(url, capabilities = {}) {
  const client = new Client({ name: "reload", version: "1" }, { capabilities });
  const heard = new Inbox();
  client.fallbackNotificationHandler = async (notification) => heard.put(notification.method);
  client.setNotificationHandler(types.ToolListChangedNotificationSchema, ({ method }) => heard.put(method));
  if (capabilities.roots) client.setRequestHandler(types.ListRootsRequestSchema, async () => ({ roots: [] }));
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  return Object.assign(client, { heard });
}

// As editors save: another file, renamed over the old one.
function save(gateway, config, name = "mcp.toml") {
  const file = gateway.write(`${name}.new`, config);
  renameSync(file, join(gateway.home, name));
}

async function applied(gateway) {
  const event = await gateway.reloaded();
  assert.equal(event.ok, true, JSON.stringify(event));
  return event;
}

async function refused(gateway) {
  const event = await gateway.reloaded();
  assert.equal(event.ok, false, JSON.stringify(event));
  return event;
}

const readiness = async (gateway) => (await fetch(`${gateway.origin}/ready`)).json();
const changed = "notifications/tools/list_changed";

check("only changed servers are started anew; sessions of all kinds live on", async () => {
  const servers = { stays: witness(), changes: witness(), goes: witness(), both: v2Server() };
  const gateway = await Gateway.start({ config: { servers } });
  const plain = await connect(gateway.url);
  const owner = await connect(gateway.url, { roots: {} });
  const alone = await connect(gateway.of("stays"));
  const follower = await connect(gateway.of("changes"));
  const leaver = await RawSession.open(gateway.of("goes"));
  const modern = new modernPeer.Client(
    { name: "reload", version: "1" },
    { capabilities: {}, versionNegotiation: { mode: { pin: "2026-07-28" } } },
  );
  await modern.connect(new modernPeer.StreamableHTTPClientTransport(new URL(gateway.url)));
  await call(owner, "stays__pid");
  const pids = async () => [
    await call(plain, "stays__pid"), await call(owner, "stays__pid"), await call(alone, "pid"),
    textOf(await modern.callTool({ name: "stays__pid", arguments: {} })),
  ];
  const before = await pids();
  assert.equal(before[0], before[2]);
  assert.notEqual(before[0], before[1]);
  const [oldPid, goingPid] = [await call(plain, "changes__pid"), await call(plain, "goes__pid")];
  const ownOld = await call(owner, "changes__pid");
  const replacedPids = [oldPid, goingPid, ownOld].map(hostPid);

  // A call that runs on each of them over the reload.
  const hold = async (name) => {
    const begun = new Inbox();
    const ended = plain.callTool({ name, arguments: { key: name } }, undefined, { onprogress: begun.put });
    ended.catch(() => {});
    await begun.take(() => true, `${name} has begun`);
    return { ended };
  };
  const kept = await hold("stays__hold");
  const replaced = await hold("changes__hold");
  const removed = await hold("goes__hold");

  await call(plain, "both__heard");
  plain.heard.items.length = 0; // what the start had to tell
  const next = { stays: witness(), changes: witness("changed"), both: v2Server(), comes: witness() };
  save(gateway, { servers: next });
  const event = await applied(gateway);
  assert.deepEqual(
    { kept: event.kept, changed: event.changed, added: event.added, removed: event.removed },
    { kept: ["stays", "both"], changed: ["changes"], added: ["comes"], removed: ["goes"] },
  );
  await gateway.state("comes", "ready");
  await gateway.state("changes", "ready");

  assert.deepEqual(await pids(), before);
  const names = await toolsOf(plain);
  assert.ok(names.includes("comes__pid") && !names.some((name) => name.startsWith("goes__")), names.join(" "));
  await plain.heard.take((method) => method === changed, "the change");
  // Of a server that took longer to start it is told again.
  assert.ok(plain.heard.items.filter((method) => method === changed).length <= 1, "told once for each that started");
  const newPid = await call(plain, "changes__pid");
  assert.notEqual(newPid, oldPid);
  assert.equal(await call(follower, "pid"), newPid, "the endpoint and its session are the same");
  const ownNew = await call(owner, "changes__pid");
  assert.ok(ownNew !== ownOld && ownNew !== newPid, "a session's own server is replaced by its own");
  await assert.rejects(call(plain, "goes__pid"), /Unknown tool/);

  // The running calls end on the processes on which they began, which end after them.
  assert.equal(await call(plain, "stays__open", { key: "stays__hold" }), "yes");
  assert.equal(textOf(await within(kept.ended, "the call that was kept")), "opened stays__hold");
  for (const [pid, running, name] of [[oldPid, replaced, "changes"], [goingPid, removed, "goes"]]) {
    process.kill(hostPid(pid), "SIGUSR2");
    assert.equal(textOf(await within(running.ended, `the call on ${name}`)), `opened ${name}__hold`);
  }
  await eventually(() => {
    const left = processesOf(gateway.home);
    return !replacedPids.some((pid) => left.includes(pid));
  }, "the servers that were replaced and removed are gone");

  // A session of an endpoint that is gone is gone: the client starts over, and hears 404.
  const late = await leaver.post("tools/list", {});
  assert.equal(late.status, 404);
  for (const client of [plain, owner, alone, follower, modern]) await client.close();
  assert.equal((await gateway.stop()).code, 0);
});

check("a session on a removed server's endpoint finishes its call and is then ended", async () => {
  const gateway = await Gateway.start({ config: { servers: { stays: witness(), goes: witness() } } });
  const session = await RawSession.open(gateway.of("goes"));
  const pid = (await session.result(await session.call("pid", {}))).result.content[0].text;
  const stream = await send(gateway.of("goes"), "GET", { ...session.headers, accept: "text/event-stream" });
  const running = await session.call("hold", { key: "k" }, 1);
  await running.next((event) => event.message?.method === "notifications/progress", "the first report");
  save(gateway, { servers: { stays: witness() } });
  await applied(gateway);
  process.kill(hostPid(pid), "SIGUSR2");
  const answer = await running.next((event) => event.message && "id" in event.message, "the answer");
  assert.equal(answer.message.result.content[0].text, "opened k");
  await stream.end();
  assert.equal((await gateway.stop()).code, 0);
});

check("a call over the drain deadline gets an error that says why", async () => {
  const serve = { drain_deadline: "100ms" };
  const gateway = await Gateway.start({ config: { serve, servers: { one: witness() } } });
  const client = await connect(gateway.url);
  const begun = new Inbox();
  const running = client.callTool({ name: "one__hold", arguments: { key: "k" } }, undefined, { onprogress: begun.put });
  running.catch(() => {});
  await begun.take(() => true, "the first report");
  save(gateway, { serve, servers: { one: witness("changed") } });
  await applied(gateway);
  await assert.rejects(within(running, "the error"), /one.*configuration.*changed/);
  assert.match(await call(client, "one__pid"), /^\d+$/);
  await client.close();
  assert.equal((await gateway.stop()).code, 0);
});

check("a bad file changes nothing and says why, until it is good again", async () => {
  const good = { servers: { one: witness() } };
  const gateway = await Gateway.start({ config: good });
  const client = await connect(gateway.url);
  const pid = await call(client, "one__pid");
  for (const [text, problem] of [
    ["[servers.one]\ncommand = \"x\"\nrequird = true\n", /mcp\.toml:3:.*requird/],
    ["[serve\n", /mcp\.toml:1/],
    ["[serve]\nmax_sessions = \"many\"\n", /mcp\.toml:2:.*max_sessions/],
    ["[serve.tokens]\nada = \"file:/no/such/file\"\n", /ada.*\/no\/such\/file/],
  ]) {
    save(gateway, text);
    const event = await refused(gateway);
    assert.match(event.reload_error, problem);
    const ready = await readiness(gateway);
    assert.equal(ready.status, "ready");
    assert.equal(ready.reload_error, event.reload_error);
    assert.equal(await call(client, "one__pid"), pid);
    await eventually(() => problem.test(gateway.stderr), "the log says it too");
  }
  save(gateway, good);
  assert.deepEqual((await applied(gateway)).kept, ["one"]);
  assert.equal((await readiness(gateway)).reload_error, undefined);
  assert.equal(await call(client, "one__pid"), pid);
  await client.close();
  assert.equal((await gateway.stop()).code, 0);
});

check("SIGHUP reloads, also when nothing is watched", async () => {
  const gateway = await Gateway.start({ config: { serve: { watch: false }, servers: { one: witness() } } });
  gateway.write("mcp.toml", { serve: { watch: false }, servers: { one: witness(), two: witness() } });
  gateway.child.kill("SIGHUP");
  assert.deepEqual((await applied(gateway)).added, ["two"]);
  await gateway.state("two", "ready");
  gateway.child.kill("SIGHUP");
  assert.deepEqual((await applied(gateway)).kept, ["one", "two"]);
  assert.equal((await gateway.stop()).code, 0);
});

check("a link in the middle of the path is swapped, as Kubernetes does", async () => {
  const mount = temporary();
  const publish = (version, config) => {
    mkdirSync(join(mount, version));
    writeFileSync(join(mount, version, "mcp.toml"), toml(config));
    symlinkSync(version, join(mount, "..tmp"));
    renameSync(join(mount, "..tmp"), join(mount, "..data"));
  };
  publish("..1", { servers: { one: witness() } });
  symlinkSync("..data/mcp.toml", join(mount, "mcp.toml"));
  const gateway = await Gateway.start({ args: ["--config", join(mount, "mcp.toml")] });
  publish("..2", { servers: { one: witness(), two: witness() } });
  assert.deepEqual((await applied(gateway)).added, ["two"]);
  assert.equal((await gateway.stop()).code, 0);
});

check("a file that vanishes takes nothing away, unless SIGHUP says so", async () => {
  const gateway = await new Gateway({ env: { XDG_CONFIG_HOME: "" }, args: [] }).listening();
  const file = join(gateway.home, ".config/mcp/mcp.toml");
  mkdirSync(join(gateway.home, ".config/mcp"), { recursive: true });
  writeFileSync(file, toml({ servers: { one: witness() } }));
  assert.deepEqual((await applied(gateway)).removed, ["echo", "time"]);
  await gateway.state("one", "ready");
  renameSync(file, `${file}.away`);
  assert.match((await refused(gateway)).reload_error, /mcp\.toml is gone/);
  assert.equal(gateway.servers[0].name, "one");
  gateway.child.kill("SIGHUP");
  assert.deepEqual((await applied(gateway)).added, ["echo", "time"]);
  assert.equal((await gateway.stop()).code, 0);
});

check("an unapproved change of ./mcp.toml is refused with the way out; a yes makes it good", async () => {
  const home = temporary();
  const state = join(home, "state");
  const file = join(home, "mcp.toml");
  const approve = () => {
    const digest = createHash("sha256").update(readFileSync(file)).digest("hex");
    mkdirSync(state, { recursive: true });
    writeFileSync(join(state, "approved"), `${digest} ${file}\n`, { mode: 0o600 });
  };
  writeFileSync(file, toml({ servers: { one: witness() } }));
  approve();
  const gateway = await Gateway.start({ cwd: home, stateDirectory: state });
  writeFileSync(file, toml({ servers: { one: witness(), trap: witness() } }));
  const event = await refused(gateway);
  assert.match(event.reload_error, /mcp\.toml .*not approved/);
  assert.match(event.reload_hint, /--config|terminal/);
  assert.deepEqual(gateway.servers.map((one) => one.name), ["one"]);
  approve();
  assert.deepEqual((await applied(gateway)).added, ["trap"]);
  assert.equal((await gateway.stop()).code, 0);
});

check("a server is started anew when a file with a secret of its changes, others are not", async () => {
  const secret = join(temporary(), "secret");
  writeFileSync(secret, "one\n");
  const servers = { uses: { ...witness(), env: { KEY: `file:${secret}` } }, other: witness() };
  const gateway = await Gateway.start({ config: { servers } });
  writeFileSync(secret, "two\n");
  const event = await applied(gateway);
  assert.deepEqual([event.changed, event.kept], [["uses"], ["other"]]);
  assert.equal((await gateway.stop()).code, 0);
});

check("a rotated token keeps its principal's sessions, a removed one ends them", async () => {
  const files = Object.fromEntries(["ada", "bob"].map((name) => [name, join(temporary(), name)]));
  const write = (name, token) => writeFileSync(files[name], `${token}\n`, { mode: 0o600 });
  write("ada", "ada-first-token");
  write("bob", "bob-token");
  const tokens = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, `file:${file}`]));
  const servers = { one: witness() };
  const gateway = await Gateway.start({ config: { serve: { tokens }, servers } });
  const bearer = (token) => ({ authorization: `Bearer ${token}` });
  const ada = await RawSession.open(gateway.url, bearer("ada-first-token"));
  const bob = await RawSession.open(gateway.url, bearer("bob-token"));
  const bobs = await send(gateway.url, "GET", { ...bob.headers, accept: "text/event-stream" });

  write("ada", "ada-second-token");
  await applied(gateway);
  assert.equal((await (await ada.post("ping", {})).end()).status, 401, "the old token is worth nothing");
  Object.assign(ada.headers, bearer("ada-second-token"));
  assert.deepEqual((await ada.result(await ada.post("ping", {}))).result, {});
  assert.deepEqual((await bob.result(await bob.post("ping", {}))).result, {});

  save(gateway, { serve: { tokens: { ada: tokens.ada } }, servers });
  await applied(gateway);
  await bobs.end();
  assert.equal((await (await bob.post("ping", {})).end()).status, 401);
  assert.deepEqual((await ada.result(await ada.post("ping", {}))).result, {});
  assert.equal((await gateway.stop()).code, 0);
});

check("live keys take effect at once; those that need a restart are named", async () => {
  const servers = { one: witness() };
  const gateway = await Gateway.start({ config: { serve: { log_format: "logfmt" }, servers }, listen: "127.0.0.1:0" });
  const open = await RawSession.open(gateway.url);
  const from = (origin) => send(gateway.url, "POST", { ...open.headers, origin }, '{"jsonrpc":"2.0","id":9,"method":"ping"}');
  assert.equal((await (await from("https://app.example.com")).end()).status, 403);
  save(gateway, {
    serve: { origins: ["https://app.example.com"], max_sessions: 1, request_timeout: "50ms", log_format: "json" }, servers,
  });
  assert.deepEqual((await applied(gateway)).kept, ["one"], "a time limit of ours restarts nothing");
  assert.equal((await (await from("https://app.example.com")).end()).status, 200);
  await eventually(() => /needs a restart.*log_format/.test(gateway.stderr), "the key that needs a restart");
  await assert.rejects(RawSession.open(gateway.url), "one session is the limit now");
  const late = await open.result(await open.call("one__hold", { key: "late" }));
  assert.match(late.error.message, /50 ms/);
  assert.equal((await gateway.stop()).code, 0);
});

check("the last token cannot be taken from a gateway that is open to the network", async () => {
  const serve = { listen: "0.0.0.0:0", tokens: { ada: "text:ada-token" } };
  const gateway = await new Gateway({ config: { serve }, listen: null }).listening();
  save(gateway, { serve: { listen: "127.0.0.1:0" } });
  assert.match((await refused(gateway)).reload_error, /0\.0\.0\.0/);
  const { port } = new URL(gateway.url);
  const answer = await send(`http://127.0.0.1:${port}/mcp`, "POST", accepts, '{"jsonrpc":"2.0","id":1,"method":"ping"}');
  assert.equal((await answer.end()).status, 401);
  assert.equal((await gateway.stop()).code, 0);
});
