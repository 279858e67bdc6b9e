// What keeps real servers alive, and what lets them rest: start on demand, idle stop, repeats, bounded handshakes, the
// breaker of a remote.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after } from "node:test";

import { Gateway, Inbox, binary, check, commandOf, eventually, hostPid, processesOf, temporary, toml, within } from "./harness.mjs";
import { mute, peer, witness } from "./peers.mjs";

const { Client } = peer("@modelcontextprotocol/sdk/client/index.js");
const { StreamableHTTPClientTransport } = peer("@modelcontextprotocol/sdk/client/streamableHttp.js");

async function connect(gateway) {
  const client = new Client({ name: "supervision", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(gateway.url)));
  return client;
}
const call = (client, name, args = {}, options) => client.callTool({ name, arguments: args }, undefined, options);
const textOf = (result) => result.content.map((block) => block.text ?? "").join("\n");
const toolsOf = async (client) => (await client.listTools()).tools.map((tool) => tool.name);
const running = (gateway, what) => processesOf(gateway.home).filter((pid) => commandOf(pid).includes(what));

async function ready(gateway, name) {
  const { servers } = await (await fetch(`${gateway.origin}/ready`)).json();
  return servers.find((one) => one.name === name);
}

check("a server on demand has no process before it is needed, and none after its rest", async () => {
  const servers = { witness: { ...witness(), start: "demand", idle_stop: "1s", required: true } };
  const gateway = await new Gateway({ config: { servers } }).listening();
  await gateway.state("witness", "idle");
  assert.equal((await fetch(`${gateway.origin}/ready`)).status, 200);
  assert.deepEqual(running(gateway, "v1_server"), []);

  const client = await connect(gateway);
  let tools = [];
  // A list waits a while for who is started by it, and no longer.
  await eventually(async () => (tools = await toolsOf(client)).includes("witness__pid"), "the server's tools are listed");
  const first = textOf(await call(client, "witness__pid"));
  assert.equal((await ready(gateway, "witness")).pid, Number(hostPid(first)));

  await gateway.state("witness", "idle");
  await eventually(() => running(gateway, "v1_server").length === 0, "the process is gone");
  assert.deepEqual(await toolsOf(client), tools);
  assert.deepEqual(running(gateway, "v1_server"), []);
  const second = textOf(await call(client, "witness__pid"));
  assert.notEqual(second, first);
  await client.close();
  assert.equal((await gateway.stop()).code, 0);
});

check("a call named by `retry` goes on with the next instance when its server is killed", async () => {
  const servers = { witness: { ...witness(), retry: ["hold", "pid"] } };
  const gateway = await Gateway.start({ config: { servers } });
  const [client, other] = [await connect(gateway), await connect(gateway)];
  const pid = textOf(await call(client, "witness__pid"));
  const begun = new Inbox();
  const held = call(client, "witness__hold", { key: "k" }, { onprogress: begun.put });
  await begun.take(() => true, "the first report");
  process.kill(hostPid(pid), "SIGKILL");
  const opened = async () => textOf(await call(other, "witness__open", { key: "k" }).catch(() => ({ content: [] })));
  await eventually(async () => (await opened()) === "yes", "the call runs again");
  assert.equal(textOf(await within(held, "the answer")), "opened k");
  for (const one of [client, other]) await one.close();
  assert.equal((await gateway.stop()).code, 0);
});

check("a server that never answers the handshake is named, and its process ended", async () => {
  const servers = { silent: { ...mute(), era: "legacy", start_timeout: "300ms" } };
  const gateway = await new Gateway({ config: { servers } }).listening();
  const state = await gateway.state("silent", "failed");
  assert.match(state.error, /initialize: no answer within 300 ms/);
  assert.ok(state.retry_at > Date.now() - 5_000);
  assert.equal(state.breaker, "open");
  await eventually(async () => (await ready(gateway, "silent")).starts >= 3, "it is tried again");
  assert.equal(gateway.stderr.match(/msg="server not available"/g).length, 1, "the log does not repeat itself");
  await eventually(() => running(gateway, "mute_server").length === 0, "no process between two attempts");
  assert.equal((await gateway.stop()).code, 0);
});

