// Stdio servers that go wrong: every call is answered once or refused once, the other servers go on, and processes,
// descriptors and memory are those of the start when it is over.
import assert from "node:assert/strict";

import { Gateway, check, eventually, processesOf, within } from "./harness.mjs";
import { LegacyCaller, Scene, faulty } from "./scene.mjs";

const brief = { call_timeout: "1s" }; // of servers that would never answer
const scene = await Scene.open({
  servers: {
    killed: faulty("none"),
    dies: faulty("dies"),
    grandchild: faulty("grandchild"),
    "grandchild-setsid": faulty("grandchild-setsid"),
    daemon: faulty("daemon"),
    flood: faulty("flood"),
    large: faulty("large"),
    "flood-line": faulty("flood-line"),
    "flood-stderr": faulty("flood-stderr"),
    garbage: faulty("garbage"),
    twice: faulty("twice"),
    "wrong-id": faulty("wrong-id", brief),
    late: faulty("late", brief),
    half: faulty("half", brief),
    "close-output": faulty("close-output"),
    deaf: faulty("deaf", brief),
    stopped: faulty("stopped", brief),
  },
});
const { legacy, modern } = scene;
const both = [legacy, modern];

scene.check("a child is killed in the middle of forty calls: each is refused once, the next one works", async () => {
  const before = await scene.pidOf("killed");
  const held = [];
  for (let i = 0; i < 20; ++i) held.push(...both.map((caller) => scene.refused(caller, "killed", "hold")));
  // It reads in order: when this is answered it has the others.
  for (const caller of both) await scene.well(caller, "killed");
  process.kill(before, "SIGKILL");
  await within(Promise.all(held), "the end of all calls");
  for (const caller of both) await scene.well(caller, "killed");
  assert.notEqual(await scene.pidOf("killed"), before);
});

for (const server of ["dies", "grandchild", "grandchild-setsid", "daemon"]) {
  const left = server === "dies" ? "nobody" : "a process that refuses to end";
  scene.check(`a child exits in a call and leaves ${left} (${server}): its calls are refused at once`, async () => {
    const held = both.map((caller) => scene.refused(caller, server, "hold"));
    for (const caller of both) await scene.well(caller, server);
    const message = await within(scene.refused(modern, server), "the refusal");
    assert.match(message, /exit status 3/);
    await within(Promise.all(held), "the end of the other calls");
    await scene.well(legacy, server);
  });
}

scene.check("a child floods its output with 32 MB of log messages: the answer behind them arrives", async () => {
  for (const caller of both) assert.ok((await caller.call("flood__act")).result);
});

scene.check("a child writes a line without end: it is cut at the limit and the call refused", async () => {
  const held = both.map((caller) => scene.refused(caller, "flood-line", "hold"));
  for (const caller of both) await scene.well(caller, "flood-line");
  await scene.refused(legacy, "flood-line");
  await within(Promise.all(held), "the end of the other calls");
  await scene.well(modern, "flood-line");
});

scene.check("a child answers with 32 MB after a while: all of it arrives, and nothing of it is kept", async () => {
  for (const caller of both) {
    const { result } = await scene.response(caller, "large__act");
    assert.equal(result?.content[0].text.length, 32 << 20);
  }
});

scene.check("a child floods its standard error: the log is bounded, the answer arrives", async () => {
  const before = scene.gateway.stderr.length;
  for (const caller of both) assert.ok((await caller.call("flood-stderr__act")).result);
  assert.ok(scene.gateway.stderr.length - before < 1 << 20, "the log is a part of what was said");
});

scene.check("garbage between frames: the answers among it arrive", async () => {
  for (const caller of both) {
    const calls = Array.from({ length: 10 }, () => caller.call("garbage__act"));
    for (const response of await Promise.all(calls)) assert.ok(response.result);
  }
});

scene.check("a child answers twice: the client is answered once", async () => {
  for (const caller of both) {
    const calls = Array.from({ length: 10 }, () => caller.call("twice__act"));
    for (const response of await Promise.all(calls)) assert.ok(response.result);
  }
});

scene.check("a child answers other ids: nobody gets those, the call is refused at its deadline", async () => {
  const calls = both.map((caller) => scene.refused(caller, "wrong-id"));
  const others = Array.from({ length: 10 }, () => legacy.call("neighbour__echo"));
  for (const response of await Promise.all(others)) assert.ok(response.result);
  await Promise.all(calls);
  for (const caller of both) await scene.well(caller, "wrong-id");
});

