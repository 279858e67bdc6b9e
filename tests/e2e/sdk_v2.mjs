// The official SDK v2 client, in its modes legacy, auto and pinned 2026-07-28, through `mcp serve` in front of
// server-everything, -filesystem and -memory together, and in front of servers made with the v2 SDK (stdio and HTTP).
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import {
  Gateway, Inbox, binary, check, environment, eventually, kept, noneLeft, patience, progressFrames, serversUp,
  temporary, toml, within,
} from "./harness.mjs";
import { everything, filesystem, memory, peer, v2Server, witness } from "./peers.mjs";

const { Client, StreamableHTTPClientTransport, isInputRequiredResult } = peer("@modelcontextprotocol/client");
const { StdioClientTransport } = peer("@modelcontextprotocol/client/stdio");

const modern = "2026-07-28";
const notes = join(temporary(), "notes");
mkdirSync(notes);
writeFileSync(join(notes, "hello.txt"), "hello from a file\n");
const answering = { sampling: {}, elicitation: { form: {}, url: {} }, roots: { listChanged: true } };
const noteUri = "fixture://note";
const document = "demo://resource/static/document/features.md";

const { command, args } = v2Server("--http");
const upstream = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"], env: environment(temporary()) });
const upstreamUrl = await within(
  new Promise((resolve) => upstream.stdout.once("data", (line) => resolve(String(line).trim()))), "the v2 HTTP server");

const legacyServers = () => ({
  everything: everything(),
  filesystem: filesystem(notes),
  memory: memory(join(temporary(), "memory.jsonl")),
  witness: witness(),
});
const v2Servers = () => ({ piped: v2Server(), remote: { url: upstreamUrl } });
const gateway = await Gateway.start({ config: { servers: { ...legacyServers(), ...v2Servers() } } });

function newClient(mode, capabilities, more = {}) {
  const client = new Client(
    { name: "sdk-v2", version: "2.4.0" },
    { capabilities, versionNegotiation: { mode, probe: { timeoutMs: patience } }, ...more },
  );
  const heard = new Inbox();
  client.fallbackNotificationHandler = async (notification) => heard.put(notification);
  for (const method of ["tools/list_changed", "resources/list_changed", "resources/updated", "message"]) {
    client.setNotificationHandler(`notifications/${method}`, (notification) => heard.put(notification));
  }
  if (capabilities.elicitation) {
    client.setRequestHandler("elicitation/create", async ({ params }) => {
      heard.put({ method: "elicitation/create", params });
      return params.mode === "url" ? { action: "accept" } : { action: "accept", content: { yes: true } };
    });
  }
  if (capabilities.sampling) {
    client.setRequestHandler("sampling/createMessage", async () => ({
      model: "a-model", role: "assistant", content: { type: "text", text: "a word" },
    }));
  }
  if (capabilities.roots) {
    client.setRequestHandler("roots/list", async () => ({ roots: [{ uri: "file:///srv/notes", name: "notes" }] }));
  }
  return { client, heard };
}

async function overHttp(mode, capabilities, more) {
  const { client, heard } = newClient(mode, capabilities, more);
  await client.connect(new StreamableHTTPClientTransport(new URL(gateway.url)));
  return { client, heard, close: () => client.close() };
}

async function overStdio(mode, capabilities, more) {
  const home = temporary();
  const config = join(home, "mcp.toml");
  writeFileSync(config, toml({ servers: { ...legacyServers(), ...v2Servers() } }));
  const { client, heard } = newClient(mode, capabilities, more);
  const words = ["serve", "--stdio", "--config", config, "--state-dir", join(home, "state")];
  await client.connect(new StdioClientTransport({ command: binary, args: words, env: environment(home), stderr: "pipe" }));
  await serversUp(client, Object.keys({ ...legacyServers(), ...v2Servers() }));
  const close = async () => {
    await client.close();
    await noneLeft(home);
  };
  return { client, heard, close };
}

const call = (client, name, args = {}, options) => client.callTool({ name, arguments: args }, options);
const textOf = (result) => result.content.map((block) => block.text ?? "").join("\n");
const names = (list) => list.map((one) => one.name);
const notified = (heard, method, fits = () => true) =>
  heard.take((one) => one.method === method && fits(one.params), method);