check("the start table does not wait for a server that hangs; its line follows", async () => {
  const servers = { clock: { builtin: "time" }, silent: { ...mute(), era: "legacy", start_timeout: "60s" } };
  const gateway = await new Gateway({ config: { servers } }).listening();
  await eventually(() => /^ +silent +starting +not up yet; a line follows$/m.test(gateway.stderr), () => gateway.stderr);
  assert.match(gateway.stderr, /^ +clock +ready +2 tools/m);
  assert.doesNotMatch(gateway.stderr, /^ +silent +failed/m);
  process.kill(running(gateway, "mute_server")[0], "SIGKILL");
  await eventually(() => /^ +silent +failed +.*killed by SIGKILL/m.test(gateway.stderr), () => gateway.stderr);
  assert.equal(gateway.stderr.match(/^ +clock +ready/gm).length, 1, "once");
  assert.equal((await gateway.stop()).code, 0);
});

check("a configuration that starts itself by a shell is refused by its first copy", async () => {
  const self = { command: "sh", args: ["-c", `exec ${binary} serve --stdio --config mcp.toml`], profile: "none" };
  const gateway = await new Gateway({ config: { servers: { self, clock: { builtin: "time" } } } }).listening();
  const state = await gateway.state("self", "failed");
  assert.match(state.error, /exit status 4 before it answered anything/);
  assert.match(gateway.stderr, /server=self .*this gateway was started by a gateway with the same configuration/);
  assert.doesNotMatch(gateway.stderr, /started by gateways/);
  assert.equal((await gateway.stop()).code, 0);
});

check("another gateway behind a gateway is none of that", async () => {
  const inner = join(temporary(), "inner.toml");
  writeFileSync(inner, toml({ servers: { clock: { builtin: "time" } } }), { mode: 0o600 });
  const args = ["-c", `exec ${binary} serve --stdio --config ${inner}`];
  const servers = { inner: { command: "sh", args, profile: "none" } };
  const gateway = await Gateway.start({ config: { servers } });
  assert.equal((await gateway.stop()).code, 0);
});

// A remote whose tools can be broken while it still answers pings.
const remote = { broken: true, calls: 0 };
const http = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => (body += chunk));
  request.on("end", () => {
    if (request.method !== "POST") return response.writeHead(405).end();
    const { id, method } = JSON.parse(body);
    if (id === undefined) return response.writeHead(202).end();
    if (method === "tools/call" && (remote.calls += 1) && remote.broken) return response.writeHead(502).end("<html>");
    const results = {
      initialize: { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "r", version: "1" } },
      "tools/list": { tools: [{ name: "go", inputSchema: { type: "object" } }] },
      "tools/call": { content: [{ type: "text", text: "went" }] },
      ping: {},
    };
    const answer = results[method] ? { result: results[method] } : { error: { code: -32601, message: "no" } };
    response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify({ jsonrpc: "2.0", id, ...answer }));
  });
});
after(() => http.close());

check("a remote whose calls fail is left alone, says so, and is used again once it answers", async () => {
  await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
  const servers = { remote: { url: `http://127.0.0.1:${http.address().port}/mcp`, era: "legacy" }, witness: witness() };
  const gateway = await Gateway.start({ config: { servers } });
  const client = await connect(gateway);
  const failure = () => call(client, "remote__go").then(() => assert.fail("it went"), (error) => error.message);
  const left = async () => (await failure()).includes("is not available");
  for (let calls = 0; !(await left()); ++calls) assert.ok(calls < 10, "the breaker opens");
  const reached = remote.calls;
  const { state, breaker, error, retry_at } = await ready(gateway, "remote");
  assert.deepEqual({ state, breaker }, { state: "failed", breaker: "open" });
  assert.match(error, /502/);
  assert.ok(retry_at > 0);
  assert.equal(remote.calls, reached);
  assert.ok((await toolsOf(client)).includes("remote__go")); // its list does not flap
  assert.match(textOf(await call(client, "witness__pid")), /^\d+$/);
  remote.broken = false;
  await eventually(async () => (await ready(gateway, "remote")).breaker === "closed", "the probe is answered");
  assert.equal(textOf(await call(client, "remote__go")), "went");
  await client.close();
  assert.equal((await gateway.stop()).code, 0);
});
