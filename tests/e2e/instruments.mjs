// What shows from outside how a gateway fares: metrics read by a Prometheus parser, spans by OpenTelemetry's protocol
// buffers, access-log lines, and mcp top.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { Collector } from "./collector.mjs";
import { inSpan, tracer } from "./fixtures/traced.mjs";
import { Gateway, binary, check, environment, eventually, run, temporary, within } from "./harness.mjs";
import { node, peer, tracedServer, witness } from "./peers.mjs";
import { RawSession, accepts, send } from "./raw_http.mjs";

const { Client } = peer("@modelcontextprotocol/sdk/client/index.js");
const { StreamableHTTPClientTransport } = peer("@modelcontextprotocol/sdk/client/streamableHttp.js");
const parser = fileURLToPath(new URL("fixtures/read_metrics.py", import.meta.url));

async function connected(url, headers = {}) {
  const client = new Client({ name: "sdk-v1", version: "1.32.2" });
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
  return client;
}

async function metricsOf(gateway, headers = {}) {
  const response = await fetch(`${gateway.origin}/metrics`, { headers });
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type"), /^text\/plain; version=0\.0\.4/);
  return response.text();
}

// {family: {type, help, samples}}
function families(text) {
  const parsed = spawnSync("/usr/bin/python3", [parser], { input: text, encoding: "utf8", timeout: 60_000 });
  assert.equal(parsed.status, 0, parsed.stderr || String(parsed.error));
  return Object.fromEntries(JSON.parse(parsed.stdout).map((family) => [family.name, family]));
}

// The sample of this name with these labels, among others; 0: it was never counted.
function valueOf(text, name, labels = {}) {
  const samples = Object.values(families(text)).flatMap((family) => family.samples);
  const fits = (sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value);
  return samples.find((sample) => sample.name === name && fits(sample))?.value ?? 0;
}

// A logfmt line as an object.
function fieldsOf(line) {
  const fields = {};
  for (const [, key, value] of line.matchAll(/(\S+?)=("(?:[^"\\]|\\.)*"|\S*)/g)) {
    fields[key] = value.startsWith('"') ? JSON.parse(value) : value;
  }
  return fields;
}
const linesOf = (gateway, message) =>
  gateway.stderr.split("\n").filter((line) => line.includes("level=")).map(fieldsOf).filter(({ msg }) => msg === message);

// --- metrics

check("a Prometheus parser reads what was counted", async () => {
  const gateway = await Gateway.start({ config: { servers: { echo: { builtin: "echo" }, witness: witness() } } });
  const client = await connected(gateway.url);
  await client.callTool({ name: "echo__echo", arguments: { message: "one" } });
  await client.callTool({ name: "echo__echo", arguments: { message: "two" } });
  const wrong = await client.callTool({ name: "witness__open", arguments: {} }).catch((error) => error);
  await assert.rejects(client.callTool({ name: "echo__nothing", arguments: {} }));
  const { pid } = gateway.servers.find(({ name }) => name === "witness");
  const held = client.callTool({ name: "witness__hold", arguments: { key: "k" } });
  await eventually(async () => valueOf(await metricsOf(gateway), "mcp_calls_running", { server: "witness" }) === 1, "a running call");
  process.kill(pid, "SIGKILL");
  await assert.rejects(held);

  const text = await metricsOf(gateway);
  const all = families(text);
  const requests = (server, method, outcome) => valueOf(text, "mcp_requests_total", { server, method, outcome });
  for (const family of Object.values(all)) assert.ok(family.help && family.type !== "unknown", family.name);
  assert.equal(all.mcp_requests.type, "counter");
  assert.equal(all.mcp_request_duration_seconds.type, "histogram");
  assert.equal(all.mcp_sessions.type, "gauge");
  assert.equal(requests("echo", "tools/call", "ok"), 2);
  assert.equal(requests("witness", "tools/call", wrong.isError ? "isError" : "rpc_error"), 1);
  assert.equal(requests("_gateway", "tools/call", "rpc_error"), 1);
  assert.equal(requests("witness", "tools/call", "transport"), 1);
  assert.equal(requests("_gateway", "initialize", "ok"), 1);
  assert.equal(valueOf(text, "mcp_request_duration_seconds_count", { server: "echo" }), 2);
  assert.equal(valueOf(text, "mcp_request_duration_seconds_bucket", { server: "echo", le: "+Inf" }), 2);
  assert.equal(valueOf(text, "mcp_request_duration_seconds_bucket", { server: "echo", le: "60" }), 2);
  assert.equal(valueOf(text, "mcp_sessions", { era: "legacy", transport: "http" }), 1);
  assert.ok(valueOf(text, "mcp_request_bytes_total", { server: "echo" }) > 0);
  assert.ok(valueOf(text, "mcp_response_bytes_total", { server: "echo" }) > 0);
  assert.ok(valueOf(text, "mcp_connections") > 0);
  assert.ok(valueOf(text, "process_resident_memory_bytes") > 1e6);
  for (const name of ["mcp_links", "mcp_children", "mcp_server_starts", "mcp_server_restarts",
    "mcp_upstream_connections", "mcp_queue_length", "mcp_loop_lag_seconds", "mcp_spans_dropped",
    "process_cpu_seconds", "mcp_build_info"]) {
    assert.ok(all[name], name);
  }
  // Bounded: no name of a tool, a client or a principal is a label.
  assert.doesNotMatch(text.replace(/^mcp_refused_total.*$/gm, ""), /hold|sdk-v1|principal/);
  await client.close();
  await eventually(async () => valueOf(await metricsOf(gateway), "mcp_children", { server: "witness" }) === 1, "the child is back");
  assert.equal(valueOf(await metricsOf(gateway), "mcp_server_restarts_total", { server: "witness" }), 1);
  await gateway.stop();
});

