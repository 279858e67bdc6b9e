// The driver and the gateways that it measures, without a look at any figure: what it counts is right, whatever goes
// wrong is counted as what it is, and a target that stalls is charged with what it kept waiting.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test, { after } from "node:test";

import { heldPerResult } from "./budgets.mjs";
import { output, stop } from "./processes.mjs";
import { parseTable } from "./system_calls.mjs";
import { certificate, counted, targets } from "./targets.mjs";

const driver = process.env.MCP_BENCH_DRIVER;
const place = { build: dirname(driver), folder: mkdtempSync(join(tmpdir(), "mcp-bench-smoke-")) };
const brief = ["--warm-up", "0", "--seconds", "0.3"];
after(() => rmSync(place.folder, { recursive: true, force: true }));

const drive = async (url, words) => JSON.parse(await output(driver, [url, ...brief, ...words].map(String)));

async function using(name, body) {
  const up = await targets[name].start(place);
  try {
    await body(up);
  } finally {
    for (const started of up.also) await stop(started);
  }
}

for (const name of ["builtin", "native", "upstream"]) {
  for (const era of targets[name].eras) {
    test(`${name}, ${era}: every call is answered, by its own answer`, () =>
      using(name, async (up) => {
        const line = await drive(up.url, ["--era", era, "--sessions", 3, "--pid", up.pid]);
        assert.equal(line.errors, 0);
        assert.ok(line.calls > 0);
        assert.equal(line.groups[0].sessions, 3);
        assert.ok(line.own.processes >= 2, "the gateway and its helper");
        assert.equal(line.servers.processes, name === "native" ? 1 : 0);
        assert.ok(line.own.pss_kb > 0);
      }));
  }
}

test("an unknown tool, a wrong path and a missing server are no calls", () =>
  using("builtin", async (up) => {
    const legacy = await drive(up.url, ["--tool", "nobody"]);
    assert.equal(legacy.calls, 0);
    assert.ok(legacy.groups[0].errors_by_kind.rpc_error + (legacy.groups[0].errors_by_kind.tool_error ?? 0) > 0);
    const modern = await drive(up.url, ["--era", "modern", "--tool", "nobody"]);
    assert.equal(modern.calls, 0);
    assert.ok(modern.errors > 0);
    await assert.rejects(drive(up.url.replace("/mcp", "/nothing"), []), /initialize was answered with 404/);
    await assert.rejects(drive("http://127.0.0.1:1/mcp", []), /connect/);
  }));

test("a large result is read to its end, and a shorter one is truncated", () =>
  using("native", async (up) => {
    const words = ["--tool", "large", "--arguments", '{"bytes":300000}', "--pid", up.pid];
    const whole = await drive(up.url, [...words, "--least-bytes", 300_000]);
    assert.equal(whole.errors, 0);
    assert.ok(whole.calls > 0);
    assert.ok(heldPerResult({ ...whole, sessions: 1, size: 300_000 }) >= 0);
    const short = await drive(up.url, [...words, "--least-bytes", 400_000]);
    assert.equal(short.calls, 0);
    assert.equal(short.groups[0].errors_by_kind.truncated, short.errors);
  }));

test("idle streams of both eras stay open beside a load, and groups keep apart", () =>
  using("builtin", async (up) => {
    for (const era of ["legacy", "modern"]) {
      const more = ["--idle-streams", 20, "--idle-era", era, "--group", "name=greedy,sessions=1,lanes=4,rate=0"];
      const line = await drive(up.url, ["--sessions", 2, "--rate", 50, ...more]);
      assert.equal(line.errors, 0);
      assert.equal(line.streams_held, 20);
      assert.deepEqual(line.groups.map(({ name, loop }) => [name, loop]), [["load", "open"], ["greedy", "closed"]]);
      assert.equal(line.groups[0].calls, 15, "50 a second for 0.3 s");
    }
  }));

test("a target that cannot be started says why", async () => {
  const nowhere = { ...place, build: join(place.folder, "nowhere") };
  await assert.rejects(targets.builtin.start(nowhere), /ENOENT/);
});

test("allocations are counted", { skip: process.env.MCP_SANITIZE ? "a sanitizer has its own allocator" : false }, async () => {
  const counter = join(place.folder, "allocations");
  const up = await counted(place, "builtin", counter);
  const line = await drive(up.url, ["--allocations", counter]);
  for (const started of up.also) await stop(started);
  assert.ok(line.allocations_per_call > 1);
});

