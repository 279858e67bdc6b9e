// Servers that die, that never answer, that do not want to end; and the gateway's own end.
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";

import { Gateway, Inbox, check, commandOf, eventually, hostPid, noneLeft, processesOf, within } from "./harness.mjs";
import { everything, mute, peer, stubborn, witness } from "./peers.mjs";
import { RawSession } from "./raw_http.mjs";

const { Client } = peer("@modelcontextprotocol/sdk/client/index.js");
const { StreamableHTTPClientTransport } = peer("@modelcontextprotocol/sdk/client/streamableHttp.js");
const types = peer("@modelcontextprotocol/sdk/types.js");

async function connect(gateway, capabilities = {}) {
  const client = new Client({ name: "faults", version: "1" }, { capabilities });
  if (capabilities.roots) client.setRequestHandler(types.ListRootsRequestSchema, async () => ({ roots: [] }));
  await client.connect(new StreamableHTTPClientTransport(new URL(gateway.url)));
  return client;
}
const call = (client, name, args = {}, options) => client.callTool({ name, arguments: args }, undefined, options);
const textOf = (result) => result.content.map((block) => block.text ?? "").join("\n");
const toolsOf = async (client) => (await client.listTools()).tools.map((tool) => tool.name);

// A call that is running: {ended}, once the server has said that it has begun.
async function hold(client, key) {
  const begun = new Inbox();
  const ended = call(client, "witness__hold", { key }, { onprogress: begun.put });
  ended.catch(() => {}); // it is awaited later
  await begun.take(() => true, "the first report");
  return { ended };
}

for (const [whose, capabilities] of [["a shared child", {}], ["a client's own child", { roots: {} }]]) {
  check(`${whose} is killed: its calls fail at once, others go on, the next works after the respawn`, async () => {
    const gateway = await Gateway.start({ config: { servers: { witness: witness(), everything: everything() } } });
    const client = await connect(gateway, capabilities);
    const before = textOf(await call(client, "witness__pid"));
    // A server may add tools once it knows what its client can do.
    const tools = await eventually(async () => {
      const all = await toolsOf(client);
      return (!capabilities.roots || all.includes("everything__get-roots-list")) && all;
    }, "all tools");
    const held = [await hold(client, "one"), await hold(client, "two")];
    process.kill(hostPid(before), "SIGKILL");
    for (const one of held) {
      await assert.rejects(within(one.ended, "the failure of a pending call"), (error) => {
        assert.equal(typeof error.code, "number");
        assert.match(error.message, /witness/);
        return true;
      });
    }
    assert.equal(textOf(await call(client, "everything__echo", { message: "on" })), "Echo: on");
    assert.deepEqual(await toolsOf(client), tools); // a server on its way back keeps its tools
    const after = await eventually(async () => {
      return call(client, "witness__pid").then(textOf, () => "");
    }, "the server is back");
    assert.notEqual(after, before);
    const fresh = await connect(gateway, capabilities);
    // A server may add tools once it knows what its client can do.
    await eventually(async () => isDeepStrictEqual(await toolsOf(fresh), tools), "the same tools for another client");
    for (const one of [client, fresh]) await one.close();
    assert.equal((await gateway.stop()).code, 0);
  });
}