check("metrics stand behind the door and can be switched off", async () => {
  const config = (more) => `[serve]\n${more}\n[serve.tokens]\nalice = "open-sesame"\n[servers.echo]\nbuiltin = "echo"\n`;
  const gateway = await Gateway.start({ config: config("") });
  assert.equal((await fetch(`${gateway.origin}/metrics`)).status, 401);
  await metricsOf(gateway, { authorization: "Bearer open-sesame" });
  const other = await send(`${gateway.origin}/metrics`, "GET", { host: "evil.example", authorization: "Bearer open-sesame" });
  assert.equal(other.status, 403);
  gateway.write("mcp.toml", config("metrics = false"));
  assert.equal((await gateway.reloaded()).ok, true);
  const off = await fetch(`${gateway.origin}/metrics`, { headers: { authorization: "Bearer open-sesame" } });
  assert.equal(off.status, 404);
  await gateway.stop();
});

check("what a limit refuses is counted by its name", async () => {
  const gateway = await Gateway.start({ config: { serve: { max_sessions: 1, max_body: "1K" }, servers: { echo: { builtin: "echo" } } } });
  const client = await connected(gateway.url);
  assert.equal(valueOf(await metricsOf(gateway), "mcp_refused_total", { limit: "max_sessions" }), 0);
  await assert.rejects(connected(gateway.url));
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping", params: { pad: "x".repeat(1024) } });
  assert.equal((await send(gateway.url, "POST", accepts, body)).status, 413);
  const text = await metricsOf(gateway);
  assert.equal(valueOf(text, "mcp_refused_total", { limit: "max_sessions" }), 1);
  assert.equal(valueOf(text, "mcp_refused_total", { limit: "max_body" }), 1);
  await client.close();
  await gateway.stop();
});

// --- access log

check("each call is a line of ids, and none of content", async () => {
  const config = `[serve]\naccess_log = "on"\n[serve.tokens]\nalice = "open-sesame"\n[servers.echo]\nbuiltin = "echo"\n`;
  const gateway = await Gateway.start({ config });
  const client = await connected(gateway.url, { authorization: "Bearer open-sesame" });
  await client.callTool({ name: "echo__echo", arguments: { message: "a-very-private-word" } });
  await assert.rejects(client.callTool({ name: "echo__nothing", arguments: {} }));
  const calls = () => linesOf(gateway, "call").filter(({ method }) => method === "tools/call");
  await eventually(() => calls().length === 2, () => gateway.stderr);
  const [good, bad] = calls();
  assert.equal(good.server, "echo");
  assert.equal(good.name, "echo__echo");
  assert.equal(good.principal, "alice");
  assert.equal(good.outcome, "ok");
  assert.match(good.request, /^\d+$/);
  assert.match(good.session, /^s\d+$/);
  assert.ok(Number(good.ms) >= 0 && Number(good.bytes_in) > 0 && Number(good.bytes_out) > 0);
  assert.equal(bad.outcome, "rpc_error");
  assert.equal(bad.server, undefined);
  assert.ok(linesOf(gateway, "call").some(({ method }) => method === "initialize"));
  await client.close();
  await gateway.stop();
  assert.doesNotMatch(gateway.stderr, /a-very-private-word|open-sesame/);
});