// A server of one connection at a time that holds its first call back until all time is over but a little.
test("who waits behind a stall is counted with the time that it was meant to be served", async () => {
  const held = 700;
  let until = 0;
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      until ||= Date.now() + held;
      setTimeout(() => response.end("{}"), Math.max(0, until - Date.now()));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${server.address().port}/`;
  const line = await drive(url, ["--raw", "--rate", 100, "--seconds", 1]);
  server.close();
  server.closeAllConnections();
  assert.equal(line.calls, 100);
  const { p50, max } = line.groups[0].latency_us;
  // 70 of 100 calls were meant while it was held. Had each been counted from its sending, the median would be next to nothing.
  assert.ok(max >= (held - 50) * 1000, `${max}`);
  assert.ok(p50 >= 100_000, `${p50}`);
});

// Two clients; the second of a round is answered later than the first.
test("with --together no answer is read until all of them have begun, and the next round comes when all are read", async () => {
  const bytes = 4_000_000; // more than any kernel takes ahead of a reader
  let asked = 0;
  let begun = 0;
  const early = [];
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      const second = asked++ % 2 === 1;
      setTimeout(() => {
        ++begun;
        response.once("finish", () => begun % 2 === 1 && early.push(begun)).end("x".repeat(bytes));
      }, second ? 50 : 0);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const words = ["--raw", "--sessions", 2, "--together", "--seconds", 1];
  const line = await drive(`http://127.0.0.1:${server.address().port}/`, words);
  server.close();
  server.closeAllConnections();
  assert.equal(line.errors, 0);
  assert.ok(line.calls >= 2 && line.calls % 2 === 0, `${line.calls}`);
  assert.deepEqual(early, []);
  await assert.rejects(drive("http://127.0.0.1:1/", ["--raw", "--together", "--rate", 1]), /rounds/);
});

// Servers of Node: which transports the driver can speak does not hang on those of the gateway.
const answer = (request, response) => request.resume().on("end", () => response.end("{}"));

test("TLS: certificates are verified unless it is told not to", async () => {
  const { cert, key } = certificate(place.folder);
  const server = createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }, answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `https://127.0.0.1:${server.address().port}/`;
  await assert.rejects(drive(url, ["--raw"]), /certificate verify failed/);
  const line = await drive(url, ["--raw", "--insecure", "--sessions", 2]);
  assert.equal(line.errors, 0);
  assert.ok(line.calls > 0);
  server.close();
  server.closeAllConnections();
});

test("unix-domain sockets, and connections that the server ends after each answer", async () => {
  const path = join(place.folder, "node.sock");
  const server = createServer((request, response) => answer(request, response.setHeader("Connection", "close")));
  server.listen(path);
  await once(server, "listening");
  const line = await drive(`unix:${path}:/mcp`, ["--raw", "--sessions", 2]);
  assert.equal(line.errors, 0);
  assert.ok(line.calls > 2);
  server.close();
  server.closeAllConnections();
});

test("a start is timed in every way that there is, and one that fails is no figure", async () => {
  const starts = join(place.build, "mcp-bench-starts");
  const hello = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: {} });
  let line;
  try {
    line = JSON.parse(await output(starts, ["--repeat", "2", "--input", hello, "--", join(place.build, "mcp-native-echo")]));
  } catch (error) {
    assert.match(error.message, /no namespaces here/); // this machine has no sandbox: nothing to compare
    return;
  }
  for (const way of ["posix_spawn", "sandbox"]) {
    assert.equal(line[way].n, 2);
    assert.ok(line[way].min_us > 0 && line[way].min_us <= line[way].median_us);
  }
  await assert.rejects(output(starts, ["--repeat", "1", "--", "/usr/bin/true"]), /did not start/);
});

test("strace's table is read", () => {
  const text = "% time     seconds  usecs/call     calls    errors syscall\n------ ---\n 60.00    0.1   3   11598      12 epoll_wait\n  1.00    0.0   1   7 read\n100.00    0.2   3   11605 12 total\n";
  assert.deepEqual(parseTable(text), { epoll_wait: 11598, read: 7 });
});
