// Sessions that end without being ended: a remote that is restarted or forgets its sessions, clients that vanish.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { createServer as createSocketServer } from "node:net";
import { join } from "node:path";
import { after } from "node:test";

import { Gateway, Inbox, check, eventually, within } from "./harness.mjs";
import { node, packages, peer, witness } from "./peers.mjs";
import { RawSession, accepts, send } from "./raw_http.mjs";

const { Client } = peer("@modelcontextprotocol/sdk/client/index.js");
const { StreamableHTTPClientTransport } = peer("@modelcontextprotocol/sdk/client/streamableHttp.js");

const call = (client, name, args = {}) => client.callTool({ name, arguments: args });
const textOf = (result) => result.content.map((block) => block.text ?? "").join("\n");

async function connect(url) {
  const client = new Client({ name: "sessions", version: "1" });
  const heard = new Inbox();
  client.fallbackNotificationHandler = async (notification) => heard.put(notification);
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  return { client, heard };
}

// A remote that keeps sessions until it is told to forget them, and remembers what each was told.
class Forgetful {
  current = "none";
  heard = new Inbox(); // {session, method, params} of what was accepted
  made = 0;
  running = 0;

  async start() {
    this.http = createServer((request, response) => this.#asked(request, response));
    await new Promise((resolve) => this.http.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${this.http.address().port}/mcp`;
    return this;
  }
  forget() {
    this.current = "none";
  }
  stop() {
    this.http.closeAllConnections();
    this.http.close();
  }

  async #asked(request, response) {
    let text = "";
    for await (const chunk of request) text += chunk;
    if (request.method !== "POST") return response.writeHead(request.method === "GET" ? 405 : 200).end();
    const { id, method, params } = JSON.parse(text);
    const session = request.headers["mcp-session-id"];
    const answer = (result, headers = {}) =>
      response.writeHead(200, { "content-type": "application/json", ...headers }).end(JSON.stringify({ jsonrpc: "2.0", id, result }));
    if (method === "server/discover") return response.writeHead(400).end();
    if (method === "initialize") {
      this.current = `session-${++this.made}`;
      const capabilities = { tools: {}, logging: {}, resources: { subscribe: true } };
      const hello = { protocolVersion: params.protocolVersion, capabilities, serverInfo: { name: "forgetful", version: "1" } };
      return answer(hello, { "mcp-session-id": this.current });
    }
    if (session !== this.current) return response.writeHead(404).end();
    this.heard.put({ session, method, params });
    if (id === undefined) return response.writeHead(202).end();
    if (method === "tools/list") return answer({ tools: [{ name: `tool-of-${session}`, inputSchema: { type: "object" } }, { name: "where", inputSchema: { type: "object" } }] });
    if (method === "resources/list") return answer({ resources: [{ uri: "note://1", name: "one" }] });
    if (method === "resources/templates/list") return answer({ resourceTemplates: [] });
    if (method === "tools/call") return answer({ content: [{ type: "text", text: session }] });
    return answer({});
  }
}

check("a remote forgets its session: the client notices nothing, and what the session knew is told again", async () => {
  const remote = await new Forgetful().start();
  const gateway = await Gateway.start({ config: { servers: { web: { url: remote.url } } } });
  const { client, heard } = await connect(gateway.url);
  await client.setLoggingLevel("error");
  await client.subscribeResource({ uri: "note://1" });
  const first = textOf(await call(client, "web__where"));
  const { level } = (await remote.heard.take((one) => one.method === "logging/setLevel", "the log level")).params;
  remote.forget();
  remote.heard.items.length = 0;
  const results = await Promise.all(Array.from({ length: 20 }, () => call(client, "web__where")));
  const second = remote.current;
  assert.notEqual(second, first);
  assert.deepEqual(new Set(results.map(textOf)), new Set([second]));
  const told = (method) => remote.heard.take((one) => one.method === method && one.session === second, method);
  assert.equal((await told("logging/setLevel")).params.level, level);
  assert.equal((await told("resources/subscribe")).params.uri, "note://1");
  await heard.take((one) => one.method === "notifications/tools/list_changed", "the new lists");
  assert.ok((await client.listTools()).tools.some((tool) => tool.name === `web__tool-of-${second}`));
  const calls = remote.heard.items.filter((one) => one.method === "tools/call");
  assert.equal(calls.length, 20, "each call was executed once");
  assert.equal(gateway.servers[0].starts, 1, "the connection was not lost");
  await client.close();
  assert.equal((await gateway.stop()).code, 0);
  remote.stop();
});

const children = new Set();
after(() => children.forEach((child) => child.kill("SIGKILL")));

const freePort = () =>
  new Promise((resolve) => {
    const server = createSocketServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

async function streamableEverything(port) {
  const script = join(packages, "@modelcontextprotocol/server-everything/dist/index.js");
  const child = spawn(node, [script, "streamableHttp"], { env: { ...process.env, PORT: port }, stdio: ["ignore", "pipe", "pipe"] });
  children.add(child);
  let said = "";
  for (const pipe of [child.stdout, child.stderr]) pipe.setEncoding("utf8").on("data", (chunk) => (said += chunk));
  await eventually(() => /listening on port/i.test(said), "server-everything listens");
  return async () => {
    const gone = new Promise((resolve) => child.on("close", resolve));
    child.kill("SIGKILL");
    await gone;
  };
}

check("server-everything is restarted: the next call works as if nothing had been", async () => {
  const port = await freePort();
  let kill = await streamableEverything(port);
  const gateway = await Gateway.start({ config: { servers: { web: { url: `http://127.0.0.1:${port}/mcp` } } } });
  const { client } = await connect(gateway.url);
  for (let round = 0; round < 3; ++round) {
    assert.equal(textOf(await call(client, "web__echo", { message: `${round}` })), `Echo: ${round}`);
    await kill();
    kill = await streamableEverything(port);
  }
  assert.equal(textOf(await call(client, "web__echo", { message: "still" })), "Echo: still");
  await client.close();
  assert.equal((await gateway.stop()).code, 0);
  await kill();
});

check("ids that nobody gave out are 404 and leave nothing behind", async () => {
  const gateway = await Gateway.start({ config: { serve: { max_sessions: 2 }, servers: { witness: witness() } } });
  const ping = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" });
  for (let i = 0; i < 300; ++i) {
    const headers = { ...accepts, "mcp-session-id": `nobody-${i}` };
    for (const [path, method, body] of [["/mcp", "POST", ping], ["/mcp", "GET"], ["/mcp", "DELETE"], [`/messages?sessionId=nobody-${i}`, "POST", ping]]) {
      const answer = await send(gateway.origin + path, method, headers, body);
      assert.equal(answer.status, 404, `${method} ${path}`);
      answer.cut();
    }
  }
  const both = [await RawSession.open(gateway.url), await RawSession.open(gateway.url)];
  const hello = JSON.stringify({
    jsonrpc: "2.0", id: 1, method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } },
  });
  const third = await send(gateway.url, "POST", accepts, hello);
  assert.equal(third.status, 503, "the cap counts sessions, and these two are all");
  assert.equal(third.headers["retry-after"], "1");
  third.cut();
  assert.equal(both.length, 2);
  assert.equal((await gateway.stop()).code, 0);
});

check("a silent client is asked whether it is there, and the SDK's answers by itself", async () => {
  const gateway = await Gateway.start({ config: { serve: { session_idle: "2s" }, servers: { witness: witness() } } });
  const { client } = await connect(gateway.url);
  const sent = new Inbox();
  const deliver = client.transport.send.bind(client.transport);
  client.transport.send = (message, options) => {
    sent.put(message);
    return deliver(message, options);
  };
  for (const round of [1, 2]) await sent.take((one) => one.id === `mcp-alive-${round}` && one.result, "its answer");
  assert.ok(textOf(await call(client, "witness__pid")));
  await client.close();
  assert.equal((await within(gateway.stop(), "the end")).code, 0);
});
