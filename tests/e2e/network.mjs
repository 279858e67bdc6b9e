// How clients reach the gateway: TLS with and without their own certificates, Unix-domain sockets, and what becomes of
// those who are too many or too slow.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, renameSync, statSync, writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import { join } from "node:path";
import tls from "node:tls";

import { Gateway, check, eventually, run, temporary, within } from "./harness.mjs";
import { accepts } from "./raw_http.mjs";

// Certificates, made by Debian's openssl.
const shelf = temporary();
const at = (name) => join(shelf, name);
const openssl = (...args) => execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"], cwd: shelf });

function authority(name) {
  openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
    "-subj", `/CN=${name}`, "-keyout", `${name}.key`, "-out", `${name}.pem`);
}

function certificate(name, issuer) {
  openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", `/CN=${name}`,
    "-keyout", `${name}.key`, "-out", `${name}.csr`);
  writeFileSync(at("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  openssl("x509", "-req", "-in", `${name}.csr`, "-CA", `${issuer}.pem`, "-CAkey", `${issuer}.key`, "-CAcreateserial",
    "-days", "2", "-extfile", "names", "-out", `${name}.pem`);
}

authority("authority");
authority("stranger");
certificate("server", "authority");
certificate("client", "authority");
certificate("intruder", "stranger");
const read = (name) => execFileSync("cat", [at(name)]);
const trust = { ca: read("authority.pem"), agent: false };
const as = (name) => ({ ...trust, cert: read(`${name}.pem`), key: read(`${name}.key`) });

const hello = JSON.stringify({
  jsonrpc: "2.0", id: 1, method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "network", version: "1" } },
});

