// The gateway is killed by SIGKILL at random points of a busy run: no process is left, no call is answered twice, and
// the next gateway starts on the same state. MCP_FAULTS_SEED=n plays a run again. Its helper processes are killed, too.
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";

import { Gateway, check, eventually, noneLeft, processesOf, temporary, within } from "./harness.mjs";
import { LegacyCaller, ModernCaller, faulty } from "./scene.mjs";

const seed = Number(process.env.MCP_FAULTS_SEED ?? randomInt(2 ** 31));
console.log(`seed ${seed}`);

// mulberry32: numbers in [0, 1) from a seed.
function randomOf(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const servers = {
  steady: faulty("none"),
  own: faulty("none", { isolation: "session" }),
  stubborn: faulty("stubborn"),
  daemon: faulty("daemon"),
  flood: faulty("flood"),
  silent: faulty("silent"),
};
const tools = ["steady__echo", "own__echo", "stubborn__echo", "daemon__act", "flood__echo", "steady__hold"];

// Did a call break off with its gateway? No answer at all, half of one, or a stream without the response; never a second
// answer or somebody else's.
const wasCut = (error) =>
  ["ECONNREFUSED", "ECONNRESET"].includes(error.code) ||
  error instanceof SyntaxError ||
  /one response to \d+: \[\]|the stream ended before/.test(error.message);

// Calls until the gateway is gone.
async function keepBusy(gateway, random) {
  try {
    const caller = random() < 0.5 ? await LegacyCaller.open(gateway.url) : new ModernCaller(gateway.url);
    for (;;) await caller.call(tools[Math.floor(random() * tools.length)]);
  } catch (error) {
    if (!wasCut(error)) throw error;
  }
}

const works = (gateway) =>
  eventually(() => new ModernCaller(gateway.url).call("steady__echo").then(({ result }) => result), "a server answers");

async function killed(gateway) {
  gateway.child.kill("SIGKILL");
  await within(gateway.ended, "the end of the gateway");
  await noneLeft(gateway.home);
}

async function round(number) {
  const random = randomOf(seed + number);
  const stateDirectory = temporary();
  const gateway = await new Gateway({ config: { servers }, stateDirectory }).listening();
  if (random() < 0.7) await works(gateway); // others are killed while the servers are still starting
  const callers = Promise.all(Array.from({ length: 8 }, () => keepBusy(gateway, random)));
  callers.catch(() => {}); // it is awaited below
  await new Promise((resolve) => setTimeout(resolve, random() * 500));
  await killed(gateway);
  await within(callers, "the callers' end");
  const next = await new Gateway({ config: { servers }, stateDirectory }).listening();
  await works(next);
  await killed(next);
}

for (let number = 0; number < 30; number += 3) {
  check(`killed at random points, rounds ${number} to ${number + 2} of seed ${seed}: nothing is left alive`, async () => {
    await Promise.all([0, 1, 2].map((i) => round(number + i)));
  });
}

// name and parent of a process of a gateway, by proc(5).
function statOf(pid) {
  try {
    const [, name, parent] = /^\d+ \((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, "latin1"));
    return { pid: Number(pid), name, parent: Number(parent) };
  } catch {
    return {}; // gone meanwhile
  }
}
const named = (gateway, name) => processesOf(gateway.home).map(statOf).filter((one) => one.name === name);
const helpersOf = (gateway) => named(gateway, "mcp-spawner");
const isReady = async (gateway) => {
  const response = await fetch(`${gateway.origin}/ready`);
  return { status: response.status, body: await response.json() };
};

// The helper that takes launches is the parent of the keepers.
const launching = (gateway) => named(gateway, "mcp-keeper")[0].parent;

async function killOneHelper(gateway, which) {
  const active = launching(gateway);
  const dead = which === "active" ? active : helpersOf(gateway).find(({ pid }) => pid !== active).pid;
  process.kill(dead, "SIGKILL");
  await eventually(() => {
    const helpers = helpersOf(gateway);
    return helpers.length === 2 && helpers.every(({ pid, parent }) => pid !== dead && parent === gateway.child.pid);
  }, "two helpers again");
}

check("a helper killed in a busy run: each call has one answer or one error, and the servers come back", async () => {
  const two = { steady: faulty("none"), own: faulty("none", { isolation: "session" }) };
  const gateway = await Gateway.start({ config: { servers: two } });
  let busy = true;
  const seen = { answered: 0, refused: 0 };
  const keepCalling = async (caller, tool) => {
    while (busy) seen[(await caller.call(tool)).result ? "answered" : "refused"] += 1;
    await caller.close();
  };
  const sessions = await Promise.all([1, 2, 3, 4].map(() => LegacyCaller.open(gateway.url)));
  const callers = Promise.all([
    ...sessions.map((session, i) => keepCalling(session, i % 2 ? "own__echo" : "steady__echo")),
    ...[1, 2].map(() => keepCalling(new ModernCaller(gateway.url), "steady__echo")),
  ]);
  callers.catch(() => {}); // it is awaited below
  const kills = ["active", "standby", "active", "standby"];
  for (const which of kills) {
    await works(gateway);
    await killOneHelper(gateway, which);
  }
  await works(gateway);
  busy = false;
  await within(callers, "the callers' end");
  assert.ok(seen.answered > 0);
  assert.equal((await isReady(gateway)).status, 200);
  assert.equal(gateway.stderr.match(/a helper process that starts servers is gone/g).length, kills.length);
  assert.deepEqual(await gateway.stop(), { code: 0, signal: null });
});

check("when both helpers are killed at once, /ready and the log say that nothing can be started", async () => {
  const gateway = await Gateway.start({ config: { servers: { steady: faulty("none") } } });
  const both = helpersOf(gateway);
  assert.equal(both.length, 2);
  for (const { pid } of both) process.kill(pid, "SIGSTOP"); // neither can make another for the other
  for (const { pid } of both) process.kill(pid, "SIGKILL");
  await eventually(async () => (await isReady(gateway)).status === 503, "503");
  const { body } = await isReady(gateway);
  assert.equal(body.status, "not ready");
  assert.equal(body.error, "both helper processes that start commands were killed at once");
  assert.equal(body.hint, "restart this program");
  assert.match(gateway.stderr, /level=error .*no command can be started any more/);
  const { error } = await new ModernCaller(gateway.url).call("steady__echo");
  assert.ok(error.message.includes("steady"), error.message);
  assert.deepEqual(await gateway.stop(), { code: 0, signal: null });
});

check("that is no trouble for a gateway without commands", async () => {
  const gateway = await Gateway.start({ config: { servers: { clock: { builtin: "time" } } } });
  const both = helpersOf(gateway);
  for (const { pid } of both) process.kill(pid, "SIGSTOP");
  for (const { pid } of both) process.kill(pid, "SIGKILL");
  await eventually(() => gateway.stderr.includes("no command can be started any more"), "the log says it");
  assert.equal((await isReady(gateway)).status, 200);
  assert.deepEqual(await gateway.stop(), { code: 0, signal: null });
});