function suite(how, connect, mode, era) {
  const title = `${how}, ${typeof mode === "string" ? mode : `pinned ${mode.pin}`}`;
  const test = (what, capabilities, body, more) =>
    check(`${title}: ${what}`, async () => {
      const { client, heard, close } = await connect(mode, capabilities, more);
      try {
        await body(client, heard);
      } finally {
        await close();
      }
    });

  test("negotiates its version and finds all servers merged", {}, async (client) => {
    assert.equal(client.getNegotiatedProtocolVersion(), era === "modern" ? modern : "2025-11-25");
    assert.equal(client.getServerVersion().name, "mcp");
    const { tools } = await client.listTools();
    for (const name of ["everything__echo", "filesystem__read_text_file", "memory__read_graph", "piped__greet", "remote__greet"]) {
      assert.ok(names(tools).includes(name), name);
    }
    const region = tools.find((tool) => tool.name === "remote__region");
    assert.equal(region.inputSchema.properties.region["x-mcp-header"], "Region");
  });

  test("calls tools of the legacy servers", {}, async (client) => {
    assert.equal(textOf(await call(client, "everything__echo", { message: "hi" })), "Echo: hi");
    const file = await call(client, "filesystem__read_text_file", { path: join(notes, "hello.txt") });
    assert.match(textOf(file), /hello from a file/);
    const graph = await call(client, "memory__read_graph");
    assert.deepEqual(graph.structuredContent, { entities: [], relations: [] });
    await assert.rejects(call(client, "everything__no-such-tool"), (error) => error.code === -32602);
  });

  test("reads, lists, gets and completes of the legacy servers", {}, async (client) => {
    const { resources } = await client.listResources();
    assert.ok(resources.some((one) => one.uri === document));
    assert.match((await client.readResource({ uri: document })).contents[0].text, /Everything Server/i);
    const { resourceTemplates } = await client.listResourceTemplates();
    assert.ok(resourceTemplates.some((one) => one.uriTemplate === "demo://resource/dynamic/text/{resourceId}"));
    assert.match((await client.readResource({ uri: "demo://resource/dynamic/text/3" })).contents[0].text, /^Resource 3/);
    await assert.rejects(client.readResource({ uri: "nobody://has/this" }), /Resource not found: nobody:/);
    const { prompts } = await client.listPrompts();
    assert.ok(names(prompts).includes("everything__args-prompt") && names(prompts).includes("piped__hello"));
    const prompt = await client.getPrompt({ name: "everything__args-prompt", arguments: { city: "Ulm" } });
    assert.equal(prompt.messages[0].content.text, "What's weather in Ulm?");
    const ref = { type: "ref/prompt", name: "everything__completable-prompt" };
    const completed = await client.complete({ ref, argument: { name: "department", value: "E" } });
    assert.deepEqual(completed.completion.values, ["Engineering"]);
  });

  test("progress and cancellation reach across to a legacy server", {}, async (client) => {
    const frames = progressFrames(client.transport);
    await call(client, "everything__trigger-long-running-operation", { duration: 0.2, steps: 2 }, { onprogress: () => {} });
    assert.deepEqual([...frames.values()], [[{ progress: 1, total: 2 }, { progress: 2, total: 2 }]]);
    const stop = new AbortController();
    const begun = new Inbox();
    const key = `${title}-cancelled`;
    const held = call(client, "witness__hold", { key }, { signal: stop.signal, onprogress: begun.put });
    await begun.take(() => true, "the first report");
    stop.abort("enough");
    await assert.rejects(held, /enough/);
    await eventually(async () => {
      return JSON.parse(textOf(await call(client, "witness__heard"))).cancelled.includes(key);
    }, "the server heard of the cancellation");
  });

  for (const server of ["piped", "remote"]) {
    test(`${server} v2 server: tools, resources, prompts`, {}, async (client) => {
      assert.equal(textOf(await call(client, `${server}__greet`, { name: "Ada" })), `hello Ada of the ${era} era`);
      assert.deepEqual((await call(client, `${server}__add`, { a: 1, b: 2 })).structuredContent, { sum: 3 });
      await client.listTools(); // the client mirrors headers of tools that it has listed
      assert.equal(textOf(await call(client, `${server}__region`, { region: "süd" })), "region süd");
      const failed = await call(client, `${server}__fail`);
      assert.equal(failed.isError, true);
      assert.match((await client.readResource({ uri: noteUri })).contents[0].text, /^note \d+$/);
      assert.equal((await client.readResource({ uri: "fixture://item/one" })).contents[0].text, "item one");
      const prompt = await client.getPrompt({ name: `${server}__hello`, arguments: { who: "Ada" } });
      assert.equal(prompt.messages[0].content.text, "Say hello to Ada");
      const ref = { type: "ref/prompt", name: `${server}__hello` };
      const completed = await client.complete({ ref, argument: { name: "who", value: "a" } });
      assert.deepEqual(completed.completion.values, ["ada", "alan"]);
    });

    test(`${server} v2 server: progress and cancellation`, {}, async (client) => {
      const frames = progressFrames(client.transport);
      await call(client, `${server}__count`, { to: 4 }, { onprogress: () => {} });
      assert.deepEqual([...frames.values()], [[1, 2, 3, 4].map((progress) => ({ progress, total: 4 }))]);
      const stop = new AbortController();
      const begun = new Inbox();
      const key = `${title}-${server}`;
      const held = call(client, `${server}__hold`, { key }, { signal: stop.signal, onprogress: begun.put });
      await begun.take(() => true, "the first report");
      stop.abort("enough");
      await assert.rejects(held, /enough/);
      await eventually(async () => {
        return JSON.parse(textOf(await call(client, `${server}__heard`))).cancelled.includes(key);
      }, "the server heard of the cancellation");
    });

    test(`${server} v2 server: elicitation, sampling and roots`, answering, async (client, heard) => {
      assert.equal(textOf(await call(client, `${server}__deploy`, { to: "prod" })), "deployed to prod");
      const form = await notified(heard, "elicitation/create");
      assert.equal(form.params.message, "Deploy to prod?");
      if (era === "modern") {
        assert.equal((await notified(heard, "elicitation/create")).params.url, "https://example.com/sign-in");
      }
      assert.equal(textOf(await call(client, `${server}__think`)), "thought a word");
      assert.match(textOf(await call(client, `${server}__roots`)), /file:\/\/\/srv\/notes/);
    });
  }

  test("log messages come from the level that was asked for", answering, async (client, heard) => {
    if (era === "legacy") await client.setLoggingLevel("warning");
    const params = { name: "piped__log", arguments: {} };
    if (era === "modern") params._meta = { "io.modelcontextprotocol/logLevel": "warning" };
    await client.callTool(params);
    for (const level of ["warning", "error"]) {
      const { params: said } = await heard.take((one) => one.method === "notifications/message", level);
      assert.deepEqual([said.level, said.data, said.logger], [level, level, "fixture"]);
    }
  });

  if (era === "legacy") {
    test("hears of changed lists and of a subscribed resource", {}, async (client, heard) => {
      await call(client, "piped__flip");
      await notified(heard, "notifications/tools/list_changed");
      await client.subscribeResource({ uri: noteUri });
      await call(client, "piped__touch");
      assert.equal((await notified(heard, "notifications/resources/updated")).params.uri, noteUri);
    });
    return;
  }

  test("one subscription hears of the lists of both eras' servers", {}, async (client, heard) => {
    const subscription = await client.listen({ toolsListChanged: true, resourcesListChanged: true });
    assert.deepEqual(subscription.honoredFilter, { toolsListChanged: true, resourcesListChanged: true });
    for (const server of ["piped", "remote", "witness"]) {
      const before = names((await client.listTools()).tools).includes(`${server}__late`);
      await call(client, `${server}__flip`);
      await notified(heard, "notifications/tools/list_changed");
      await eventually(async () => {
        return names((await client.listTools()).tools).includes(`${server}__late`) !== before;
      }, `${server}'s tool comes or goes`);
    }
    const name = `${title}.gz`.replaceAll(/[^a-z0-9.]/g, "-");
    await call(client, "everything__gzip-file-as-resource", { name, data: "data:,hello" });
    await notified(heard, "notifications/resources/list_changed");
    await subscription.close();
  });

  test("a subscription hears of its resource, first server in order", {}, async (client, heard) => {
    const subscription = await client.listen({ resourceSubscriptions: [noteUri] });
    assert.deepEqual(subscription.honoredFilter, { resourceSubscriptions: [noteUri] });
    await call(client, "piped__touch");
    await notified(heard, "notifications/resources/updated", (params) => params.uri === noteUri);
    await subscription.close();
  });

  test("input_required and its sealed state pass through unchanged", answering, async (client) => {
    for (const server of ["piped", "remote"]) {
      const params = { name: `${server}__deploy`, arguments: { to: "staging" } };
      const ask = (more) => client.request({ method: "tools/call", params: { ...params, ...more } }, { allowInputRequired: true });
      const first = await ask({});
      assert.ok(isInputRequiredResult(first));
      assert.equal(first.inputRequests.confirm.params.message, "Deploy to staging?");
      const broken = first.requestState.slice(0, -4) + "AAAA";
      const inputResponses = { confirm: { action: "accept", content: { yes: true } } };
      await assert.rejects(ask({ inputResponses, requestState: broken }), (error) => error.code === -32602);
      const second = await ask({ inputResponses, requestState: first.requestState });
      assert.equal(second.inputRequests.signIn.params.mode, "url");
      const last = await ask({ inputResponses: { signIn: { action: "accept" } }, requestState: second.requestState });
      assert.equal(textOf(last), "deployed to staging");
    }
  }, { inputRequired: { autoFulfill: false } });
}

const keptStdio = kept(overStdio);
for (const [mode, era] of [["legacy", "legacy"], ["auto", "modern"], [{ pin: modern }, "modern"]]) {
  suite("http", overHttp, mode, era);
  suite("stdio", keptStdio, mode, era);
}
check("stdio: the gateways end with their clients and leave no process", () => keptStdio.close());

check("http: one remote v2 server alone: its own names, its changes and updates", async () => {
  const { client, heard } = newClient({ pin: modern }, {});
  await client.connect(new StreamableHTTPClientTransport(new URL(gateway.of("remote"))));
  assert.equal(textOf(await call(client, "greet", { name: "Ada" })), "hello Ada of the modern era");
  const subscription = await client.listen({ toolsListChanged: true, resourceSubscriptions: [noteUri] });
  await call(client, "flip");
  await notified(heard, "notifications/tools/list_changed");
  await call(client, "touch");
  await notified(heard, "notifications/resources/updated", (params) => params.uri === noteUri);
  await subscription.close();
  await client.close();
});

check("SIGTERM ends the gateway with status 0 and leaves no process", async () => {
  assert.deepEqual(await gateway.stop(), { code: 0, signal: null });
  upstream.stdin.end();
});
