// How the gateway ends: no new sessions, running calls finish until a deadline, then everyone gets a clean answer.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Gateway, Inbox, binary, check, environment, eventually, hostPid, noneLeft, temporary, toml, within } from "./harness.mjs";
import { v2Server, witness } from "./peers.mjs";
import { RawSession, accepts, send } from "./raw_http.mjs";

const isProgress = (event) => event.message?.method === "notifications/progress";
const isAnswer = (event) => event.message !== undefined && "id" in event.message;

// A call that has begun, on the stream of its answer.
async function holding(session, tool, key) {
  const answer = await session.call(tool, { key }, 1);
  await answer.next(isProgress, "the first report");
  return answer;
}

const meta = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {},
  "io.modelcontextprotocol/clientInfo": { name: "raw", version: "1" },
};
const modern = (gateway, method, params, headers = {}) => send(
  gateway.url, "POST", { ...accepts, "mcp-protocol-version": "2026-07-28", "mcp-method": method, ...headers },
  JSON.stringify({ jsonrpc: "2.0", id: "m", method, params: { _meta: meta, ...params } }),
);

// What is open without a call: the GET stream of a session, and the listen of a modern client.
async function streamsOf(gateway, session) {
  const stream = await send(gateway.url, "GET", { ...session.headers, accept: "text/event-stream" });
  const listen = await modern(gateway, "subscriptions/listen", { notifications: { toolsListChanged: true } });
  await listen.next((event) => event.message?.method === "notifications/subscriptions/acknowledged", "the acknowledgement");
  return { stream, listen };
}

async function endOfStreams({ stream, listen }) {
  const closing = (await listen.next(isAnswer, "the closing result")).message;
  assert.equal(closing.id, "m");
  assert.equal(closing.result.resultType, "complete");
  for (const answer of [stream, listen]) await answer.end();
}

const initialize = JSON.stringify({
  jsonrpc: "2.0", id: 1, method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } },
});

check("a draining gateway says so, sends new sessions away and serves those it has", async () => {
  const gateway = await Gateway.start({ config: { serve: { drain_deadline: "60s" }, servers: { witness: witness() } } });
  const session = await RawSession.open(gateway.url);
  const held = await session.call("witness__hold", { key: "last" }, 1);
  await held.next((event) => event.message !== undefined, "the first report");
  const stopped = gateway.stop();

  const ready = () => send(`${gateway.origin}/ready`, "GET"); // on a connection of its own
  const draining = await eventually(async () => {
    const answer = await ready();
    return answer.status === 503 && answer;
  }, "/ready says 503");
  assert.equal((await draining.json()).status, "draining");
  assert.equal(draining.headers.connection, "close");
  const health = await send(`${gateway.origin}/health`, "GET");
  assert.equal(health.status, 200);
  health.cut();

  const refused = await send(gateway.url, "POST", accepts, initialize);
  assert.equal(refused.status, 503);
  assert.ok(Number(refused.headers["retry-after"]) > 0);
  assert.equal(refused.headers.connection, "close");
  refused.cut();

  const listed = await session.result(await session.post("tools/list"));
  assert.ok(listed.result.tools.some((tool) => tool.name === "witness__hold"));
  const opened = await session.result(await session.call("witness__open", { key: "last" }));
  assert.equal(opened.result.content[0].text, "yes");
  assert.equal((await session.result(held)).result.content[0].text, "opened last");
  assert.deepEqual(await stopped, { code: 0, signal: null });
  await assert.rejects(ready());
});

check("running calls are answered, then every stream ends and the gateway too", async () => {
  const gateway = await Gateway.start({ config: { serve: { drain_deadline: "1h" }, servers: { one: witness() } } });
  const session = await RawSession.open(gateway.url);
  const pid = (await session.result(await session.call("one__pid", {}))).result.content[0].text;
  const running = await holding(session, "one__hold", "k");
  const streams = await streamsOf(gateway, session);
  const stopped = gateway.stop();
  await eventually(() => /draining/.test(gateway.stderr), "it drains");
  assert.ok(!streams.stream.over, "a session's stream stays until the last call has ended");
  process.kill(hostPid(pid), "SIGUSR2");
  assert.equal((await running.next(isAnswer, "the answer")).message.result.content[0].text, "opened k");
  await running.end();
  await endOfStreams(streams);
  assert.deepEqual(await stopped, { code: 0, signal: null });
});

check("calls over the deadline get an error of JSON-RPC, in both eras; every stream ends", async () => {
  const serve = { drain_deadline: "100ms" };
  const gateway = await Gateway.start({ config: { serve, servers: { one: witness(), both: v2Server() } } });
  const session = await RawSession.open(gateway.url);
  const legacy = await holding(session, "one__hold", "k");
  const params = { name: "both__hold", arguments: { key: "k" }, _meta: { ...meta, progressToken: 1 } };
  const held = await modern(gateway, "tools/call", params, { "mcp-name": "both__hold" });
  await held.next(isProgress, "the first report");
  const streams = await streamsOf(gateway, session);
  const stopped = gateway.stop();
  for (const answer of [legacy, held]) {
    assert.match((await answer.next(isAnswer, "the error")).message.error.message, /the gateway is shutting down/);
    await answer.end();
  }
  await endOfStreams(streams);
  assert.deepEqual(await stopped, { code: 0, signal: null });
});