check("dead and silent servers neither empty nor delay the others' lists", async () => {
  const gateway = await new Gateway({
    config: {
      servers: {
        silent: mute(),
        absent: { command: "no-such-program-anywhere" },
        dying: { command: "false" },
        refusing: { url: "http://127.0.0.1:9/mcp" },
        witness: witness(),
      },
    },
  }).listening();
  const client = await within(connect(gateway), "the handshake", 30_000);
  const tools = await eventually(async () => {
    const names = await within(toolsOf(client), "the list", 30_000);
    return names.includes("witness__pid") && names;
  }, "the living server's tools");
  assert.ok(tools.every((name) => name.startsWith("witness__")), tools.join(" "));
  assert.match(textOf(await call(client, "witness__pid")), /^\d+$/);
  for (const name of ["absent", "dying", "refusing"]) {
    const { error } = await gateway.state(name, "failed");
    assert.ok(error, `${name} says why`);
    await assert.rejects(call(client, `${name}__tool`), (failure) => failure.message.includes(name));
  }
  const absent = gateway.servers.find((one) => one.name === "absent");
  assert.match(absent.error, /no-such-program-anywhere/);
  assert.ok(absent.hint);
  assert.equal(gateway.servers.find((one) => one.name === "silent").state, "starting");
  await client.close();
  assert.equal((await gateway.stop()).code, 0);
});

check("a session's own child ends with the session, even one that has not come up yet", async () => {
  const servers = { silent: { ...mute(), era: "legacy", start_timeout: "10m" } };
  const gateway = await new Gateway({ config: { servers } }).listening();
  const silent = () => processesOf(gateway.home).filter((pid) => commandOf(pid).includes("mute_server"));
  const [shared] = await eventually(() => silent().length === 1 && silent(), "the shared child");
  const client = await connect(gateway, { roots: {} });
  await eventually(() => silent().length === 2, "the session's own child");
  await client.transport.terminateSession();
  await client.close();
  await eventually(() => silent().join() === shared, "the own child is gone");
  assert.equal((await gateway.stop()).code, 0);
});

check("/ready waits for the servers that are required, /health does not", async () => {
  const servers = { witness: witness(), dying: { command: "false", required: true } };
  const gateway = await new Gateway({ config: { servers } }).listening();
  await gateway.state("dying", "failed");
  assert.equal((await fetch(`${gateway.origin}/health`)).status, 200);
  const ready = await fetch(`${gateway.origin}/ready`);
  assert.equal(ready.status, 503);
  assert.equal((await ready.json()).servers.find((one) => one.name === "dying").required, true);
  await gateway.stop();
});

check("SIGTERM drains: a running call ends well, then the gateway does", async () => {
  const gateway = await Gateway.start({ config: { servers: { everything: everything() } } });
  const client = await connect(gateway);
  const begun = new Inbox();
  const long = call(client, "everything__trigger-long-running-operation", { duration: 2, steps: 4 }, { onprogress: begun.put });
  await begun.take(() => true, "the first report");
  const stopped = gateway.stop();
  assert.match(textOf(await long), /completed/);
  await client.close();
  assert.deepEqual(await stopped, { code: 0, signal: null });
});

check("a call that does not end is cut at the drain deadline", async () => {
  const gateway = await Gateway.start({ config: { serve: { drain_deadline: "200ms" }, servers: { witness: witness() } } });
  const session = await RawSession.open(gateway.url);
  const answer = await session.call("witness__hold", { key: "for-ever" }, 1);
  await answer.next((event) => event.message !== undefined, "the first report");
  assert.deepEqual(await gateway.stop(), { code: 0, signal: null });
  await answer.end();
});

check("an interrupt ends it with 130", async () => {
  const gateway = await Gateway.start({});
  assert.deepEqual(await gateway.stop("SIGINT"), { code: 130, signal: null });
});

for (const signal of ["SIGTERM", "SIGKILL"]) {
  check(`${signal} leaves nothing alive, not even servers that refuse to end`, async () => {
    const servers = { witness: witness(), stubborn: stubborn() };
    const gateway = await new Gateway({ config: { servers } }).listening();
    await gateway.state("witness", "ready");
    const own = await connect(gateway, { roots: {} });
    await hold(own, "in the middle");
    // The gateway, its helpers, two witnesses, and at least one stubborn pair.
    await eventually(() => processesOf(gateway.home).length >= 7, "all processes are there");
    gateway.child.kill(signal);
    await within(gateway.ended, "the end of the gateway");
    await noneLeft(gateway.home);
    await own.close();
  });
}
