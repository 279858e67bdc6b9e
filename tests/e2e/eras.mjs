// Every pairing of eras and transports through `mcp serve`: client legacy or modern, server legacy or modern, each over
// HTTP or stdio. The client is the official SDK v2's, the servers are the conformance fixture and the SDK's own, each
// forced into one era by the configuration.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import {
  Gateway, Inbox, binary, check, environment, eventually, noneLeft, patience, progressFrames, temporary, toml, within,
} from "./harness.mjs";
import { fixtureServer, peer, v2Server } from "./peers.mjs";

const { Client, StreamableHTTPClientTransport } = peer("@modelcontextprotocol/client");
const { StdioClientTransport } = peer("@modelcontextprotocol/client/stdio");

const modern = "2026-07-28";
const watched = "test://watched-resource";
const answering = { sampling: {}, elicitation: { form: {}, url: {} }, roots: {} };

// The upstream over HTTP: one process for all. It says on stderr where it listens and what was cancelled.
const remote = { said: "" };
{
  const { command, args } = fixtureServer("--http", "0");
  remote.child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"], env: environment(temporary()) });
  remote.child.stderr.setEncoding("utf8").on("data", (chunk) => (remote.said += chunk));
  await eventually(() => remote.said.includes("listening on "), "the fixture listens");
  remote.url = /listening on (\S+)/.exec(remote.said)[1];
}
process.on("exit", () => remote.child.kill("SIGKILL"));

const servers = {
  "legacy-stdio": { ...fixtureServer("--stdio"), era: "legacy" },
  "legacy-http": { url: remote.url, era: "legacy" },
  "modern-stdio": { ...fixtureServer("--stdio"), era: "modern" },
  "modern-http": { url: remote.url, era: "modern" },
};
const sdkServers = {
  "legacy-sdk": { ...v2Server(), era: "legacy" },
  "modern-sdk": { ...v2Server(), era: "modern" },
};
const gateway = await Gateway.start({ config: { servers: { ...servers, ...sdkServers } } });

function newClient(era, capabilities) {
  const mode = era === "modern" ? { pin: modern } : "legacy";
  const client = new Client(
    { name: "eras", version: "1" },
    { capabilities, versionNegotiation: { mode, probe: { timeoutMs: patience } } },
  );
  const heard = new Inbox();
  for (const method of ["tools/list_changed", "resources/updated", "message"]) {
    client.setNotificationHandler(`notifications/${method}`, (notification) => heard.put(notification));
  }
  if (capabilities.elicitation) {
    client.setRequestHandler("elicitation/create", async ({ params }) => {
      heard.put({ method: "elicitation/create", params });
      if (params.mode === "url") return { action: "accept" };
      return { action: "accept", content: { username: "ada", email: "a@example.com", name: "Ada", context: "here", color: "red", yes: true } };
    });
    client.setRequestHandler("sampling/createMessage", async ({ params }) => {
      heard.put({ method: "sampling/createMessage", params });
      return { model: "m", role: "assistant", content: { type: "text", text: "a word" } };
    });
    client.setRequestHandler("roots/list", async () => ({ roots: [{ uri: "file:///srv/notes", name: "notes" }] }));
  }
  return { client, heard };
}

// Connections by HTTP go to the endpoint of the one server; stdio has a gateway with that server alone.
async function connect(how, era, server, capabilities) {
  const { client, heard } = newClient(era, capabilities);
  if (how === "http") {
    const transport = new StreamableHTTPClientTransport(new URL(gateway.of(server)));
    await client.connect(transport);
    const close = async () => {
      if (era === "legacy") await transport.terminateSession();
      await client.close();
    };
    return { client, heard, said: () => gateway.stderr, close };
  }
  const home = temporary();
  const config = join(home, "mcp.toml");
  writeFileSync(config, toml({ servers: { [server]: { ...servers[server], prefix: "" } } }));
  const words = ["serve", "--stdio", "--config", config, "--state-dir", join(home, "state")];
  const transport = new StdioClientTransport({ command: binary, args: words, env: environment(home), stderr: "pipe" });
  let said = "";
  transport.stderr.setEncoding("utf8").on("data", (chunk) => (said += chunk));
  await client.connect(transport);
  await eventually(async () => (await client.listTools()).tools.length > 0, "the server is up");
  const close = async () => {
    await client.close();
    await noneLeft(home);
  };
  return { client, heard, said: () => said, close };
}

const call = (client, name, args = {}, options) => client.callTool({ name, arguments: args }, options);
const textOf = (result) => result.content.map((block) => block.text ?? "").join("\n");
const take = (heard, method) => heard.take((one) => one.method === method, method);

