// Who is let in: tokens, Host, Origin; and what a browser may see.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { Gateway, check, temporary } from "./harness.mjs";
import { peer, witness } from "./peers.mjs";
import { RawSession, accepts, send } from "./raw_http.mjs";

const { Client } = peer("@modelcontextprotocol/sdk/client/index.js");
const { StreamableHTTPClientTransport } = peer("@modelcontextprotocol/sdk/client/streamableHttp.js");

const token = "a-token-of-ada-0123456789";
const secret = join(temporary(), "token");
writeFileSync(secret, `${token}\n`, { mode: 0o600 });

const locked = await Gateway.start({
  config: {
    serve: { origins: ["https://app.example.com"], allowed_hosts: ["mcp.example.com"], tokens: { ada: `file:${secret}` } },
    servers: { witness: witness() },
  },
});
const open = await Gateway.start({});
const bearer = { authorization: `Bearer ${token}` };
const ping = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" });
const hello = JSON.stringify({
  jsonrpc: "2.0", id: 1, method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } },
});

async function statusOf(gateway, path, method, headers, body) {
  const answer = await send(gateway.origin + path, method, headers, body);
  const { status } = answer;
  answer.cut();
  return { status, headers: answer.headers };
}

check("without a token: 401 with WWW-Authenticate on every method and route", async () => {
  for (const path of ["/mcp", "/servers/witness/mcp", "/servers/nobody/mcp", "/ready", "/", "/no/such/thing"]) {
    for (const method of ["GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS"]) {
      const { status, headers } = await statusOf(locked, path, method, accepts, method === "POST" ? ping : undefined);
      assert.equal(status, 401, `${method} ${path}`);
      assert.match(headers["www-authenticate"], /^Bearer/, `${method} ${path}`);
    }
  }
});

check("/health needs no token", async () => {
  assert.equal((await statusOf(locked, "/health", "GET")).status, 200);
});

check("a wrong token is refused as such, of whatever length", async () => {
  for (const wrong of ["x", token.slice(0, -1), `${token}x`, token.toUpperCase(), ""]) {
    const headers = { ...accepts, authorization: `Bearer ${wrong}` };
    const answer = await statusOf(locked, "/mcp", "POST", headers, hello);
    assert.equal(answer.status, 401, wrong);
  }
  const basic = { ...accepts, authorization: `Basic ${Buffer.from(`ada:${token}`).toString("base64")}` };
  assert.equal((await statusOf(locked, "/mcp", "POST", basic, hello)).status, 401);
});

check("a known token opens everything, a session is of no use without it", async () => {
  assert.equal((await statusOf(locked, "/ready", "GET", bearer)).status, 200);
  const session = await RawSession.open(locked.url, bearer);
  const listed = await session.result(await session.post("tools/list"));
  assert.ok(listed.result.tools.length > 0);
  const { authorization, ...bare } = session.headers;
  assert.equal((await statusOf(locked, "/mcp", "POST", bare, ping)).status, 401);
  assert.equal((await statusOf(locked, "/mcp", "DELETE", bare)).status, 401);
  assert.equal((await statusOf(locked, "/mcp", "DELETE", session.headers)).status, 200);
});

check("the SDK's client gets in with the token, and its own error without", async () => {
  const client = new Client({ name: "door", version: "1" });
  const requestInit = { headers: bearer };
  await client.connect(new StreamableHTTPClientTransport(new URL(locked.url), { requestInit }));
  assert.ok((await client.listTools()).tools.length > 0);
  await client.close();
  const stranger = new Client({ name: "door", version: "1" });
  await assert.rejects(stranger.connect(new StreamableHTTPClientTransport(new URL(locked.url))), /401|bearer/i);
});

check("the token shows nowhere", async () => {
  assert.ok(!locked.stderr.includes(token));
  assert.ok(!JSON.stringify(locked.servers).includes(token));
});

check("a foreign Host is refused, and a foreign Origin, each alone", async () => {
  const post = (headers) => statusOf(open, "/mcp", "POST", { ...accepts, ...headers }, hello);
  assert.equal((await post({})).status, 200);
  assert.equal((await post({ host: "evil.example.com" })).status, 403);
  assert.equal((await post({ host: "127.0.0.1.evil.example.com" })).status, 403);
  assert.equal((await post({ origin: "http://evil.example.com" })).status, 403);
  assert.equal((await post({ origin: "null" })).status, 403);
  assert.equal((await post({ origin: "http://localhost:3000", host: "localhost:8080" })).status, 200);
  assert.equal((await post({ origin: "http://localhost.evil.example.com" })).status, 403);
});

check("origins and allowed_hosts let in whom they name", async () => {
  const post = (headers) => statusOf(locked, "/mcp", "POST", { ...accepts, ...bearer, ...headers }, hello);
  assert.equal((await post({ host: "mcp.example.com" })).status, 200);
  const { status, headers } = await post({ origin: "https://app.example.com" });
  assert.equal(status, 200);
  assert.equal(headers["access-control-allow-origin"], "https://app.example.com");
  assert.match(headers["access-control-expose-headers"], /Mcp-Session-Id/i);
  assert.match(headers["access-control-expose-headers"], /WWW-Authenticate/i);
  assert.equal((await post({ origin: "https://app.example.com.evil.org" })).status, 403);
  assert.equal((await post({ origin: "http://app.example.com" })).status, 403);
});

check("a browser's preflight is answered without a token, and its 401 can be read", async () => {
  const asks = { "access-control-request-method": "POST", "access-control-request-headers": "mcp-session-id" };
  const preflight = (origin) => statusOf(locked, "/mcp", "OPTIONS", { origin, ...asks });
  const { status, headers } = await preflight("https://app.example.com");
  assert.equal(status, 204);
  assert.equal(headers["access-control-allow-origin"], "https://app.example.com");
  assert.match(headers["access-control-allow-headers"], /mcp-session-id/i);
  assert.match(headers["access-control-allow-methods"], /POST/);
  assert.equal((await preflight("https://evil.example.com")).status, 403);
  const denied = await statusOf(locked, "/mcp", "POST", { ...accepts, origin: "https://app.example.com" }, hello);
  assert.equal(denied.status, 401);
  assert.equal(denied.headers["access-control-allow-origin"], "https://app.example.com");
});

check("SIGTERM ends both with status 0", async () => {
  for (const gateway of [locked, open]) assert.deepEqual(await gateway.stop(), { code: 0, signal: null });
});