check("the lines are JSON where the log is, and none by default", async () => {
  const one = await Gateway.start({
    config: { serve: { access_log: "on", log_format: "json" }, servers: { echo: { builtin: "echo" } } },
  });
  const client = await connected(one.url);
  await client.callTool({ name: "echo__echo", arguments: { message: "x" } });
  const lines = () => one.stderr.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  await eventually(() => lines().some(({ msg, name }) => msg === "call" && name === "echo__echo"), () => one.stderr);
  await client.close();
  await one.stop();

  const quiet = await Gateway.start({ config: { servers: { echo: { builtin: "echo" } } } });
  const second = await connected(quiet.url);
  await second.callTool({ name: "echo__echo", arguments: { message: "x" } });
  await second.close();
  await quiet.stop();
  assert.deepEqual(linesOf(quiet, "call"), []);
});

check("a slow call is a warning, where slow_call says how slow", async () => {
  for (const [slow, count] of [["1ms", 1], ["0", 0]]) {
    const gateway = await Gateway.start({ config: { serve: { slow_call: slow }, servers: { witness: witness() } } });
    const session = await RawSession.open(gateway.url);
    const held = await session.call("witness__hold", { key: "k" }, "p");
    await held.next((event) => event.message?.method === "notifications/progress", "the report");
    const began = performance.now();
    await eventually(() => performance.now() - began > 2, "two milliseconds");
    await (await session.call("witness__open", { key: "k" })).end();
    await held.end();
    await gateway.stop();
    const warned = linesOf(gateway, "slow call").filter(({ name }) => name === "witness__hold");
    assert.equal(warned.length, count, gateway.stderr);
    for (const line of warned) assert.equal(line.level, "warn");
  }
});

// --- traces

const shown = (spans) => spans.map(({ service, name, parentSpanId }) => `${parentSpanId ? "  " : ""}${service}: ${name}`);

check("one call is one trace from its client through the gateway to its server", async () => {
  const collector = await Collector.start();
  const gateway = await Gateway.start({
    config: { serve: { otlp_endpoint: collector.url }, servers: { traced: tracedServer(collector.url) } },
  });
  const client = await connected(gateway.url);
  const context = await inSpan(tracer("client", collector.url), "ask", "CLIENT", undefined, async (carried, own) => {
    await client.callTool({ name: "traced__meta", arguments: {}, _meta: carried });
    return own;
  });
  const [ask, call, answer, ...more] = await collector.trace(context.traceId, 3);
  assert.deepEqual(more, []);
  assert.deepEqual(shown([ask, call, answer]), ["client: ask", "  mcp: tools/call traced__meta", "  server: meta"]);
  assert.equal(call.parentSpanId, ask.spanId);
  assert.equal(answer.parentSpanId, call.spanId);
  assert.equal(call.attributes["rpc.method"], "tools/call");
  assert.match(call.attributes["rpc.id"], /^\d+$/);
  assert.match(call.attributes["rpc.id.upstream"], /^\d+$/);
  assert.equal(call.attributes["transport.type"], "http");
  assert.equal(call.attributes["mcp.server"], "traced");
  assert.equal(call.attributes.capability, "tools");
  assert.ok(BigInt(call.startTimeUnixNano) >= BigInt(ask.startTimeUnixNano) - 2_000_000n, "clocks of one machine");
  await client.close();
  await gateway.stop();
  collector.close();
});

check("a collector is shown the keys that it wants, and the service's name", async () => {
  const collector = await Collector.start();
  const gateway = await Gateway.start({
    config: { serve: { otlp_endpoint: collector.url, otlp_headers: { "x-api-key": "env:COLLECTOR_KEY" } }, servers: { echo: { builtin: "echo" } } },
    env: { COLLECTOR_KEY: "k3y", OTEL_EXPORTER_OTLP_HEADERS: "tenant=a%20b", OTEL_SERVICE_NAME: "edge" },
  });
  const client = await connected(gateway.url);
  const traceId = "1af7651916cd43dd8448eb211c80319c";
  await client.callTool({ name: "echo__echo", arguments: { message: "x" }, _meta: { traceparent: `00-${traceId}-b7ad6b7169203331-01` } });
  await eventually(() => collector.spans.some((span) => span.traceId === traceId), "the span");
  assert.deepEqual(collector.problems, []);
  assert.ok(collector.spans.every(({ service }) => service === "edge"));
  for (const head of collector.heads) assert.deepEqual([head["x-api-key"], head.tenant], ["k3y", "a b"]);
  assert.doesNotMatch(gateway.stderr, /k3y/);
  await client.close();
  await gateway.stop();
  collector.close();
});

