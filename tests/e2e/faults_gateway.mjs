// The gateway is killed by SIGKILL at random points of a busy run: no process is left, no call is answered twice, and
// the next gateway starts on the same state. MCP_FAULTS_SEED=n plays a run again.
import { randomInt } from "node:crypto";

import { Gateway, check, eventually, noneLeft, temporary, within } from "./harness.mjs";
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
