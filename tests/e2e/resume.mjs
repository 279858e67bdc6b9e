// A stream that is cut in the middle of a call is taken up again through the gateway (2025-11-25, SEP-1699).
import assert from "node:assert/strict";
import { connect, createServer } from "node:net";

import { Gateway, Inbox, check, eventually } from "./harness.mjs";
import { peer, witness } from "./peers.mjs";
import { RawSession } from "./raw_http.mjs";

const { Client } = peer("@modelcontextprotocol/sdk/client/index.js");
const { StreamableHTTPClientTransport } = peer("@modelcontextprotocol/sdk/client/streamableHttp.js");

const gateway = await Gateway.start({ config: { servers: { witness: witness() } } });

// A cable between client and gateway that can be cut, and plugged in again.
class Cable {
  plugged = true;
  refused = 0;
  #sockets = new Set();

  static async to(url) {
    const cable = new Cable();
    const { hostname, port } = new URL(url);
    cable.server = createServer((near) => cable.#carry(near, connect(Number(port), hostname)));
    await new Promise((resolve) => cable.server.listen(0, "127.0.0.1", resolve));
    cable.url = `http://127.0.0.1:${cable.server.address().port}/mcp`;
    return cable;
  }

  #carry(near, far) {
    for (const socket of [near, far]) {
      socket.on("error", () => {});
      socket.on("close", () => (near.destroy(), far.destroy(), this.#sockets.delete(socket)));
      this.#sockets.add(socket);
    }
    if (!this.plugged) {
      this.refused += 1;
      return near.destroy();
    }
    near.pipe(far).pipe(near);
  }

  cut() {
    for (const socket of this.#sockets) socket.destroy();
  }

  close() {
    this.cut();
    this.server.close();
  }
}

async function newClient(url) {
  const client = new Client({ name: "resumer", version: "1" });
  const reconnectionOptions = {
    initialReconnectionDelay: 20, maxReconnectionDelay: 50, reconnectionDelayGrowFactor: 1.1, maxRetries: 1_000,
  };
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { reconnectionOptions }));
  return client;
}

const call = (client, name, args = {}, options) => client.callTool({ name, arguments: args }, undefined, options);
const textOf = (result) => result.content[0].text;

// Lets the held call end, by somebody else, and waits until the server has answered it.
const helper = await newClient(gateway.url);
const open = (key) => eventually(async () => textOf(await call(helper, "witness__open", { key })) === "yes", `${key} held`);

check("the SDK's client resumes by itself and gets the answer that came meanwhile", async (context) => {
  const cable = await Cable.to(gateway.url);
  context.after(() => cable.close());
  const client = await newClient(cable.url);
  const begun = new Inbox();
  const tokens = [];
  const held = call(client, "witness__hold", { key: "sdk" }, {
    onprogress: begun.put,
    onresumptiontoken: (token) => tokens.push(token),
  });
  await begun.take(() => true, "the first report");
  cable.plugged = false;
  cable.cut();
  await eventually(() => cable.refused > 0, "the client tries again");
  await open("sdk");
  cable.plugged = true;
  assert.equal(textOf(await held), "opened sdk");
  assert.ok(tokens.length > 0);
  await client.close();
});

check("the SDK's client resumes a call that is still running", async (context) => {
  const cable = await Cable.to(gateway.url);
  context.after(() => cable.close());
  const client = await newClient(cable.url);
  const begun = new Inbox();
  const held = call(client, "witness__hold", { key: "running" }, { onprogress: begun.put });
  await begun.take(() => true, "the first report");
  cable.cut();
  // The session is still the same for other calls; the first of them may meet the cut connection.
  await eventually(() => call(client, "witness__heard").then((result) => /running/.test(textOf(result)), () => false), "heard");
  await open("running");
  assert.equal(textOf(await held), "opened running");
  await client.close();
});

check("by hand: after the first report, only what came later is told, and once", async () => {
  const session = await RawSession.open(gateway.url);
  const answer = await session.call("witness__hold", { key: "raw" }, "token-1");
  const request = session.lastId;
  assert.match(answer.headers["content-type"], /^text\/event-stream/);
  const priming = await answer.next();
  assert.ok(priming.id && !priming.message, "the first event has an id and no message");
  const report = await answer.next((event) => event.message !== undefined, "the report");
  assert.equal(report.message.params.progressToken, "token-1");
  answer.cut();
  await open("raw");
  const resumed = await session.resume(report.id);
  assert.equal(resumed.status, 200);
  const response = await resumed.next((event) => event.message !== undefined, "the response");
  assert.equal(response.message.id, request);
  assert.equal(response.message.result.content[0].text, "opened raw");
  await resumed.end(); // the call is over, and so is its stream
  assert.deepEqual(resumed.events.filter((event) => event.message), []);
});

check("by hand: after the priming event, everything is told in order", async () => {
  const session = await RawSession.open(gateway.url);
  const answer = await session.call("witness__hold", { key: "primed" }, 7);
  const request = session.lastId;
  const priming = await answer.next();
  answer.cut();
  await open("primed");
  const resumed = await session.resume(priming.id);
  const messages = [];
  await resumed.next((event) => event.message && messages.push(event.message) && event.message.id === request, "the response");
  assert.deepEqual(messages.map((message) => message.method ?? message.id), ["notifications/progress", request]);
});

check("by hand: a cut stream does not cancel its call, and another session cannot take it up", async () => {
  const session = await RawSession.open(gateway.url);
  const stranger = await RawSession.open(gateway.url);
  const answer = await session.call("witness__hold", { key: "mine" }, 1);
  const priming = await answer.next();
  answer.cut();
  const stolen = await stranger.resume(priming.id);
  if (stolen.status === 200) stolen.cut();
  await open("mine");
  const resumed = await session.resume(priming.id);
  const response = await resumed.next((event) => event.message && "id" in event.message, "the response");
  assert.equal(response.message.result.content[0].text, "opened mine");
  assert.deepEqual(stolen.events.filter((event) => event.message), []);
  assert.doesNotMatch(textOf(await call(helper, "witness__heard")), /"cancelled":\["/);
});

check("SIGTERM ends the gateway with status 0 and leaves no process", async () => {
  await helper.close();
  assert.deepEqual(await gateway.stop(), { code: 0, signal: null });
});