// One POST of `initialize`: its status and text.
const ask = (options, transport = https) =>
  new Promise((resolve, reject) => {
    const headers = { ...accepts, "content-type": "application/json", ...options.headers };
    const request = transport.request({ method: "POST", path: "/mcp", ...options, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => (text += part));
      response.on("end", () => resolve({ status: response.statusCode, text }));
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(hello);
  });
const portOf = (gateway) => Number(new URL(gateway.url).port);
const secured = { tls_cert: at("server.pem"), tls_key: at("server.key") };

check("HTTPS: the ready line says so, a verifying client and mcp call are served", async () => {
  const gateway = await Gateway.start({ config: { serve: secured } });
  assert.match(gateway.url, /^https:\/\/127\.0\.0\.1:\d+\/mcp$/);
  assert.match(gateway.stderr, /mcp: ready on https:/);
  const { status, text } = await ask({ ...trust, port: portOf(gateway) });
  assert.equal(status, 200);
  assert.match(text, /protocolVersion/);
  const env = { SSL_CERT_FILE: at("authority.pem") };
  const listed = await run(["call", gateway.url, "tools", "list"], { env });
  assert.equal(listed.code, 0, listed.stderr);
  assert.match(listed.stdout, /echo/);
  const unknown = await run(["call", gateway.url, "tools", "list"]);
  assert.equal(unknown.code, 5, "an unknown authority is refused");
  await gateway.stop();
});

check("mutual TLS: who has no certificate of the authority is refused in the handshake", async () => {
  const gateway = await Gateway.start({ config: { serve: { ...secured, tls_client_ca: at("authority.pem") } } });
  const port = portOf(gateway);
  for (const maxVersion of ["TLSv1.2", "TLSv1.3"]) {
    assert.equal((await ask({ ...as("client"), port, maxVersion })).status, 200);
    await assert.rejects(ask({ ...trust, port, maxVersion }), maxVersion);
    await assert.rejects(ask({ ...as("intruder"), port, maxVersion }), maxVersion);
  }
  await gateway.stop();
});

const serialOf = (port) =>
  new Promise((resolve, reject) => {
    const socket = tls.connect({ port, host: "127.0.0.1", ca: trust.ca }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.on("error", reject);
  });

check("a renewed certificate is shown to new connections without a restart", async () => {
  certificate("renewed", "authority");
  certificate("first", "authority");
  const gateway = await Gateway.start({
    config: { serve: { tls_cert: at("first.pem"), tls_key: `file:${at("first.key")}`, watch: false } },
  });
  const before = await serialOf(portOf(gateway));
  renameSync(at("renewed.pem"), at("first.pem"));
  renameSync(at("renewed.key"), at("first.key"));
  gateway.child.kill("SIGHUP");
  assert.equal((await gateway.reloaded()).ok, true);
  assert.notEqual(await serialOf(portOf(gateway)), before);
  writeFileSync(at("first.pem"), "nothing of use\n");
  gateway.child.kill("SIGHUP");
  assert.equal((await gateway.reloaded()).ok, false);
  assert.notEqual(await serialOf(portOf(gateway)), before, "the last good one stays");
  await gateway.stop();
});

check("from HTTP to HTTPS is a restart, and a warning says so", async () => {
  const gateway = await Gateway.start({ config: { serve: { watch: false } } });
  gateway.write("mcp.toml", { serve: { watch: false, ...secured } });
  gateway.child.kill("SIGHUP");
  assert.equal((await gateway.reloaded()).ok, true);
  assert.match(gateway.stderr, /needs a restart.*\[serve\] tls_cert/);
  assert.equal((await ask({ port: portOf(gateway), agent: false }, http)).status, 200);
  await gateway.stop();
});

check("what is wrong with the files is said with file, line and remedy: exit 4", async () => {
  writeFileSync(at("empty.pem"), "");
  const cases = [
    [{ tls_cert: at("none.pem"), tls_key: at("server.key") }, /mcp\.toml:2:\d+: \[serve\] tls_cert: .*none\.pem/],
    [{ tls_cert: at("empty.pem"), tls_key: at("server.key") }, /:2:\d+: \[serve\] tls_cert: there is no certificate in it/],
    [{ tls_cert: at("server.pem"), tls_key: at("client.key") }, /:3:\d+: \[serve\] tls_key: the key does not belong to/],
    [{ tls_cert: at("server.pem") }, /:2:\d+: \[serve\] tls_cert: tls_key is missing/],
    [{ tls_key: at("server.key") }, /:2:\d+: \[serve\] tls_key: tls_cert is missing/],
    [{ ...secured, tls_client_ca: at("empty.pem") }, /:4:\d+: \[serve\] tls_client_ca: there is no certificate in it/],
    [{ listen: "unix:/tmp/s", ...secured }, /:3:\d+: \[serve\] tls_cert: has no use on a Unix-domain socket/],
    [{ listen: "unix:s" }, /:2:\d+: \[serve\] listen: "s" is not the absolute path of a socket/],
  ];
  for (const [serve, words] of cases) {
    const gateway = new Gateway({ config: { serve }, listen: null });
    const { code } = await within(gateway.ended, "the refusal");
    assert.equal(code, 4, gateway.stderr);
    assert.match(gateway.stderr, words);
    assert.match(gateway.stderr, /mcp: hint: /);
  }
});

check("a Unix-domain socket: this user's alone, served like a port, gone at the end", async () => {
  const path = join(temporary(), "mcp.sock");
  const gateway = await Gateway.start({ listen: `unix:${path}` });
  assert.equal(gateway.url, `unix:${path}:/mcp`);
  assert.equal(statSync(path).mode & 0o7777, 0o600);
  assert.equal((await ask({ socketPath: path }, http)).status, 200);
  assert.equal((await ask({ socketPath: path, headers: { host: "evil.example.com" } }, http)).status, 403);
  const listed = await run(["call", gateway.url, "tools", "list"]);
  assert.equal(listed.code, 0, listed.stderr);
  assert.match(listed.stdout, /echo/);

  const second = new Gateway({ listen: `unix:${path}` });
  assert.equal((await within(second.ended, "the refusal")).code, 4);
  assert.match(second.stderr, /key "listen" in \[serve\].*another process listens/);

  const behind = await Gateway.start({ config: { servers: { front: { url: gateway.url } } } });
  const through = await run(["call", behind.url, "tools", "list"]);
  assert.match(through.stdout, /front__echo/);
  await behind.stop();

  assert.equal((await gateway.stop()).code, 0);
  assert.ok(!existsSync(path));
});

check("a socket that a killed gateway left is taken over; another file is not", async () => {
  const path = join(temporary(), "mcp.sock");
  const killed = await Gateway.start({ listen: `unix:${path}` });
  await killed.stop("SIGKILL");
  assert.ok(existsSync(path));
  const next = await Gateway.start({ listen: `unix:${path}` });
  assert.equal((await ask({ socketPath: path }, http)).status, 200);
  await next.stop();
  writeFileSync(path, "notes");
  const refused = new Gateway({ listen: `unix:${path}` });
  assert.equal((await within(refused.ended, "the refusal")).code, 4);
  assert.ok(existsSync(path));
});

// A raw connection: what it heard, and whether it was closed.
function connect(port, bytes = "") {
  const socket = net.connect(port, "127.0.0.1", () => bytes && socket.write(bytes));
  const peer = { socket, heard: "", closed: false };
  socket.setEncoding("latin1").on("data", (part) => (peer.heard += part));
  socket.on("close", () => (peer.closed = true)).on("error", () => {});
  return peer;
}

check("one connection too many is told so, and the next finds a place again", async () => {
  const gateway = await Gateway.start({ config: { serve: { max_connections: 3 } } });
  const port = portOf(gateway);
  const held = [connect(port), connect(port), connect(port)];
  const late = connect(port);
  await eventually(() => late.closed, "the end of the fourth connection");
  assert.match(late.heard, /^HTTP\/1\.1 503 /);
  held[0].socket.destroy();
  await eventually(async () => (await ask({ port, agent: false }, http)).status === 200, "a place");
  for (const peer of held) peer.socket.destroy();
  await gateway.stop();
});

check("a head or a body that trickles ends at header_timeout and body_timeout", async () => {
  const gateway = await Gateway.start({ config: { serve: { header_timeout: "200ms", body_timeout: "200ms" } } });
  const port = portOf(gateway);
  const head = connect(port, "GET /mcp HTTP/1.1\r\nHost: localhost\r\nX: ");
  const body = connect(port, "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n");
  const silent = connect(port);
  const drip = setInterval(() => [head, body].forEach((peer) => peer.closed || peer.socket.write("x")), 10);
  await eventually(() => head.closed && body.closed && silent.closed, "the end of all three");
  clearInterval(drip);
  assert.match(head.heard, /^HTTP\/1\.1 408 /);
  assert.match(body.heard, /^HTTP\/1\.1 408 /);
  assert.equal(silent.heard, "");
  assert.equal((await ask({ port, agent: false }, http)).status, 200);
  await gateway.stop();
});