scene.check("an answer behind the deadline reaches nobody", async () => {
  for (const caller of both) await scene.refused(caller, "late");
  for (const caller of both) assert.ok((await caller.call("late__echo")).result);
});

scene.check("half an answer spoils the line that it stands in and no other", async () => {
  await scene.refused(legacy, "half");
  await legacy.call("half__echo"); // may stand in that line
  for (const caller of both) assert.ok((await caller.call("half__echo")).result);
});

scene.check("a child closes its output and stays: it is ended and started again", async () => {
  const before = await scene.pidOf("close-output");
  await within(scene.refused(modern, "close-output"), "the refusal");
  await scene.well(legacy, "close-output");
  assert.notEqual(await scene.pidOf("close-output"), before);
});

scene.check("a child reads no more: calls of a megabyte are refused, none waits for ever", async () => {
  const before = await scene.pidOf("deaf");
  await scene.refused(legacy, "deaf");
  const large = "n".repeat(1 << 20);
  const calls = Array.from({ length: 10 }, (_, i) => both[i % 2].call("deaf__echo", { nonce: `${i}${large}` }));
  for (const response of await Promise.all(calls)) assert.ok(response.error);
  process.kill(before, "SIGKILL");
  await scene.well(legacy, "deaf");
});

scene.check("a child is stopped: its call is refused at the deadline, it can still be killed", async () => {
  const before = await scene.pidOf("stopped");
  await scene.refused(modern, "stopped");
  process.kill(before, "SIGKILL");
  await scene.well(legacy, "stopped");
});

check("the gateway of all this ends in good order", () => scene.stop());

// A session's own children go with it, also those that ignore the end of their input, SIGTERM, or everything.
check("children that refuse to end are killed when the session that they belong to ends", async () => {
  const servers = {
    neighbour: faulty("none"),
    stubborn: faulty("stubborn", { isolation: "session" }),
    stopped: faulty("stopped", { isolation: "session", call_timeout: "1s" }),
  };
  const gateway = await Gateway.start({ config: { servers } });
  const count = () => processesOf(gateway.home).length;
  const before = count();
  const caller = await LegacyCaller.open(gateway.url);
  assert.ok((await caller.call("stubborn__echo")).result);
  assert.ok((await caller.call("stopped__act")).error);
  assert.ok(count() > before, "the session has children of its own");
  await caller.close();
  await eventually(() => count() === before, "its children are gone");
  assert.deepEqual(await gateway.stop(), { code: 0, signal: null });
});

check("servers that never come up: each failure is named, nobody waits for them, no process is left over", async () => {
  const soon = { start_timeout: "1s" };
  const faults = {
    silent: /did not answer|within|timeout|no answer/,
    refuses: /no database/,
    nonsense: /initialize|protocol/i,
    tomorrow: /2999-01-01/,
    leaves: /exit status 7.*no such database/,
  };
  const entries = Object.keys(faults).map((fault) => [fault, faulty(fault, soon)]);
  const servers = { neighbour: faulty("none"), ...Object.fromEntries(entries) };
  const gateway = await new Gateway({ config: { servers } }).listening();
  await gateway.state("neighbour", "ready");
  const caller = await LegacyCaller.open(gateway.url);
  assert.ok((await caller.call("neighbour__echo")).result);
  const seen = {};
  await eventually(() => {
    for (const { name, error } of gateway.servers) seen[name] ??= error;
    return Object.keys(faults).every((name) => seen[name]);
  }, "every failure is told").catch((error) => {
    error.message += JSON.stringify(seen);
    throw error;
  });
  for (const [name, expected] of Object.entries(faults)) {
    assert.match(seen[name], expected, name);
    const { error } = await caller.call(`${name}__echo`);
    assert.ok(error.message.includes(name), error.message);
  }
  const ready = await (await fetch(`${gateway.origin}/ready`)).json();
  for (const one of ready.servers) assert.equal(Boolean(one.error), one.name !== "neighbour", JSON.stringify(one));
  // One child a server at most, whatever was tried: the gateway, its helpers, and for each a keeper and the server.
  assert.ok(processesOf(gateway.home).length <= 3 + 2 * Object.keys(servers).length);
  await caller.close();
  assert.deepEqual(await gateway.stop(), { code: 0, signal: null });
});