check("a trace crosses two gateways by HTTP, from a header to _meta, with its state", async () => {
  const collector = await Collector.start();
  const behind = await Gateway.start({
    config: { servers: { traced: tracedServer(collector.url) } },
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
  });
  const front = await Gateway.start({
    config: { serve: { otlp_endpoint: `${collector.url}/v1/traces` }, servers: { far: { url: behind.of("traced") } } },
  });
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const client = await connected(front.url, {
    traceparent: `00-${traceId}-b7ad6b7169203331-01`,
    tracestate: "vendor=opaque",
  });
  const { content } = await client.callTool({ name: "far__meta", arguments: {} });
  const told = JSON.parse(content[0].text);
  assert.equal(told.tracestate, "vendor=opaque");
  await client.close();
  await front.stop();
  await behind.stop();
  const called = () => collector.spans.filter(({ traceId: id, name }) => id === traceId && /meta$/.test(name));
  await eventually(() => called().length === 3, () => JSON.stringify(collector.spans));
  const [first] = called().filter(({ parentSpanId }) => parentSpanId === "b7ad6b7169203331");
  const [second] = called().filter(({ parentSpanId }) => parentSpanId === first.spanId);
  const [third] = called().filter(({ parentSpanId }) => parentSpanId === second.spanId);
  assert.equal(first.attributes["mcp.server"], "far");
  assert.equal(second.attributes["mcp.server"], "traced");
  assert.equal(second.attributes["rpc.id"], first.attributes["rpc.id.upstream"], "one call, as both gateways know it");
  assert.equal(third.service, "server");
  assert.equal(told.traceparent, `00-${traceId}-${second.spanId}-01`);
  assert.deepEqual(collector.problems, []);
  collector.close();
});

check("without a collector a trace passes through; with one that is away calls go on and spans are counted", async () => {
  const plain = await Gateway.start({ config: { servers: { traced: tracedServer("http://127.0.0.1:9") } } });
  const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const one = await connected(plain.url);
  const asked = await one.callTool({ name: "traced__meta", arguments: {}, _meta: { traceparent: parent } });
  assert.equal(JSON.parse(asked.content[0].text).traceparent, parent);
  await one.close();
  await plain.stop();

  const gateway = await Gateway.start({
    config: { serve: { otlp_endpoint: "http://127.0.0.1:9" }, servers: { echo: { builtin: "echo" } } },
  });
  const client = await connected(gateway.url);
  for (let i = 0; i < 3; i++) await client.callTool({ name: "echo__echo", arguments: { message: "x" } });
  await eventually(async () => valueOf(await metricsOf(gateway), "mcp_spans_dropped_total") > 0, "dropped spans");
  assert.equal(valueOf(await metricsOf(gateway), "mcp_spans_exported_total"), 0);
  assert.ok((await snapshotOf(gateway)).dropped_spans > 0);
  await client.close();
  await gateway.stop();
});

check("the library that talks to collectors costs nothing where there is none", () => {
  const { status, stdout } = spawnSync("ldd", [binary], { encoding: "utf8" });
  assert.equal(status, 0);
  assert.doesNotMatch(stdout, /libcurl/);
});

// --- mcp top

const top = (gateway, ...args) => run(["top", "--state-dir", gateway.stateDirectory, ...args], { env: { TERM: "xterm" } });

