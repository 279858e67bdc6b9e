// What belongs to one client never reaches another through one gateway: roots, answers, log levels, subscriptions.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { Gateway, Inbox, check, eventually, hostPid, processesOf, temporary } from "./harness.mjs";
import { everything, filesystem, peer, witness } from "./peers.mjs";

const { Client } = peer("@modelcontextprotocol/sdk/client/index.js");
const { StreamableHTTPClientTransport } = peer("@modelcontextprotocol/sdk/client/streamableHttp.js");
const types = peer("@modelcontextprotocol/sdk/types.js");

const folder = temporary();
const homeOf = (name) => join(folder, name);
for (const name of ["ada", "bob", "common"]) {
  mkdirSync(homeOf(name));
  writeFileSync(join(homeOf(name), "secret.txt"), `the secret of ${name}\n`);
}

const gateway = await Gateway.start({
  config: {
    servers: {
      everything: everything(),
      // The directories that clients name as their roots have to be shown by the configuration.
      filesystem: { ...filesystem(homeOf("common")), read: ["ada", "bob"].map(homeOf) },
      witness: witness(),
      common: { ...everything(), isolation: "shared" },
      apart: { ...witness(), isolation: "session" },
    },
  },
});

async function connect(name, capabilities = { roots: { listChanged: true }, elicitation: {}, sampling: {} }) {
  const client = new Client({ name, version: "1" }, { capabilities });
  const heard = new Inbox();
  client.fallbackNotificationHandler = async (notification) => heard.put(notification);
  client.roots = [{ uri: pathToFileURL(homeOf(name)).href, name }];
  if (capabilities.roots) client.setRequestHandler(types.ListRootsRequestSchema, async () => ({ roots: client.roots }));
  if (capabilities.elicitation) {
    client.setRequestHandler(types.ElicitRequestSchema, async () => ({ action: "accept", content: { name } }));
  }
  if (capabilities.sampling) {
    client.setRequestHandler(types.CreateMessageRequestSchema, async () => ({
      model: name, role: "assistant", content: { type: "text", text: name },
    }));
  }
  await client.connect(new StreamableHTTPClientTransport(new URL(gateway.url)));
  return { client, heard, name };
}

const call = async ({ client }, name, args = {}) => {
  const result = await client.callTool({ name, arguments: args });
  return result.content.map((block) => block.text ?? "").join("\n");
};
const toolsOf = async ({ client }) => (await client.listTools()).tools.map((tool) => tool.name);

const ada = await connect("ada");
const bob = await connect("bob");
const plain = await connect("common", {});

check("each client's servers know its own roots only", async () => {
  for (const [mine, theirs] of [[ada, bob], [bob, ada]]) {
    const list = await eventually(async () => {
      const text = await call(mine, "everything__get-roots-list");
      return text.includes(homeOf(mine.name)) && text;
    }, `the roots of ${mine.name}`);
    assert.ok(!list.includes(homeOf(theirs.name)));
    await eventually(async () => {
      return (await call(mine, "filesystem__list_allowed_directories")).includes(homeOf(mine.name));
    }, `${mine.name}'s directory`);
    const own = join(homeOf(mine.name), "secret.txt");
    assert.match(await call(mine, "filesystem__read_text_file", { path: own }), new RegExp(`secret of ${mine.name}`));
    const foreign = join(homeOf(theirs.name), "secret.txt");
    assert.match(await call(mine, "filesystem__read_text_file", { path: foreign }), /denied/i);
  }
});

check("a client without roots has the shared server, which never heard of anybody's", async () => {
  const allowed = await call(plain, "filesystem__list_allowed_directories");
  assert.ok(allowed.includes(homeOf("common")));
  for (const name of ["ada", "bob"]) {
    assert.ok(!allowed.includes(homeOf(name)));
    const path = join(homeOf(name), "secret.txt");
    assert.match(await call(plain, "filesystem__read_text_file", { path }), /denied/i);
  }
});

check("questions go to the client whose call asked them, also when both ask at once", async () => {
  const rounds = Array.from({ length: 5 }, () => [ada, bob]).flat();
  await Promise.all(rounds.map(async (who) => {
    const prompt = { prompt: "who are you?", maxTokens: 5 };
    assert.match(await call(who, "everything__trigger-elicitation-request"), new RegExp(`- Name: ${who.name}`));
    assert.match(await call(who, "everything__trigger-sampling-request", prompt), new RegExp(`"model": "${who.name}"`));
  }));
});

check("a log level and the messages stay with their client", async () => {
  await ada.client.setLoggingLevel("debug");
  await bob.client.setLoggingLevel("emergency");
  await Promise.all([call(ada, "witness__log"), call(bob, "witness__log")]);
  const message = (one) => one.method === "notifications/message" && one.params.logger === "witness";
  for (const level of ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"]) {
    assert.equal((await ada.heard.take(message, level)).params.level, level);
  }
  assert.equal((await bob.heard.take(message, "emergency")).params.level, "emergency");
  for (const { heard } of [ada, bob, plain]) assert.deepEqual(heard.items.filter(message), []);
  const levels = async (who) => JSON.parse(await call(who, "witness__heard")).levels;
  assert.deepEqual(await levels(ada), ["debug"]);
  assert.deepEqual(await levels(bob), ["emergency"]);
  assert.deepEqual(await levels(plain), []);
});

check("an update goes to the subscriber only", async () => {
  const uri = "demo://resource/static/document/features.md";
  const updated = (one) => one.method === "notifications/resources/updated";
  const second = await connect("common", {});
  await second.client.subscribeResource({ uri });
  await call(plain, "everything__toggle-subscriber-updates"); // the same shared server
  await second.heard.take(updated, "the update");
  await call(plain, "everything__toggle-subscriber-updates");
  for (const { heard } of [ada, bob, plain]) assert.deepEqual(heard.items.filter(updated), []);
  await second.client.close();
});

check("isolation = shared: one server for all, that is told of nobody's abilities", async () => {
  const asking = /^common__(trigger-(sampling|elicitation|url)|get-roots)/;
  for (const who of [ada, bob, plain]) assert.deepEqual((await toolsOf(who)).filter((name) => asking.test(name)), []);
  assert.ok((await toolsOf(ada)).includes("common__echo"));
});

check("isolation: who shares a process with whom", async () => {
  const pid = async (who, server) => call(who, `${server}__pid`);
  const second = await connect("common", {});
  assert.equal(await pid(plain, "witness"), await pid(second, "witness"));
  assert.notEqual(await pid(ada, "witness"), await pid(bob, "witness"));
  assert.notEqual(await pid(ada, "witness"), await pid(plain, "witness"));
  assert.notEqual(await pid(second, "apart"), await pid(plain, "apart"));
  const own = hostPid(await pid(second, "apart"));
  await second.client.transport.terminateSession();
  await second.client.close();
  await eventually(() => !processesOf(gateway.home).includes(own), "a session's own server ends with it");
});

check("SIGTERM ends the gateway with status 0 and leaves no process", async () => {
  for (const { client } of [ada, bob, plain]) await client.close();
  assert.deepEqual(await gateway.stop(), { code: 0, signal: null });
});
