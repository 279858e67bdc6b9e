// The official SDK v1 client through `mcp serve`, over HTTP and over stdio, in front of server-everything, -filesystem
// and -memory together (and of a witness that tells what a server hears).
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import {
  Gateway, Inbox, binary, check, environment, eventually, kept, noneLeft, progressFrames, serversUp, temporary,
  toml, within,
} from "./harness.mjs";
import { everything, filesystem, memory, peer, witness } from "./peers.mjs";

const { Client } = peer("@modelcontextprotocol/sdk/client/index.js");
const { StreamableHTTPClientTransport } = peer("@modelcontextprotocol/sdk/client/streamableHttp.js");
const { StdioClientTransport } = peer("@modelcontextprotocol/sdk/client/stdio.js");
const types = peer("@modelcontextprotocol/sdk/types.js");

const folder = temporary();
const notes = join(folder, "notes");
const other = join(folder, "other");
for (const directory of [notes, other]) mkdirSync(directory);
writeFileSync(join(notes, "hello.txt"), "hello from a file\n");

const servers = () => ({
  everything: everything(),
  filesystem: { ...filesystem(notes), read: [other] }, // what clients name as their roots
  memory: memory(join(temporary(), "memory.jsonl")),
  witness: witness(),
});
const answering = {
  sampling: {},
  elicitation: { form: {}, url: {} },
  roots: { listChanged: true },
};
const document = "demo://resource/static/document/features.md";

// A client that notes everything it hears and answers every question.
function newClient(capabilities) {
  const client = new Client({ name: "sdk-v1", version: "1.32.2" }, { capabilities });
  const heard = new Inbox();
  client.fallbackNotificationHandler = async (notification) => heard.put(notification);
  client.roots = [{ uri: pathToFileURL(notes).href, name: "notes" }];
  if (capabilities.sampling) {
    client.setRequestHandler(types.CreateMessageRequestSchema, async ({ params }) => ({
      model: "a-model",
      role: "assistant",
      stopReason: "endTurn",
      content: { type: "text", text: `heard: ${params.messages[0].content.text}` },
    }));
  }
  if (capabilities.elicitation) {
    client.setRequestHandler(types.ElicitRequestSchema, async ({ params }) => {
      heard.put({ method: "elicitation/create", params });
      return params.mode === "url" ? { action: "accept" } : { action: "accept", content: { name: "Ada", integer: 7 } };
    });
  }
  if (capabilities.roots) client.setRequestHandler(types.ListRootsRequestSchema, async () => ({ roots: client.roots }));
  return { client, heard };
}

const gateway = await Gateway.start({ config: { servers: servers() } });

async function overHttp(capabilities = {}, url = gateway.url) {
  const { client, heard } = newClient(capabilities);
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  return { client, heard, close: () => client.close() };
}

async function overStdio(capabilities = {}) {
  const home = temporary();
  const config = join(home, "mcp.toml");
  writeFileSync(config, toml({ servers: servers() }));
  const { client, heard } = newClient(capabilities);
  const transport = new StdioClientTransport({
    command: binary,
    args: ["serve", "--stdio", "--config", config, "--state-dir", join(home, "state")],
    env: environment(home),
    stderr: "pipe",
  });
  await client.connect(transport);
  await serversUp(client, Object.keys(servers()));
  const close = async () => {
    await client.close();
    await noneLeft(home);
  };
  return { client, heard, close };
}

const call = (client, name, args = {}, options) =>
  client.callTool({ name, arguments: args }, undefined, options);
const textOf = (result) => result.content.map((block) => block.text ?? "").join("\n");
const named = (list) => list.map((one) => one.name);
const notified = (heard, method) => heard.take((one) => one.method === method, method);

