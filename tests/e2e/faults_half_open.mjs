// Clients that vanish without a word: their machine is gone, and nothing tells the gateway so. Inside a network
// namespace of its own this test takes away the address that the clients came from: what the gateway sends to them is
// lost, and nobody answers.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";

const inside = "MCP_E2E_NAMESPACE";
const address = "10.99.0.1";
if (!process.env[inside]) {
  const unshare = ["--user", "--map-root-user", "--net"];
  if (spawnSync("unshare", [...unshare, "ip", "link", "set", "lo", "up"]).status !== 0) {
    console.log("SKIP: no network namespace can be made here");
    process.exit(77);
  }
  const words = [...unshare, process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  process.exit(spawnSync("unshare", words, { stdio: "inherit", env: { ...process.env, [inside]: "1" } }).status ?? 1);
}
const ip = (...words) => execFileSync("ip", words);
ip("link", "set", "lo", "up");
ip("address", "add", `${address}/32`, "dev", "lo");

const { Scene, faulty, legacyCall, modernRequest, post } = await import("./scene.mjs");
const { RawSession } = await import("./raw_http.mjs");
const { check } = await import("./harness.mjs");

const scene = await Scene.open({
  serve: { session_idle: "2s", heartbeat: "500ms" },
  legacy: false,
  servers: { own: faulty("none", { isolation: "session" }), large: faulty("large") },
});

scene.check("clients vanish with open streams, running calls and half-read answers: nothing of them is kept", async () => {
  const from = { localAddress: address };
  const url = scene.gateway.url;
  const sockets = [];
  for (let i = 0; i < 5; ++i) {
    const session = await RawSession.open(url);
    sockets.push(
      post(url, { method: "GET", headers: { ...session.headers, accept: "text/event-stream" }, body: "" }, from),
      post(url, legacyCall(session, 1, "own__hold", "n"), from),
      post(url, modernRequest(1, "subscriptions/listen", { notifications: { toolsListChanged: true } }), from),
      post(url, modernRequest(2, "tools/call", { name: "own__hold", arguments: {} }, "own__hold"), from),
    );
  }
  sockets.push(post(url, modernRequest(3, "tools/call", { name: "large__act", arguments: { nonce: "n" } }, "large__act"), from));
  await Promise.all(sockets.map((socket) => socket.connected));
  await scene.well(scene.modern, "own");
  await scene.well(scene.modern, "large");
  ip("address", "delete", `${address}/32`, "dev", "lo");
});

check("the gateway of all this ends in good order", async () => {
  assert.deepEqual(await scene.gateway.stop(), { code: 0, signal: null });
});
