// What the outside sees of a gateway that was told to stop and waits for its last call.
import assert from "node:assert/strict";

import { Gateway, check, eventually } from "./harness.mjs";
import { witness } from "./peers.mjs";
import { RawSession, accepts, send } from "./raw_http.mjs";

const initialize = JSON.stringify({
  jsonrpc: "2.0", id: 1, method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } },
});

check("a draining gateway says so, sends new sessions away and serves those it has", async () => {
  const gateway = await Gateway.start({ config: { serve: { drain_deadline: "60s" }, servers: { witness: witness() } } });
  const session = await RawSession.open(gateway.url);
  const held = await session.call("witness__hold", { key: "last" }, 1);
  await held.next((event) => event.message !== undefined, "the first report");
  const stopped = gateway.stop();

  const ready = () => send(`${gateway.origin}/ready`, "GET"); // on a connection of its own
  const draining = await eventually(async () => {
    const answer = await ready();
    return answer.status === 503 && answer;
  }, "/ready says 503");
  assert.equal((await draining.json()).status, "draining");
  assert.equal(draining.headers.connection, "close");
  const health = await send(`${gateway.origin}/health`, "GET");
  assert.equal(health.status, 200);
  health.cut();

  const refused = await send(gateway.url, "POST", accepts, initialize);
  assert.equal(refused.status, 503);
  assert.ok(Number(refused.headers["retry-after"]) > 0);
  assert.equal(refused.headers.connection, "close");
  refused.cut();

  const listed = await session.result(await session.post("tools/list"));
  assert.ok(listed.result.tools.some((tool) => tool.name === "witness__hold"));
  const opened = await session.result(await session.call("witness__open", { key: "last" }));
  assert.equal(opened.result.content[0].text, "yes");
  assert.equal((await session.result(held)).result.content[0].text, "opened last");
  assert.deepEqual(await stopped, { code: 0, signal: null });
  await assert.rejects(ready());
});