async function pages(list, member) {
  const all = [];
  let cursor;
  do {
    const page = await list(cursor === undefined ? {} : { cursor });
    all.push(...page[member]);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return all;
}

async function direct({ command, args, env }, capabilities = {}) {
  const { client, heard } = newClient(capabilities);
  await client.connect(new StdioClientTransport({ command, args, env: environment(temporary(), env), stderr: "ignore" }));
  return { client, heard, close: () => client.close() };
}

// What the servers say themselves, without us between.
const own = {};
for (const [name, entry] of Object.entries(servers())) {
  const { client, close } = await direct(entry);
  const capabilities = client.getServerCapabilities();
  own[name] = { tools: await pages((at) => client.listTools(at), "tools") };
  if (capabilities.prompts) own[name].prompts = await pages((at) => client.listPrompts(at), "prompts");
  if (capabilities.resources) own[name].resources = await pages((at) => client.listResources(at), "resources");
  await close();
}

// `anew`: another connection where `connect` keeps one.
function suite(how, connect, anew = connect) {
  const test = (what, capabilities, body) =>
    check(`${how}: ${what}`, async () => {
      const connection = await connect(capabilities);
      try {
        await body(connection.client, connection.heard);
      } finally {
        await connection.close();
      }
    });

  test("speaks 2025-11-25, says who it is, offers what the servers offer", {}, async (client) => {
    assert.equal(client.getServerVersion().name, "mcp");
    const offered = client.getServerCapabilities();
    for (const part of ["tools", "prompts", "resources"]) assert.equal(offered[part]?.listChanged, true, part);
    assert.equal(offered.resources.subscribe, true);
    assert.ok(offered.completions && offered.logging);
    // Who comes while the servers still start is told what is known by then.
    let told = client.getInstructions();
    await eventually(async () => {
      if (told !== undefined) return true;
      const next = await anew();
      told = next.client.getInstructions();
      await next.close();
      return false;
    }, "the servers' instructions are told");
    assert.match(told, /# everything/);
    await client.ping();
  });

  test("lists every server's tools, prefixed, in order, otherwise as the server sent them", {}, async (client) => {
    const tools = await pages((at) => client.listTools(at), "tools");
    const expected = Object.entries(own).flatMap(([server, { tools }]) =>
      tools.map((tool) => ({ ...tool, name: `${server}__${tool.name}` })));
    assert.deepEqual(tools, expected);
    for (const name of ["everything__echo", "filesystem__read_text_file", "memory__read_graph"]) {
      assert.ok(named(tools).includes(name), name);
    }
  });

  test("calls a tool of each server", {}, async (client) => {
    const echo = await call(client, "everything__echo", { message: "grüße, 世界" });
    assert.equal(textOf(echo), "Echo: grüße, 世界");
    const weather = await call(client, "everything__get-structured-content", { location: "Chicago" });
    assert.equal(typeof weather.structuredContent.temperature, "number");
    const image = await call(client, "everything__get-tiny-image");
    assert.equal(image.content.find((block) => block.type === "image").mimeType, "image/png");
    const file = await call(client, "filesystem__read_text_file", { path: join(notes, "hello.txt") });
    assert.match(textOf(file), /hello from a file/);
    const outside = await call(client, "filesystem__read_text_file", { path: "/etc/hostname" });
    assert.equal(outside.isError, true);
    const ada = { name: "Ada", entityType: "person", observations: ["likes engines"] };
    await call(client, "memory__create_entities", { entities: [ada] });
    assert.deepEqual((await call(client, "memory__read_graph")).structuredContent.entities, [ada]);
    await call(client, "memory__delete_entities", { entityNames: ["Ada"] });
  });

  test("answers an unknown tool with -32602 and a bad argument with the server's own words", {}, async (client) => {
    for (const name of ["nobody__echo", "everything__no-such-tool", "echo"]) {
      await assert.rejects(call(client, name), (error) => error.code === types.ErrorCode.InvalidParams, name);
    }
    const bad = await call(client, "everything__echo", { message: 5 });
    assert.equal(bad.isError, true);
    assert.match(textOf(bad), /echo/);
  });

  test("lists and reads resources, templates too", {}, async (client) => {
    const resources = await pages((at) => client.listResources(at), "resources");
    for (const resource of own.everything.resources) {
      assert.deepEqual(resources.find((one) => one.uri === resource.uri), resource);
    }
    const read = await client.readResource({ uri: document });
    assert.equal(read.contents[0].uri, document);
    assert.match(read.contents[0].text, /Everything Server/i);
    const { resourceTemplates } = await client.listResourceTemplates();
    assert.ok(resourceTemplates.some((one) => one.uriTemplate === "demo://resource/dynamic/text/{resourceId}"));
    const dynamic = await client.readResource({ uri: "demo://resource/dynamic/text/7" });
    assert.match(dynamic.contents[0].text, /^Resource 7/);
    const blob = await client.readResource({ uri: "demo://resource/dynamic/blob/7" });
    assert.match(Buffer.from(blob.contents[0].blob, "base64").toString(), /^Resource 7/);
    await assert.rejects(client.readResource({ uri: "nobody://has/this" }), (error) => error.code === -32002);
  });

  test("lists and gets prompts, completes their arguments and templates'", {}, async (client) => {
    const prompts = await pages((at) => client.listPrompts(at), "prompts");
    assert.deepEqual(named(prompts), named(own.everything.prompts).map((name) => `everything__${name}`));
    const got = await client.getPrompt({ name: "everything__args-prompt", arguments: { city: "Ulm", state: "BW" } });
    assert.equal(got.messages[0].content.text, "What's weather in Ulm, BW?");
    const department = await client.complete({
      ref: { type: "ref/prompt", name: "everything__completable-prompt" },
      argument: { name: "department", value: "S" },
    });
    assert.deepEqual(department.completion.values, ["Sales", "Support"]);
    const lead = await client.complete({
      ref: { type: "ref/prompt", name: "everything__completable-prompt" },
      argument: { name: "name", value: "" },
      context: { arguments: { department: "Sales" } },
    });
    assert.deepEqual(lead.completion.values, ["David", "Eve", "Frank"]);
    const id = await client.complete({
      ref: { type: "ref/resource", uri: "demo://resource/dynamic/text/{resourceId}" },
      argument: { name: "resourceId", value: "12" },
    });
    assert.deepEqual(id.completion.values, ["12"]);
  });

  test("passes progress on, each report to the call it belongs to", {}, async (client) => {
    const frames = progressFrames(client.transport);
    const operation = (steps) =>
      call(client, "everything__trigger-long-running-operation", { duration: 0.3, steps }, { onprogress: () => {} });
    const results = await Promise.all([operation(3), operation(5)]);
    assert.match(textOf(results[0]), /Steps: 3/);
    assert.match(textOf(results[1]), /Steps: 5/);
    const reports = (total) => Array.from({ length: total }, (_, at) => ({ progress: at + 1, total }));
    assert.deepEqual([...frames.values()].sort((a, b) => a.length - b.length), [reports(3), reports(5)]);
  });

  test("cancels a running call: the server hears of it, and other calls go on", {}, async (client) => {
    const key = `${how}-cancelled`;
    const stop = new AbortController();
    const begun = new Inbox();
    const held = call(client, "witness__hold", { key }, { signal: stop.signal, onprogress: begun.put });
    await begun.take(() => true, "the first report");
    stop.abort("enough");
    await assert.rejects(held, /enough/);
    await eventually(async () => {
      return JSON.parse(textOf(await call(client, "witness__heard"))).cancelled.includes(key);
    }, "the server heard of the cancellation");
    assert.equal(textOf(await call(client, "everything__echo", { message: "still here" })), "Echo: still here");
  });

  test("passes log messages on from the level that was set", answering, async (client, heard) => {
    await client.setLoggingLevel("error");
    await call(client, "witness__log");
    const first = await notified(heard, "notifications/message");
    assert.deepEqual(first.params, { level: "error", logger: "witness", data: "error" });
    for (const level of ["critical", "alert", "emergency"]) {
      assert.equal((await notified(heard, "notifications/message")).params.level, level);
    }
    const levels = await eventually(async () => {
      const { levels } = JSON.parse(textOf(await call(client, "witness__heard")));
      return levels.length > 0 && levels;
    }, "the server heard of the level");
    assert.equal(levels.at(-1), "error");
    await client.setLoggingLevel("debug");
    await call(client, "everything__toggle-simulated-logging");
    const said = (one) => one.method === "notifications/message" && /level|Roots/i.test(one.params.data);
    await heard.take(said, "a message of server-everything");
    await call(client, "everything__toggle-simulated-logging");
  });

  test("tells of changed lists, and then lists what is new", answering, async (client, heard) => {
    await call(client, "witness__flip");
    await notified(heard, "notifications/tools/list_changed");
    await eventually(async () => named((await client.listTools()).tools).includes("witness__late"), "the new tool");
    assert.equal(textOf(await call(client, "witness__late")), "late");
    const made = await call(client, "everything__gzip-file-as-resource", { name: `${how}.gz`, data: "data:,hello" });
    await notified(heard, "notifications/resources/list_changed");
    const { uri } = made.content.find((block) => block.type === "resource_link");
    await eventually(async () => (await client.listResources()).resources.some((one) => one.uri === uri), "the resource");
    assert.equal((await client.readResource({ uri })).contents[0].mimeType, "application/gzip");
  });

  test("relays sampling", answering, async (client) => {
    const result = await call(client, "everything__trigger-sampling-request", { prompt: "a question", maxTokens: 5 });
    assert.match(textOf(result), /heard: Resource trigger-sampling-request context: a question/);
    assert.match(textOf(result), /a-model/);
  });

  test("relays elicitation by form and by url", answering, async (client, heard) => {
    const form = await call(client, "everything__trigger-elicitation-request");
    assert.match(textOf(form), /- Name: Ada/);
    assert.match(textOf(form), /- Favorite Integer: 7/);
    const asked = await notified(heard, "elicitation/create");
    assert.equal(asked.params.requestedSchema.properties.untitledSingleSelectEnum.default, "Monica");
    const url = { url: "https://example.com/sign-in", message: "sign in", elicitationId: "e-1" };
    assert.match(textOf(await call(client, "everything__trigger-url-elicitation", url)), /User completed/);
    assert.deepEqual((await notified(heard, "elicitation/create")).params, { mode: "url", ...url });
    await assert.rejects(
      call(client, "everything__trigger-url-elicitation", { ...url, errorPath: true }),
      (error) => error.code === types.ErrorCode.UrlElicitationRequired && error.data.elicitations[0].mode === "url",
    );
  });

  test("relays roots, and their changes", answering, async (client) => {
    const rooted = async (what) =>
      eventually(async () => textOf(await call(client, "everything__get-roots-list")).includes(what), `root ${what}`);
    const allowed = async (directory) => eventually(async () => {
      return textOf(await call(client, "filesystem__list_allowed_directories")).includes(directory);
    }, `server-filesystem may read ${directory}`);
    await rooted(pathToFileURL(notes).href);
    await allowed(notes);
    client.roots = [{ uri: pathToFileURL(other).href, name: "other" }];
    await client.sendRootsListChanged();
    await rooted(pathToFileURL(other).href);
    await allowed(other);
    const denied = await call(client, "filesystem__read_text_file", { path: join(notes, "hello.txt") });
    assert.equal(denied.isError, true);
  });

  for (const [who, capabilities] of [["a client with its own servers", answering], ["a client of shared servers", {}]]) {
    test(`subscribes to a resource and hears of its updates: ${who}`, capabilities, async (client, heard) => {
      await client.subscribeResource({ uri: document });
      await call(client, "everything__toggle-subscriber-updates");
      assert.equal((await notified(heard, "notifications/resources/updated")).params.uri, document);
      await call(client, "everything__toggle-subscriber-updates");
      await client.unsubscribeResource({ uri: document });
    });
  }

  test("offers questions' tools only to clients that answer questions", {}, async (client) => {
    const { tools } = await client.listTools();
    assert.deepEqual(named(tools).filter((name) => /trigger-(sampling|elicitation|url)|get-roots/.test(name)), []);
  });
}

suite("http", overHttp);
const keptStdio = kept(overStdio);
suite("stdio", keptStdio, overStdio);
check("stdio: the gateway ends with its client and leaves no process", () => keptStdio.close());

check("http: says to whose tools which instructions belong", async () => {
  await gateway.state("everything", "ready");
  const { client, close } = await overHttp();
  assert.match(client.getInstructions(), /# everything/);
  await close();
});

check("http: one server alone stands under /servers/<name>/mcp, with its own names", async () => {
  const { client, close } = await overHttp({}, gateway.of("everything"));
  const { tools } = await client.listTools();
  assert.deepEqual(tools, own.everything.tools);
  assert.equal(textOf(await call(client, "echo", { message: "alone" })), "Echo: alone");
  await close();
});

check("http: a session that the client ends is gone", async () => {
  const { client, close } = await overHttp();
  const { sessionId } = client.transport;
  await client.transport.terminateSession();
  const headers = { accept: "application/json, text/event-stream", "content-type": "application/json" };
  const answer = await fetch(gateway.url, {
    method: "POST",
    headers: { ...headers, "mcp-session-id": sessionId, "mcp-protocol-version": "2025-11-25" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
  });
  await answer.body.cancel();
  assert.equal(answer.status, 404);
  await close();
});

check("SIGTERM ends the gateway with status 0 and leaves no process", async () => {
  assert.deepEqual(await within(gateway.stop(), "the end"), { code: 0, signal: null });
});
