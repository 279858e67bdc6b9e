// What becomes of clients and servers that want too much: everybody else is served, the gateway stays small, and each
// refusal says which key of the configuration it is for.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import net from "node:net";

import { Gateway, check, eventually } from "./harness.mjs";
import { largeServer } from "./peers.mjs";
import { RawSession, send } from "./raw_http.mjs";

const underSanitizers = (process.env.MCP_SANITIZE ?? "") !== "";
const portOf = (gateway) => Number(new URL(gateway.url).port);
const start = (serve = {}, large = {}) =>
  Gateway.start({ config: { serve, servers: { large: { ...largeServer(), ...large } } } });

// A raw connection: what it heard, and whether it was closed.
function connect(port, bytes = "") {
  const socket = net.connect(port, "127.0.0.1", () => bytes && socket.write(bytes));
  const peer = { socket, heard: "", closed: false };
  socket.setEncoding("latin1").on("data", (part) => (peer.heard += part));
  socket.on("close", () => (peer.closed = true)).on("error", () => {});
  return peer;
}
const connected = (peer) =>
  new Promise((resolve, reject) => peer.socket.once("connect", resolve).once("error", reject));

async function refused(gateway, limit) {
  const { body } = await (await send(`${gateway.origin}/metrics`, "GET")).end();
  const line = body.split("\n").find((one) => one.startsWith(`mcp_refused_total{limit="${limit}"}`));
  return line ? Number(line.split(" ").pop()) : 0;
}

// What the process itself holds, in bytes: shared pages counted by their share.
function pss(gateway) {
  const text = readFileSync(`/proc/${gateway.child.pid}/smaps_rollup`, "utf8");
  return Number(/^Pss:\s+(\d+)/m.exec(text)[1]) * 1024;
}

async function callsAreAnswered(session, times) {
  for (let i = 0; i < times; ++i) {
    const { result } = await session.result(await session.call("large__soon", {}));
    assert.equal(result.content[0].text, "soon");
  }
}

check("slow writers of heads are cut one by one while others are served", async () => {
  const gateway = await start({ header_timeout: "300ms" });
  const session = await RawSession.open(gateway.url);
  const slow = Array.from({ length: 300 }, () => connect(portOf(gateway), "POST /mcp HTTP/1.1\r\nHost: localhost\r\nX: "));
  const drip = setInterval(() => slow.forEach((peer) => peer.closed || peer.socket.write("x")), 20);
  await callsAreAnswered(session, 50);
  await eventually(() => slow.every((peer) => peer.closed), "the end of all slow ones");
  clearInterval(drip);
  assert.ok(slow.every((peer) => peer.heard.startsWith("HTTP/1.1 408 ")));
  assert.equal(await refused(gateway, "deadline"), 300);
  await callsAreAnswered(session, 1);
  await gateway.stop();
});

// A request whose head has exactly this many bytes, and this many fields.
function head({ bytes, fields }) {
  const lines = ["GET /health HTTP/1.1", "Host: localhost"];
  for (let i = 1; i < (fields ?? 2); ++i) lines.push(`X-${i}: y`);
  const text = `${lines.join("\r\n")}\r\n\r\n`;
  return bytes === undefined ? text : text.replace(": y", `: ${"y".repeat(bytes - text.length + 1)}`);
}

async function answerTo(gateway, text) {
  const peer = connect(portOf(gateway), text);
  const whole = () => /\r\n\r\n.*\}\s*$/s.test(peer.heard);
  await eventually(whole, "an answer");
  peer.socket.destroy();
  return { status: Number(peer.heard.slice(9, 12)), body: JSON.parse(peer.heard.split("\r\n\r\n")[1]) };
}

check("a head of max_header bytes and max_headers fields is read, one more of either is 431", async () => {
  const gateway = await start({ max_header: "2K", max_headers: 20 });
  assert.equal((await answerTo(gateway, head({ bytes: 2048 }))).status, 200);
  assert.equal((await answerTo(gateway, head({ fields: 20 }))).status, 200);
  for (const text of [head({ bytes: 2049 }), head({ fields: 21 }), `GET /${"x".repeat(3000)} HTTP/1.1\r\n`]) {
    const { status, body } = await answerTo(gateway, text);
    assert.equal(status, 431);
    assert.equal(body.jsonrpc, "2.0");
    assert.match(body.error.message, /max_headers? in \[serve\] is reached/);
  }
  assert.equal(await refused(gateway, "max_header"), 3);
  await gateway.stop();
});

check("a flood of heads without an end costs nothing but their connections", async () => {
  const gateway = await start();
  const session = await RawSession.open(gateway.url);
  const before = pss(gateway);
  const flood = `GET / HTTP/1.1\r\nHost: localhost\r\n${"X: y\r\n".repeat(50_000)}`;
  const peers = Array.from({ length: 200 }, () => connect(portOf(gateway), flood));
  await callsAreAnswered(session, 20);
  await eventually(() => peers.every((peer) => peer.heard.startsWith("HTTP/1.1 431 ")), "their refusals");
  for (const peer of peers) peer.socket.destroy();
  assert.equal(await refused(gateway, "max_header"), 200);
  if (!underSanitizers) assert.ok(pss(gateway) - before < 20e6, `${pss(gateway) - before} bytes more`);
  await callsAreAnswered(session, 1);
  await gateway.stop();
});