check("SIGINT drains too, with status 130", async () => {
  const gateway = await Gateway.start({ config: { serve: { drain_deadline: "50ms" }, servers: { one: witness() } } });
  const session = await RawSession.open(gateway.url);
  const running = await holding(session, "one__hold", "k");
  const stopped = gateway.stop("SIGINT");
  assert.match((await running.next(isAnswer, "the error")).message.error.message, /shutting down/);
  assert.deepEqual(await stopped, { code: 130, signal: null });
});

check("a second signal ends it at once", async () => {
  const gateway = await Gateway.start({ config: { serve: { drain_deadline: "1h" }, servers: { one: witness() } } });
  const session = await RawSession.open(gateway.url);
  const running = await holding(session, "one__hold", "k");
  gateway.child.kill("SIGTERM");
  await eventually(() => /draining/.test(gateway.stderr), "it drains");
  gateway.child.kill("SIGTERM");
  await running.end();
  assert.deepEqual(await within(gateway.ended, "the end"), { code: 143, signal: null });
  await noneLeft(gateway.home);
});

// `mcp serve --stdio` by hand.
class Piped {
  heard = new Inbox();
  stderr = "";
  home = temporary();
  file = join(this.home, "mcp.toml");

  constructor(config) {
    writeFileSync(this.file, toml(config));
    const words = ["serve", "--stdio", "--config", this.file, "--state-dir", join(this.home, "state")];
    this.child = spawn(binary, words, { env: environment(this.home), stdio: ["pipe", "pipe", "pipe"] });
    this.ended = new Promise((resolve) => this.child.on("close", (code, signal) => resolve({ code, signal })));
    this.child.stderr.setEncoding("utf8").on("data", (chunk) => (this.stderr += chunk));
    let text = "";
    this.child.stdout.setEncoding("utf8").on("data", (chunk) => {
      const lines = (text + chunk).split("\n");
      text = lines.pop();
      for (const line of lines) this.heard.put(JSON.parse(line));
    });
  }

  send(message) {
    this.child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  }
  answer(id) {
    return this.heard.take((message) => message.id === id, `the answer to ${id}`);
  }
  async open() {
    const clientInfo = { name: "raw", version: "1" };
    this.send({ id: 0, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo } });
    await this.answer(0);
    this.send({ method: "notifications/initialized" });
    return this;
  }
  async call(id, name, args = {}, progressToken = undefined) {
    this.send({ id, method: "tools/call", params: { name, arguments: args, _meta: { progressToken } } });
    if (progressToken === undefined) return this.answer(id);
    return this.heard.take((message) => message.method === "notifications/progress", "the first report");
  }
}

check("stdio: a signal lets running calls finish and serves on until then", async () => {
  const piped = await new Piped({ serve: { drain_deadline: "1h" }, servers: { one: witness() } }).open();
  const pid = (await piped.call(1, "one__pid")).result.content[0].text;
  await piped.call("quick", "one__hold", { key: "quick" }, "a");
  piped.child.kill("SIGTERM");
  await eventually(() => /draining/.test(piped.stderr), "it drains");
  assert.equal((await piped.call("late", "one__pid")).result.content[0].text, pid);
  process.kill(hostPid(pid), "SIGUSR2");
  assert.equal((await piped.answer("quick")).result.content[0].text, "opened quick");
  assert.deepEqual(await within(piped.ended, "the end"), { code: 0, signal: null });
  await noneLeft(piped.home);
});

check("stdio: what does not finish in time is answered with an error", async () => {
  const piped = await new Piped({ serve: { drain_deadline: "50ms" }, servers: { one: witness() } }).open();
  await piped.call("slow", "one__hold", { key: "slow" }, "b");
  piped.child.kill("SIGTERM");
  assert.match((await piped.answer("slow")).error.message, /the gateway is shutting down/);
  assert.deepEqual(await within(piped.ended, "the end"), { code: 0, signal: null });
  await noneLeft(piped.home);
});

check("stdio: the end of input lets running calls finish until the deadline", async () => {
  const piped = await new Piped({ serve: { drain_deadline: "100ms" }, servers: { one: witness() } }).open();
  await piped.call("slow", "one__hold", { key: "slow" }, "b");
  piped.child.stdin.end();
  assert.match((await piped.answer("slow")).error.message, /shutting down/);
  assert.deepEqual(await within(piped.ended, "the end"), { code: 0, signal: null });
  await noneLeft(piped.home);
});

check("stdio: the configuration is read again, too", async () => {
  const piped = await new Piped({ servers: { one: witness() } }).open();
  const pid = (await piped.call(1, "one__pid")).result.content[0].text;
  writeFileSync(`${piped.file}.new`, toml({ servers: { one: witness(), two: witness() } }));
  renameSync(`${piped.file}.new`, piped.file);
  await piped.heard.take((message) => message.method === "notifications/tools/list_changed", "the change");
  let asked = 1;
  const answer = await eventually(async () => (await piped.call((asked += 1), "two__pid")).result, "the new server answers");
  assert.match(answer.content[0].text, /^\d+$/);
  assert.equal((await piped.call("last", "one__pid")).result.content[0].text, pid);
  piped.child.kill("SIGTERM");
  assert.deepEqual(await within(piped.ended, "the end"), { code: 0, signal: null });
  await noneLeft(piped.home);
});
