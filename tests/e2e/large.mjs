// Messages that are larger than the queues they pass.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { Gateway, check, eventually } from "./harness.mjs";
import { largeServer } from "./peers.mjs";
import { RawSession, accepts, send } from "./raw_http.mjs";

const kTen = 10_000_000;
const kLimit = 64 << 20; // of one message over stdio
const start = () => Gateway.start({ config: { servers: { large: largeServer() } } });
const gateway = await start();

const isProgress = (event) => event.message?.method === "notifications/progress";
const isAnswer = (event) => event.message && "id" in event.message;
const sizeOf = ({ result }) => result.content[0].text.length;
const textOf = ({ result }) => result.content[0].text;

// A stream in either era: progress makes it one.
function modernCall(name, args) {
  const _meta = {
    progressToken: "p",
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const headers = { ...accepts, "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": name };
  const params = { name, arguments: args, _meta };
  return send(gateway.url, "POST", headers, JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params }));
}

check("ten megabytes arrive on the stream of a legacy call", async () => {
  const session = await RawSession.open(gateway.url);
  const answer = await session.call("large__large", { bytes: kTen }, "p");
  await answer.next(isProgress, "the report");
  assert.equal(sizeOf((await answer.next(isAnswer, "the answer")).message), kTen);
  await answer.end();
});

check("ten megabytes arrive on the stream of a modern call", async () => {
  const answer = await modernCall("large__large", { bytes: kTen });
  await answer.next(isProgress, "the report");
  assert.equal(sizeOf((await answer.next(isAnswer, "the answer")).message), kTen);
  await answer.end();
});

check("ten megabytes whose stream was cut are there for the client that comes back", async () => {
  const session = await RawSession.open(gateway.url);
  const answer = await session.call("large__large", { bytes: kTen }, "p");
  const { id } = await answer.next((event) => event.id, "an event to come back with");
  answer.cut();
  const rest = await eventually(async () => {
    const again = await session.resume(id);
    return again.status === 200 && again;
  }, "a stream to go on with");
  assert.equal(sizeOf((await rest.next(isAnswer, "the answer")).message), kTen);
});

check("a message over the limit of stdio fails its call, and nothing else", async () => {
  const session = await RawSession.open(gateway.url);
  const other = await RawSession.open(gateway.url);
  const before = textOf(await session.result(await session.call("large__pid", {})));
  const held = await other.call("large__hold", {}, "held");
  await held.next(isProgress, "the report of the other call");
  const { error } = await session.result(await session.call("large__large", { bytes: kLimit }));
  assert.equal(error.code, -32603);
  assert.match(error.message, /large.*a line of 671\d{5} bytes.*limit of one message is 67108864 bytes/);
  await session.result(await session.call("large__release", {}));
  assert.equal(textOf((await held.next(isAnswer, "the other's answer")).message), "released");
  assert.equal(textOf(await session.result(await session.call("large__pid", {}))), before);
  assert.match(gateway.stderr, /no message.*server=large .*a line of 671\d{5} bytes/);
});

check("the largest message that stdio carries arrives", async () => {
  const session = await RawSession.open(gateway.url);
  const answer = await session.call("large__large", { bytes: kLimit - 1000 });
  assert.equal(sizeOf(await session.result(answer)), kLimit - 1000);
});

check("a large result is held once on its way", async () => {
  const fresh = await start();
  const peak = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${fresh.child.pid}/status`, "utf8"))[1]) * 1024;
  const session = await RawSession.open(fresh.url);
  await session.result(await session.call("large__large", { bytes: 1000 }));
  const before = peak();
  const bytes = 4 * kTen;
  assert.equal(sizeOf(await session.result(await session.call("large__large", { bytes }, "p"))), bytes);
  const held = (peak() - before) / bytes;
  console.log(`a result of ${bytes} bytes was held ${held.toFixed(2)} times`);
  assert.ok(held <= 1.2, `${held}`); // docs/serve.md, "Large messages"
  await fresh.stop();
});