function pairing(how, era, server) {
  const title = `${era} client over ${how}, ${server.replace("-", " server over ")}`;
  const test = (what, capabilities, body) =>
    check(`${title}: ${what}`, async () => {
      const { close, ...connection } = await connect(how, era, server, capabilities);
      try {
        await body(connection);
      } finally {
        await close();
      }
    });

  test("elicitation by form and url, sampling, roots", answering, async ({ client, heard }) => {
    assert.match(textOf(await call(client, "test_elicitation", { message: "Who?" })), /action=accept.*"username":"ada"/);
    assert.equal((await take(heard, "elicitation/create")).params.message, "Who?");
    assert.equal(textOf(await call(client, "test_url_elicitation")), "visit: accept");
    const { params } = await take(heard, "elicitation/create");
    assert.equal(params.url, "https://example.com/sign-in");
    if (era === "legacy") assert.equal(typeof params.elicitationId, "string");
    assert.equal(textOf(await call(client, "test_input_required_result_sampling")), "Sampling response: a word");
    assert.match(textOf(await call(client, "test_input_required_result_list_roots")), /1 root\(s\): file:\/\/\/srv\/notes/);
  });

  test("several questions, several rounds, prompts", answering, async ({ client }) => {
    assert.match(textOf(await call(client, "test_input_required_result_multiple_inputs")), /a word Ada, 1 root/);
    assert.match(textOf(await call(client, "test_input_required_result_multi_round")), /^Multi-round complete: Ada likes red/);
    const prompt = await client.getPrompt({ name: "test_input_required_result_prompt" });
    assert.equal(prompt.messages[0].content.text, "Use the following context: here");
  });

  test("progress", answering, async ({ client }) => {
    const frames = progressFrames(client.transport);
    await call(client, "test_tool_with_progress", {}, { onprogress: () => {} });
    assert.deepEqual([...frames.values()].map((reports) => reports.map((one) => one.progress)), [[0, 50, 100]]);
  });

  for (const [who, capabilities] of [["that answers", answering], ["that answers nothing", {}]]) {
    test(`cancellation by a client ${who}`, capabilities, async ({ client, said }) => {
      const stop = new AbortController();
      const begun = new Inbox();
      const key = `${how}-${era}-${server}-${who.replaceAll(" ", "-")}`;
      const held = call(client, "test_hold", { key }, { signal: stop.signal, onprogress: begun.put });
      await begun.take(() => true, "the first report");
      stop.abort("enough");
      await assert.rejects(held, /enough/);
      await eventually(() => (said() + remote.said).includes(`cancelled ${key}`), "the server heard of it");
    });
  }

  test("log messages from the level that was asked for", answering, async ({ client, heard }) => {
    const logged = async (level) => {
      if (era === "legacy") await client.setLoggingLevel(level);
      const _meta = era === "modern" ? { "io.modelcontextprotocol/logLevel": level } : undefined;
      await client.callTool({ name: "test_tool_with_logging", arguments: {}, _meta });
    };
    await logged("error");
    assert.ok(heard.items.every((one) => one.method !== "notifications/message"));
    await logged("info");
    for (let n = 0; n < 3; ++n) assert.equal((await take(heard, "notifications/message")).params.level, "info");
  });

  test("changed lists and an updated resource", {}, async ({ client, heard }) => {
    const subscription =
      era === "modern"
        ? await client.listen({ toolsListChanged: true, resourceSubscriptions: [watched] })
        : await client.subscribeResource({ uri: watched });
    if (era === "modern") {
      assert.deepEqual(subscription.honoredFilter, { toolsListChanged: true, resourceSubscriptions: [watched] });
    }
    await call(client, "test_trigger_tool_change");
    await take(heard, "notifications/tools/list_changed");
    await call(client, "test_touch_resource");
    assert.equal((await take(heard, "notifications/resources/updated")).params.uri, watched);
    if (era === "modern") await subscription.close();
  });
}

for (const how of ["http", "stdio"]) {
  for (const era of ["legacy", "modern"]) {
    for (const server of Object.keys(servers)) pairing(how, era, server);
  }
}

for (const era of ["legacy", "modern"]) {
  for (const server of Object.keys(sdkServers)) {
    check(`${era} client, the SDK's server as ${server}: questions of all kinds`, async () => {
      const { client, close } = await connect("http", era, server, answering);
      assert.equal(textOf(await call(client, "deploy", { to: "prod" })), "deployed to prod");
      assert.equal(textOf(await call(client, "think")), "thought a word");
      assert.match(textOf(await call(client, "roots")), /file:\/\/\/srv\/notes/);
      await close();
    });
  }
}

check("a modern client is asked to visit what a 2025-11-25 server requires (-32042), then the call is sent again", async () => {
  const { client, heard, close } = await connect("stdio", "modern", "legacy-stdio", answering);
  assert.equal(textOf(await call(client, "test_url_required")), "visit: done");
  assert.equal((await take(heard, "elicitation/create")).params.url, "https://example.com/sign-in");
  await close();
});

check("SIGTERM ends the gateway with status 0 and leaves no process", async () => {
  assert.deepEqual(await within(gateway.stop(), "the end"), { code: 0, signal: null });
  remote.child.kill("SIGTERM");
});
