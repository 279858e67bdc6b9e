// Remote servers that go wrong: every call is answered once or refused once and sent once, the other servers go on, and
// processes, descriptors and memory are those of the start when it is over.
import assert from "node:assert/strict";
import { after } from "node:test";

import { FaultyRemote } from "./fixtures/faulty_remote.mjs";
import { Gateway, check, eventually } from "./harness.mjs";
import { LegacyCaller, Scene, faulty } from "./scene.mjs";

const remote = await FaultyRemote.start();
after(() => remote.close());
const endless = ["stall", "stall-in-body", "trickle-forever"]; // refused at their deadline
const entry = (fault, at, more = {}) => ({
  url: remote.url(fault, at),
  call_timeout: endless.includes(fault) ? "1s" : "30s",
  ...more,
});

// What a call comes to: "answer", or what the refusal says.
const outcomes = {
  none: "answer",
  reset: /reset|closed|ended/,
  "reset-in-head": /reset|closed|ended/,
  "reset-in-body": /reset|cut|closed|ended/,
  close: /closed|ended/,
  stall: /no answer within/,
  "stall-in-body": /no answer within/,
  trickle: "answer",
  "trickle-forever": /no answer within/,
  "status-404": /404|not found|session/i,
  "status-500": /500/,
  "status-503": /503/,
  "html-200": /text\/html/,
  "html-502": /502/,
  gzip: /gzip/,
  "moved-302": /302/,
  "moved-307": /307/,
  "moved-308": /308/,
  "not-json": /no response to the request/,
  empty: /no response to the request/,
  "no-http": /response/,
  "wrong-id": /no response to the request/,
  twice: "answer",
  garbage: "answer",
  "stream-ends": /stream|ended|cut/,
  "header-1m": /header|head|large|limit/i,
  "body-80m": /limit|large|bytes|MB/i,
};
const scene = await Scene.open({
  servers: {
    ...Object.fromEntries(Object.keys(outcomes).map((fault) => [fault, entry(fault)])),
    "body-50m": entry("body-50m"),
    "closing-stream": entry("closing-stream"),
  },
});
const both = [scene.legacy, scene.modern];

for (const [fault, outcome] of Object.entries(outcomes)) {
  const end = outcome === "answer" ? "answered" : "refused";
  scene.check(`a remote (${fault}): calls are ${end} once, the server is asked once, the next call works`, async () => {
    const nonces = both.map((_, i) => `${fault} ${i}`);
    const calls = both.map((caller, i) => caller.call(`${fault}__act`, { nonce: nonces[i] }));
    for (const response of await Promise.all(calls)) {
      assert.equal("result" in response ? "answered" : "refused", end, JSON.stringify(response).slice(0, 300));
      if (response.error) {
        const [whose, why] = response.error.message.split(/: (.*)/s);
        assert.equal(whose, `server "${fault}"`);
        assert.match(why, outcome);
      }
    }
    // Only what was certainly not taken may be sent again.
    const most = fault === "status-404" ? 2 : 1;
    for (const nonce of nonces) assert.ok((remote.calls.get(nonce) ?? 0) <= most, "a call is not repeated");
    for (const caller of both) await scene.well(caller, fault);
  });
}

scene.check("a remote answers with 50 MB: the answer passes, and nothing of it is kept", async () => {
  for (const caller of both) {
    const { result } = await scene.response(caller, "body-50m__act");
    assert.equal(result?.content[0].text.length, 50 << 20);
  }
});

scene.check("a remote closes its event stream each second: the stream is opened again, calls and lists go on", async () => {
  const gets = remote.gets;
  const states = () => scene.gateway.servers.find((one) => one.name === "closing-stream");
  await eventually(async () => {
    assert.ok((await scene.legacy.call("closing-stream__act")).result);
    assert.equal(states().state, "ready");
    return remote.gets >= gets + 8;
  }, "the eighth stream");
});

check("the gateway of all this ends in good order", () => scene.stop());

check("remotes that go wrong from the start: each failure is named, nobody waits for them", async () => {
  const expected = {
    reset: /reset|closed|ended/, close: /closed|ended/, stall: /within|timeout|time/, "stall-in-body": /within|timeout|time/,
    "trickle-forever": /within|timeout|time/, "status-404": /404/, "status-500": /500/, "status-503": /503/,
    "html-200": /text\/html/, "html-502": /502/, gzip: /gzip/, "moved-302": /302/, "moved-307": /307/, "moved-308": /308/,
    "not-json": /no response/, empty: /no response/, "no-http": /response/, "header-1m": /header|head|large|limit/i,
  };
  const soon = { start_timeout: "1s" };
  const entries = Object.keys(expected).map((fault) => [fault, entry(fault, "start", soon)]);
  const servers = { neighbour: faulty("none"), ...Object.fromEntries(entries) };
  const gateway = await new Gateway({ config: { servers } }).listening();
  await gateway.state("neighbour", "ready");
  const caller = await LegacyCaller.open(gateway.url);
  assert.ok((await caller.call("neighbour__echo")).result);
  const seen = {};
  await eventually(() => {
    for (const { name, error } of gateway.servers) seen[name] ??= error;
    return Object.keys(expected).every((name) => seen[name]);
  }, "every failure is told");
  const wrong = Object.entries(expected).filter(([name, words]) => !words.test(seen[name]));
  assert.deepEqual(wrong.map(([name]) => [name, seen[name]]), []);
  for (const name of Object.keys(expected)) {
    const { error } = await caller.call(`${name}__echo`);
    assert.ok(error.message.includes(name), error.message);
  }
  await caller.close();
  assert.deepEqual(await gateway.stop(), { code: 0, signal: null });
});