check("ten thousand connections that say nothing", async (context) => {
  // Node has raised its soft limit to the hard one, and the gateway has them from it.
  const allowed = Number(/^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))[1]);
  const wanted = 10_000;
  if (allowed < wanted + 500) return context.skip(`a process may have ${allowed} open files here: ulimit -Hn ${wanted + 500} is needed`);
  const gateway = await start({ header_timeout: "10m", idle_timeout: "10m" });
  const session = await RawSession.open(gateway.url);
  const silent = [];
  while (silent.length < wanted) {
    const some = Array.from({ length: Math.min(250, wanted - silent.length) }, () => connect(portOf(gateway)));
    await Promise.all(some.map(connected));
    silent.push(...some);
  }
  const openNow = async () => {
    const { body } = await (await send(`${gateway.origin}/metrics`, "GET")).end();
    return Number(/^mcp_connections (\d+)/m.exec(body)[1]);
  };
  await eventually(async () => (await openNow()) >= wanted, "all of them are there");
  await callsAreAnswered(session, 50);
  const held = pss(gateway);
  console.log(`${wanted} silent connections: ${(held / 1e6).toFixed(1)} MB`);
  if (!underSanitizers) assert.ok(held <= 60e6, `${held} bytes`); // DESIGN: 10 k idle streams in 60 MB
  assert.ok(silent.every((peer) => !peer.closed));
  for (const peer of silent) peer.socket.destroy();
  await eventually(async () => (await openNow()) < 100, "they are gone");
  await callsAreAnswered(session, 1);
  await gateway.stop();
});

check("a greedy client is refused and queued; all calls of the polite ones are answered", async () => {
  const gateway = await start({}, { max_in_flight: 4, max_queue: 32 });
  const greedy = await RawSession.open(gateway.url);
  const polite = await Promise.all(Array.from({ length: 15 }, () => RawSession.open(gateway.url)));
  const counted = { answered: 0, refused: 0 };
  let over = false;
  // Always 100 of its calls are under way.
  const lane = async () => {
    while (!over) {
      const answer = await greedy.call("large__soon", {});
      const { error } = await greedy.result(answer);
      if (!error) {
        ++counted.answered;
        continue;
      }
      ++counted.refused;
      assert.equal(error.code, -32603);
      assert.match(error.message, /server "large" is busy: 4 calls are running and 32 are waiting/);
      assert.match(error.data.hint, /max_queue/);
      if (answer.headers["content-type"].startsWith("application/json")) {
        assert.equal(answer.status, 503);
        assert.equal(answer.headers["retry-after"], "1");
      }
    }
  };
  const lanes = Array.from({ length: 100 }, lane);
  await eventually(() => counted.refused > 0, "the greedy one wants too much");
  await Promise.all(polite.map((session) => callsAreAnswered(session, 20)));
  over = true;
  await Promise.all(lanes);
  console.log(`polite: 300 of 300; greedy: ${counted.answered} answered, ${counted.refused} refused`);
  assert.ok(counted.answered > 0, "it is served in its turn");
  assert.equal(await refused(gateway, "max_queue"), counted.refused);
  await gateway.stop();
});

check("a message of max_result_bytes is taken, one byte more fails its call and names the key", async () => {
  const gateway = await start({}, { max_result_bytes: 100_000 });
  const session = await RawSession.open(gateway.url);
  const whole = await session.result(await session.call("large__line", { bytes: 100_000 }));
  assert.ok(whole.result.content[0].text.length > 99_000);
  const { error } = await session.result(await session.call("large__line", { bytes: 100_001 }));
  assert.equal(error.code, -32603);
  assert.match(error.message, /server "large".*a line of 100001 bytes; the limit of one message is 100000 bytes/);
  assert.match(error.data.hint, /max_result_bytes/);
  assert.equal(await refused(gateway, "max_result_bytes"), 1);
  await callsAreAnswered(session, 1);
  await gateway.stop();
});

check("the same of a remote server", async () => {
  const far = await start();
  const gateway = await Gateway.start({
    config: { servers: { far: { url: far.of("large"), max_result_bytes: 100_000 } } },
  });
  const session = await RawSession.open(gateway.url);
  assert.ok((await session.result(await session.call("far__line", { bytes: 90_000 }))).result);
  const { error } = await session.result(await session.call("far__line", { bytes: 110_000 }));
  assert.match(error.data.hint, /max_result_bytes/);
  assert.equal(await refused(gateway, "max_result_bytes"), 1);
  await gateway.stop();
  await far.stop();
});

check("max_children: the next session is told so, and served when there is room again", async () => {
  const gateway = await start({}, { isolation: "session", max_children: 2 });
  const sessions = [];
  for (let i = 0; i < 3; ++i) sessions.push(await RawSession.open(gateway.url));
  await callsAreAnswered(sessions[0], 1);
  await callsAreAnswered(sessions[1], 1);
  const { error } = await sessions[2].result(await sessions[2].call("large__soon", {}));
  assert.match(error.message, /max_children is reached/);
  assert.equal(await refused(gateway, "max_children"), 1);
  await (await send(gateway.url, "DELETE", sessions[0].headers)).end();
  await callsAreAnswered(sessions[2], 1);
  await gateway.stop();
});

check("large results that many slow readers wait for are held once each", async () => {
  const gateway = await start();
  const session = await RawSession.open(gateway.url);
  await callsAreAnswered(session, 1);
  const readers = 6;
  const bytes = 10_000_000;
  const peak = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.child.pid}/status`, "utf8"))[1]) * 1024;
  const before = peak();
  const held = [];
  for (let i = 0; i < readers; ++i) {
    const answer = await session.call("large__large", { bytes }); // its head has come
    answer.message.pause();
    held.push(answer);
  }
  const ratio = (peak() - before) / (readers * bytes);
  console.log(`${readers} results of ${bytes} bytes in flight: ${ratio.toFixed(2)} times their size at the peak`);
  if (!underSanitizers) assert.ok(ratio <= 1.2, `${ratio}`);
  for (const answer of held) {
    answer.message.resume();
    const { result } = await session.result(answer);
    assert.equal(result.content[0].text.length, bytes);
  }
  await gateway.stop();
});
