// A remote that goes away for a while and comes back, while nobody calls it: its state is true soon, what it says outside
// of calls is heard again, and what it said meanwhile is not lost.
import assert from "node:assert/strict";
import { after } from "node:test";

import { OutageRemote, resource } from "./fixtures/outage_remote.mjs";
import { Gateway, Inbox, check, eventually } from "./harness.mjs";
import { peer } from "./peers.mjs";

const { Client } = peer("@modelcontextprotocol/sdk/client/index.js");
const { StreamableHTTPClientTransport } = peer("@modelcontextprotocol/sdk/client/streamableHttp.js");
const { ResourceUpdatedNotificationSchema, ToolListChangedNotificationSchema } = peer("@modelcontextprotocol/sdk/types.js");

async function connect(gateway) {
  const client = new Client({ name: "outage", version: "1" });
  const heard = new Inbox();
  for (const schema of [ResourceUpdatedNotificationSchema, ToolListChangedNotificationSchema]) {
    client.setNotificationHandler(schema, (notification) => heard.put(notification.method));
  }
  await client.connect(new StreamableHTTPClientTransport(new URL(gateway.url)));
  return { client, heard };
}
const toolsOf = async (client) => (await client.listTools()).tools.map((tool) => tool.name);

async function readiness(gateway, name) {
  const answer = await fetch(`${gateway.origin}/ready`);
  const { servers } = await answer.json();
  return { status: answer.status, ...servers.find((one) => one.name === name) };
}

// A client that is subscribed and has read the lists, in front of one required remote.
async function scene(config = {}) {
  const remote = await new OutageRemote().up();
  after(() => remote.down());
  const gateway = await Gateway.start({ config: { servers: { far: { url: remote.url, era: "legacy", required: true, ...config } } } });
  const { client, heard } = await connect(gateway);
  assert.deepEqual(await toolsOf(client), ["far__first"]);
  await client.subscribeResource({ uri: resource });
  await eventually(() => remote.listeners === 1, "the event stream is open");
  return { remote, gateway, client, heard };
}

// What it says outside of calls arrives, and a subscription is still one.
async function hears({ remote, client, heard }, tool) {
  await eventually(() => remote.listeners > 0 && remote.subscribed.size > 0, "the event stream is open");
  remote.tools = [tool];
  await eventually(async () => {
    remote.say("notifications/tools/list_changed");
    remote.say("notifications/resources/updated", { uri: resource });
    return (await toolsOf(client)).includes(`far__${tool}`);
  }, "the change is known");
  await heard.take((method) => method === "notifications/tools/list_changed", "the change of the list");
  await heard.take((method) => method === "notifications/resources/updated", "the change of the resource");
}

async function end({ gateway, client }) {
  await client.close();
  assert.equal((await gateway.stop()).code, 0);
}

check("an idle remote behind a balancer that has nobody for it: failed meanwhile, and after many attempts all is heard", async () => {
  const all = await scene();
  const { remote, gateway, client, heard } = all;
  await hears(all, "before");
  remote.leave();
  const { error } = await gateway.state("far", "failed");
  assert.match(error, /503/);
  const now = await readiness(gateway, "far");
  assert.deepEqual([now.status, now.state], [503, "failed"]);
  await eventually(() => remote.gets > 6, "more attempts than six");
  remote.tools = ["meanwhile"];
  heard.items.length = 0;
  remote.away = false;
  await heard.take((method) => method === "notifications/tools/list_changed", "the change that was missed");
  await eventually(async () => (await toolsOf(client)).includes("far__meanwhile"), "the missed tool");
  await gateway.state("far", "ready");
  assert.equal((await readiness(gateway, "far")).status, 200);
  heard.items.length = 0;
  await hears(all, "after");
  await end(all);
});

check("an idle remote that is killed is failed soon, and heard again when it is back, sessions or none", async () => {
  for (const forgetting of [false, true]) {
    const all = await scene();
    const { remote, gateway, heard } = all;
    await remote.down({ forgetting });
    const { error } = await gateway.state("far", "failed");
    assert.match(error, /refused|reset/);
    assert.equal((await readiness(gateway, "far")).status, 503);
    await remote.up();
    await gateway.state("far", "ready");
    heard.items.length = 0;
    await hears(all, "after");
    await end(all);
  }
});

check("a call that is refused makes the state of its remote true", async () => {
  const all = await scene();
  const { remote, gateway, client } = all;
  await remote.down();
  await assert.rejects(client.callTool({ name: "far__first", arguments: {} }), /refused|reset|closed|not available/);
  const { last_error: why } = await readiness(gateway, "far");
  assert.match(why, /refused|reset|closed/);
  await gateway.state("far", "failed");
  await end(all);
});

check("a stream that is ended again and again brings what is said between two ends", async () => {
  const all = await scene();
  const { remote, client } = all;
  for (let ends = 0; ends < 8; ++ends) {
    await eventually(() => remote.listeners === 1, "the event stream is open");
    remote.endStreams();
    await eventually(() => remote.listeners === 0, "it has ended");
  }
  remote.tools = ["unsaid"];
  await eventually(async () => (await toolsOf(client)).includes("far__unsaid"), "what was missed is read");
  await hears(all, "after");
  await end(all);
});
