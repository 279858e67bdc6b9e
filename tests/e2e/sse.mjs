// HTTP+SSE, the transport of revision 2024-11-05: the official SDK's SSEClientTransport before `mcp serve`, and
// server-everything's `sse` mode behind `mcp serve` and `mcp call`.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { createServer as createSocketServer } from "node:net";
import { join } from "node:path";
import { after } from "node:test";

import { Gateway, Inbox, check, eventually, hostPid, processesOf, progressFrames, run, within } from "./harness.mjs";
import { everything, node, packages, peer, witness } from "./peers.mjs";
import { accepts, send } from "./raw_http.mjs";

const { Client } = peer("@modelcontextprotocol/sdk/client/index.js");
const { SSEClientTransport } = peer("@modelcontextprotocol/sdk/client/sse.js");
const { StreamableHTTPClientTransport } = peer("@modelcontextprotocol/sdk/client/streamableHttp.js");
const types = peer("@modelcontextprotocol/sdk/types.js");

const document = "demo://resource/static/document/features.md";
const token = "a-token-of-ada-0123456789";
const call = (client, name, args = {}, options) => client.callTool({ name, arguments: args }, undefined, options);
const textOf = (result) => result.content.map((block) => block.text ?? "").join("\n");

async function connect(url, capabilities = {}, options = {}) {
  const client = new Client({ name: "sse", version: "1" }, { capabilities });
  const heard = new Inbox();
  client.fallbackNotificationHandler = async (notification) => heard.put(notification);
  if (capabilities.elicitation) {
    client.setRequestHandler(types.ElicitRequestSchema, async () => ({ action: "accept", content: { name: "Ada" } }));
  }
  const transport = new SSEClientTransport(new URL(url), options);
  await client.connect(transport);
  return { client, heard, transport };
}

const freePort = () =>
  new Promise((resolve) => {
    const server = createSocketServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

// server-everything over HTTP+SSE.
const children = new Set();
after(() => children.forEach((child) => child.kill("SIGKILL")));
async function remote(port) {
  const script = join(packages, "@modelcontextprotocol/server-everything/dist/index.js");
  const child = spawn(node, [script, "sse"], { env: { ...process.env, PORT: port }, stdio: ["ignore", "ignore", "pipe"] });
  children.add(child);
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (chunk) => (said += chunk));
  await eventually(() => said.includes("running on port"), "server-everything listens");
  const kill = async () => {
    const gone = new Promise((resolve) => child.on("close", resolve));
    child.kill("SIGKILL");
    await gone;
  };
  return { url: `http://127.0.0.1:${port}/sse`, kill };
}

const gateway = await Gateway.start({ config: { servers: { everything: everything(), witness: witness() } } });

check("the SDK's client does over SSE what it does over Streamable HTTP", async () => {
  const { client, heard, transport } = await connect(`${gateway.origin}/sse`);
  const tools = (await client.listTools()).tools.map((tool) => tool.name);
  assert.ok(tools.includes("everything__echo") && tools.includes("witness__pid"), tools.join(" "));
  assert.equal(textOf(await call(client, "everything__echo", { message: "grüße, 世界" })), "Echo: grüße, 世界");
  assert.match((await client.readResource({ uri: document })).contents[0].text, /Everything Server/i);
  assert.ok((await client.listPrompts()).prompts.length > 0);
  const frames = progressFrames(transport);
  const long = { duration: 0.2, steps: 3 };
  assert.match(textOf(await call(client, "everything__trigger-long-running-operation", long, { onprogress: () => {} })), /Steps: 3/);
  assert.equal([...frames.values()][0].length, 3);
  await assert.rejects(call(client, "everything__no-such-tool"), (error) => error.code === -32602);
  await client.setLoggingLevel("error");
  await call(client, "witness__log");
  const message = await heard.take((one) => one.method === "notifications/message", "a log message");
  assert.equal(message.params.level, "error");
  await call(client, "witness__flip");
  await heard.take((one) => one.method === "notifications/tools/list_changed", "list_changed");
  await call(client, "witness__flip");
  await client.close();
});

check("a cancelled call is cancelled at its server", async () => {
  const { client } = await connect(`${gateway.origin}/sse`);
  const begun = new Inbox();
  const stop = new AbortController();
  const held = call(client, "witness__hold", { key: "cancelled" }, { signal: stop.signal, onprogress: begun.put });
  held.catch(() => {});
  await begun.take(() => true, "the first report");
  stop.abort("enough");
  await assert.rejects(held, /enough/);
  const cancelled = async () => textOf(await call(client, "witness__heard")).includes('"cancelled":["cancelled"]');
  await eventually(cancelled, "the witness hears of it");
  await client.close();
});

check("what a server asks reaches the client on its stream", async () => {
  const { client } = await connect(`${gateway.origin}/sse`, { elicitation: {} });
  assert.match(textOf(await call(client, "everything__trigger-elicitation-request")), /- Name: Ada/);
  await client.close();
});

check("one server alone has its own pair of addresses", async () => {
  const { client } = await connect(`${gateway.origin}/servers/witness/sse`);
  assert.ok((await client.listTools()).tools.some((tool) => tool.name === "pid"));
  await client.close();
  assert.equal((await send(`${gateway.origin}/servers/nobody/sse`, "GET", { accept: "text/event-stream" })).status, 404);
});

check("a client that goes away takes its session and its own server with it", async () => {
  const before = processesOf(gateway.home);
  const { client } = await connect(`${gateway.origin}/sse`, { elicitation: {} });
  const own = hostPid(textOf(await call(client, "witness__pid")));
  assert.ok(own);
  assert.ok(!before.includes(own));
  await client.close();
  await eventually(() => !processesOf(gateway.home).includes(own), "its own server ends");
});

check("mcp call finds out by itself that an address is one of HTTP+SSE", async () => {
  const listed = await run(["call", `${gateway.origin}/sse`, "tools"]);
  assert.equal(listed.code, 0, listed.stderr);
  assert.match(listed.stdout, /witness__pid/);
  const refused = await run(["call", `${gateway.origin}/nothing`, "tools"]);
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr, /404|nothing here/);
});

