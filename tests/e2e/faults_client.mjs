// Clients that go wrong: the others are served meanwhile, and processes, descriptors and memory are those of the start
// when it is over. (A client that vanishes without a word: faults_half_open.mjs.)
import assert from "node:assert/strict";

import { check, eventually } from "./harness.mjs";
import { RawSession, send } from "./raw_http.mjs";
import { LegacyCaller, ModernCaller, Scene, faulty, legacyCall, modernRequest, post } from "./scene.mjs";

// The gateway gives up a client that reads too little after half a minute; the other tests pass in it.
const lazy = await Scene.open({ servers: { large: faulty("large") }, legacy: false });
const lazySession = await RawSession.open(lazy.gateway.url);
const readers = [0, 1].flatMap((bytes) =>
  ["legacy", "modern"].map((era) => {
    const request =
      era === "legacy"
        ? legacyCall(lazySession, bytes, "large__act", "n")
        : modernRequest(bytes, "tools/call", { name: "large__act", arguments: { nonce: "n" } }, "large__act");
    const socket = post(lazy.gateway.url, request, { readableHighWaterMark: 1 });
    const timer = setInterval(() => bytes && socket.read(bytes), 1000);
    return () => clearInterval(timer) ?? socket.destroy();
  }),
);

const scene = await Scene.open({
  serve: { session_idle: "3s" },
  servers: { held: faulty("none"), own: faulty("none", { isolation: "session" }) },
  legacy: false,
});
const holdCall = (id) => modernRequest(id, "tools/call", { name: "held__hold", arguments: {} }, "held__hold");

const whenConnected = (sockets) => Promise.all(sockets.map((socket) => socket.connected));

scene.check("a modern client sends 100 calls and leaves: nothing of it is left", async () => {
  const sockets = Array.from({ length: 100 }, (_, i) => post(scene.gateway.url, holdCall(i)));
  await whenConnected(sockets);
  await scene.well(scene.modern, "held");
  for (const socket of sockets) socket.destroy();
});

scene.check("a legacy client sends 100 calls and leaves for ever: its session and its children are gone after a while", async () => {
  const session = await RawSession.open(scene.gateway.url);
  const sockets = Array.from({ length: 100 }, (_, i) =>
    post(scene.gateway.url, legacyCall(session, i, `${i % 2 ? "own" : "held"}__hold`, `${i}`)),
  );
  await whenConnected(sockets);
  await scene.well(scene.modern, "held");
  for (const socket of sockets) socket.destroy();
});

scene.check("a client leaves in the middle of its request's head and body", async () => {
  const { headers, body } = holdCall(1);
  const whole = { ...headers, "content-length": 10_000_000 };
  const sockets = Array.from({ length: 50 }, (_, i) => post(scene.gateway.url, { headers: i % 2 ? headers : whole, body }));
  await whenConnected(sockets);
  for (const socket of sockets) socket.resetAndDestroy();
});

scene.check("a client uses an id again while the first request runs: only that one is refused", async () => {
  const session = await RawSession.open(scene.gateway.url);
  const other = await LegacyCaller.open(scene.gateway.url);
  const firsts = [];
  const again = await eventually(async () => {
    firsts.push(post(scene.gateway.url, legacyCall(session, 7, "held__hold", "first")));
    await whenConnected(firsts);
    const { headers, body } = legacyCall(session, 7, "held__echo", "again");
    const { error } = await (await send(session.url, "POST", headers, body)).json();
    return error; // an answer: it overtook the first, which may have been refused in its place
  }, "the refusal");
  assert.equal(again.code, -32600);
  assert.match(again.message, /still running/);
  for (let i = 0; i < 10; ++i) assert.ok((await other.call("held__echo")).result); // its id 7 among them
  await other.close();
  await (await send(session.url, "DELETE", session.headers)).end();
  for (const first of firsts) first.destroy();
});

scene.check("modern clients use the same id at once: each is answered with its own", async () => {
  const callers = Array.from({ length: 50 }, () => new ModernCaller(scene.gateway.url));
  const responses = await Promise.all(callers.map((caller) => caller.call("held__echo", { id: 7 })));
  for (const response of responses) assert.ok(response.result);
});

scene.check("sessions that are opened and left are gone after a while, with their children", async () => {
  for (let i = 0; i < 4; ++i) await Promise.all(Array.from({ length: 8 }, () => RawSession.open(scene.gateway.url)));
});

lazy.check("a thousand sessions that are opened and left cost nothing in the end", async () => {
  const sessions = [];
  for (let i = 0; i < 20; ++i) {
    sessions.push(...(await Promise.all(Array.from({ length: 49 }, () => RawSession.open(lazy.gateway.url)))));
  }
  for (let i = 0; i < sessions.length; i += 49) {
    const ended = sessions.slice(i, i + 49).map((session) => send(session.url, "DELETE", session.headers));
    await Promise.all((await Promise.all(ended)).map((answer) => answer.end()));
  }
});

// The clients still read, or do not: that the gateway holds nothing of them any more is what is looked at.
lazy.check("clients that read one byte a second or nothing are cut, what they were sent is not kept", async () => {
  await (await send(lazySession.url, "DELETE", lazySession.headers)).end();
});

check("the gateways of all this end in good order", async () => {
  for (const leave of readers) leave();
  for (const one of [lazy, scene]) await one.stop();
});