async function snapshotOf(gateway) {
  const { code, stdout, stderr } = await top(gateway, "--json");
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

check("mcp top says how a gateway fares, for machines and on one plain page", async () => {
  const gateway = await Gateway.start({ config: { servers: { echo: { builtin: "echo" }, witness: witness() } } });
  const client = await connected(gateway.url);
  await client.callTool({ name: "echo__echo", arguments: { message: "x" } });
  await assert.rejects(client.callTool({ name: "echo__nothing", arguments: {} }));
  const snapshot = await snapshotOf(gateway);
  assert.equal(snapshot.pid, gateway.child.pid);
  assert.equal(snapshot.url, gateway.url);
  assert.deepEqual(snapshot.sessions, [{ era: "legacy", transport: "http", open: 1 }]);
  assert.ok(snapshot.totals.calls >= 3 && snapshot.totals.errors >= 1);
  const [echo, other] = snapshot.servers;
  assert.equal(echo.calls, 1);
  assert.equal(echo.state, "ready");
  assert.equal(other.pid, gateway.servers.find(({ name }) => name === "witness").pid);
  assert.equal(other.children, 1);
  assert.ok(other.resident_bytes > 1e6);

  const plain = await top(gateway);
  assert.equal(plain.code, 0);
  assert.doesNotMatch(plain.stdout, /\u001b/);
  assert.match(plain.stdout, /^SERVER +STATE +ERA/m);
  assert.match(plain.stdout, new RegExp(`^witness +ready +legacy +${other.pid} `, "m"));
  for (const line of plain.stdout.split("\n")) assert.ok(line.length <= 80, line);
  await client.close();
  await gateway.stop();
});

check("the control socket is its user's alone and goes with its gateway", async () => {
  const gateway = await Gateway.start({ config: { servers: { echo: { builtin: "echo" } } } });
  const socket = join(gateway.stateDirectory, "control.sock");
  assert.equal(statSync(socket).mode & 0o777, 0o600);
  if (process.getuid() === 0) {
    // Whatever the file's mode says, another user is not answered.
    chmodSync(gateway.home, 0o755);
    chmodSync(gateway.stateDirectory, 0o755);
    chmodSync(socket, 0o666);
    const ask = `let got = ""; const s = require("net").connect(${JSON.stringify(socket)});
      s.on("error", () => {}); s.on("data", (d) => (got += d)); s.on("close", () => console.log("got:" + got));
      s.write('{"get":"snapshot"}\\n')`;
    const asked = (...user) => spawnSync(user[0], [...user.slice(1), node, "-e", ask], { encoding: "utf8", timeout: 30_000, cwd: "/" });
    const stranger = asked("setpriv", "--reuid=65534", "--clear-groups", "--");
    // The Node of tests/peers may stand where strangers cannot go.
    if (!stranger.stderr.includes("failed to execute")) assert.equal(stranger.stdout, "got:\n", stranger.stderr);
  }
  await gateway.stop();
  assert.ok(!existsSync(socket));
  const { code, stderr } = await top(gateway, "--json");
  assert.equal(code, 6);
  assert.match(stderr, /^mcp: error: no gateway is running on the state directory .*\nmcp: hint: start one/);
});

check("without a place for state the gateway serves, and says once what is missing", async () => {
  const env = { ...environment(temporary()), HOME: undefined, XDG_STATE_HOME: undefined };
  const child = spawn(binary, ["serve", "--listen", "127.0.0.1:0"], { cwd: temporary(), env, stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (chunk) => (stderr += chunk));
  const ended = new Promise((resolve) => child.on("close", resolve));
  await eventually(() => /^mcp: ready on /m.test(stderr), () => stderr);
  assert.equal(stderr.match(/neither XDG_STATE_HOME nor HOME is set/g)?.length, 1, stderr);
  assert.match(stderr, /level=warn .*msg="no control socket, and no lock: mcp top cannot ask" .*--state-dir/);
  child.kill("SIGTERM");
  assert.equal(await within(ended, "its end"), 0);
  const asked = await run(["top", "--json"], { env: { HOME: undefined, XDG_STATE_HOME: undefined } });
  assert.equal(asked.code, 4);
  assert.match(asked.stderr, /^mcp: error: no state directory: .*\nmcp: hint: give --state-dir$/m);
});

check("mcp top --interval goes on until it is interrupted, and ends when its gateway does", async () => {
  const gateway = await Gateway.start({ config: { servers: { echo: { builtin: "echo" } } } });
  const follow = () => {
    const child = spawn(binary, ["top", "--state-dir", gateway.stateDirectory, "--json", "--interval", "0.1"], {
      env: environment(temporary()), stdio: ["ignore", "pipe", "pipe"],
    });
    const told = { child, text: "", error: "" };
    child.stdout.setEncoding("utf8").on("data", (chunk) => (told.text += chunk));
    child.stderr.setEncoding("utf8").on("data", (chunk) => (told.error += chunk));
    told.ended = new Promise((resolve) => child.on("close", resolve));
    return told;
  };
  const one = follow();
  await eventually(() => one.text.split("\n").length > 3, "three snapshots");
  one.child.kill("SIGINT");
  assert.equal(await within(one.ended, "its end"), 130);
  for (const line of one.text.trim().split("\n")) assert.equal(JSON.parse(line).pid, gateway.child.pid);
  const two = follow();
  await eventually(() => two.text.includes("\n"), "a snapshot");
  await gateway.stop();
  assert.equal(await within(two.ended, "its end"), 6);
  assert.match(two.error, /^mcp: error: the gateway went away/);
});

check("mcp top on a terminal is redrawn, ends by q, and leaves the terminal as it was", async () => {
  const gateway = await Gateway.start({ config: { servers: { echo: { builtin: "echo" } } } });
  // script(1) is the terminal; stty tells its settings before and after.
  const session = async (keys, env = {}) => {
    const command = `stty -g; '${binary}' top --interval 0.1 --state-dir '${gateway.stateDirectory}'; echo "exit=$?"; stty -g`;
    const child = spawn("script", ["-qec", command, "/dev/null"], {
      env: environment(temporary(), { TERM: "xterm", SHELL: "/bin/sh", ...env }), stdio: ["pipe", "pipe", "inherit"],
    });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk) => (text += chunk));
    const ended = new Promise((resolve) => child.on("close", resolve));
    await eventually(() => text.split("\u001b[H").length > 3, () => JSON.stringify(text));
    child.stdin.write(keys);
    await within(ended, "the end of mcp top");
    const settings = text.match(/^[0-9a-f]+(?::[0-9a-f]+)+(?=\r?$)/gm);
    assert.equal(settings.length, 2, text);
    assert.equal(settings[0], settings[1]);
    assert.ok(text.includes("\u001b[?1049h\u001b[?25l") && text.includes("\u001b[?25h\u001b[?1049l"));
    return { text, status: Number(/exit=(\d+)/.exec(text)[1]) };
  };
  const seen = await session("q");
  assert.equal(seen.status, 0);
  assert.ok(seen.text.includes("\u001b[32mready"), "a color");
  const bare = await session("\u0003", { NO_COLOR: "1" });
  assert.equal(bare.status, 130);
  assert.doesNotMatch(bare.text, /\u001b\[\d+m/);
  await gateway.stop();
});

check("mcp top stops on Ctrl-Z and on SIGTSTP with the terminal as it was, and goes on where it was", async () => {
  const gateway = await Gateway.start({ config: { servers: { echo: { builtin: "echo" } } } });
  const top = `'${binary}' top --interval 0.1 --state-dir '${gateway.stateDirectory}'`;
  // A shell with jobs, which goes on with its next command when one stops.
  const command = `set -m; stty -g; ${top}; echo "first=$?"; stty -g; fg >/dev/null; echo "second=$?"; stty -g; fg >/dev/null; echo "third=$?"; stty -g`;
  const child = spawn("script", ["-qec", command, "/dev/null"], {
    env: environment(temporary(), { TERM: "xterm", SHELL: "/bin/sh" }), stdio: ["pipe", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => (text += chunk));
  const ended = new Promise((resolve) => child.on("close", resolve));
  const since = (mark) => text.slice(text.indexOf(mark));
  const drawnAfter = (mark) => eventually(() => text.includes(mark) && since(mark).split("\u001b[H").length > 3, () => JSON.stringify(text));
  await drawnAfter("");
  child.stdin.write("\u001a");
  await drawnAfter("first=");
  const processes = readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name));
  const pid = processes.find((name) => {
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0");
      return words[0] === binary && words[1] === "top" && words.includes(gateway.stateDirectory);
    } catch {
      return false;
    }
  });
  process.kill(Number(pid), "SIGTSTP");
  await drawnAfter("second=");
  child.stdin.write("q");
  await within(ended, "the end of mcp top");
  const stopped = 128 + 20;
  assert.deepEqual([...text.matchAll(/(?:first|second|third)=(\d+)/g)].map(([, status]) => Number(status)), [stopped, stopped, 0]);
  const settings = text.match(/^[0-9a-f]+(?::[0-9a-f]+)+(?=\r?$)/gm);
  assert.equal(settings.length, 4, text);
  assert.equal(new Set(settings).size, 1, text);
  // Three times in, three times out.
  for (const mark of ["\u001b[?1049h", "\u001b[?1049l"]) assert.equal(text.split(mark).length, 4, JSON.stringify(text));
  await gateway.stop();
});