check("the door is the same: tokens, Origin, one cap for all sessions", async () => {
  const locked = await Gateway.start({
    config: { serve: { max_sessions: 1, tokens: { ada: "env:ADA" } }, servers: { witness: witness() } },
    env: { ADA: token },
  });
  const at = (path) => `${locked.origin}${path}`;
  const bearer = { authorization: `Bearer ${token}` };
  const stream = { accept: "text/event-stream" };
  assert.equal((await send(at("/sse"), "GET", stream)).status, 401);
  assert.equal((await send(at("/messages?sessionId=x"), "POST", accepts, "{}")).status, 401);
  assert.equal((await send(at("/sse"), "GET", { ...stream, ...bearer, origin: "http://evil.example.com" })).status, 403);
  const browser = await send(at("/messages?sessionId=x"), "POST", { ...accepts, ...bearer, origin: "http://localhost:1" }, "{}");
  assert.equal(browser.status, 404);
  assert.equal(browser.headers["access-control-allow-origin"], "http://localhost:1");
  const { client } = await connect(at("/sse"), {}, {
    eventSourceInit: { fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, ...bearer } }) },
    requestInit: { headers: bearer },
  });
  assert.ok((await client.listTools()).tools.length > 0);
  const full = await send(at("/sse"), "GET", { ...stream, ...bearer });
  assert.equal(full.status, 503);
  assert.equal(full.headers["retry-after"], "1");
  await client.close();
  const again = async () => {
    const answer = await send(at("/sse"), "GET", { ...stream, ...bearer });
    answer.cut();
    return answer.status === 200;
  };
  await eventually(again, "room again");
  assert.ok(!locked.stderr.includes(token));
  assert.equal((await locked.stop()).code, 0);
});

for (const [how, entry] of [["said so", { transport: "sse" }], ["not said", {}]]) {
  check(`server-everything over SSE behind the gateway (${how}), and back after its restart`, async () => {
    const port = await freePort();
    let server = await remote(port);
    const front = await Gateway.start({ config: { servers: { old: { url: server.url, ...entry } } } });
    const client = new Client({ name: "modern enough", version: "1" });
    await client.connect(new StreamableHTTPClientTransport(new URL(front.url)));
    assert.equal(textOf(await call(client, "old__echo", { message: "hi" })), "Echo: hi");
    assert.match((await client.readResource({ uri: document })).contents[0].text, /Everything Server/i);
    const old = await connect(`${front.origin}/sse`, { elicitation: {} });
    assert.match(textOf(await call(old.client, "old__trigger-elicitation-request")), /- Name: Ada/);
    await server.kill();
    await front.state("old", "failed");
    server = await remote(port);
    const back = () => call(client, "old__echo", { message: "again" }).then(textOf, () => "");
    await eventually(async () => (await back()) === "Echo: again", "it is connected to again");
    for (const one of [client, old.client]) await one.close();
    assert.equal((await front.stop()).code, 0);
    await server.kill();
  });
}

check("other programs' files name the transport by \"type\"", async () => {
  const server = await remote(await freePort());
  const config = JSON.stringify({ mcpServers: { old: { type: "sse", url: server.url } } });
  const front = await Gateway.start({ config, name: "mcp.json" });
  assert.equal(front.servers[0].state, "ready");
  assert.equal(front.servers[0].era, "legacy");
  assert.ok(!/sse/i.test(front.stderr), front.stderr);
  const called = await run(["call", server.url, "tool", "echo", "--arg", "message=hi"]);
  assert.equal(called.code, 0, called.stderr);
  assert.match(called.stdout, /Echo: hi/);
  assert.equal((await front.stop()).code, 0);
  await server.kill();
});

check("a stream that names an address of another origin is refused by name", async () => {
  let asked = 0;
  const trap = createServer((request, response) => response.writeHead(202).end(void ++asked));
  const liar = createServer((request, response) => {
    if (request.method !== "GET") return response.writeHead(405).end();
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(`event: endpoint\ndata: http://127.0.0.1:${trap.address().port}/messages\n\n`);
  });
  for (const server of [trap, liar]) await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const front = await new Gateway({
    config: { servers: { liar: { url: `http://127.0.0.1:${liar.address().port}/sse`, transport: "sse" } } },
  }).listening();
  const state = await front.state("liar", "failed");
  assert.match(state.error, /another origin/);
  assert.equal(asked, 0);
  assert.equal((await within(front.stop(), "the end")).code, 0);
  for (const server of [trap, liar]) {
    server.closeAllConnections();
    server.close();
  }
});

check("SIGTERM ends open streams in order", async () => {
  const { client } = await connect(`${gateway.origin}/sse`);
  const closed = new Promise((resolve) => (client.onerror = resolve));
  assert.deepEqual(await gateway.stop(), { code: 0, signal: null });
  await within(closed, "the client hears of it");
  await client.close();
});
