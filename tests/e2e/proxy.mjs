// Remotes behind a forward proxy that the environment names.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { connect } from "node:net";
import { after } from "node:test";

import { Gateway, check, run } from "./harness.mjs";
import { witness } from "./peers.mjs";

const password = "s3cret-of-the-proxy";
const asked = []; // request lines that came to the proxy
const known = { authorization: `Basic ${Buffer.from(`ada:${password}`).toString("base64")}` };

// A proxy that knows ada only and to which every host is this machine.
const forward = createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`);
  if (request.headers["proxy-authorization"] !== known.authorization) {
    response.writeHead(407, { "proxy-authenticate": "Basic" }).end();
    return;
  }
  const { port, pathname } = new URL(request.url);
  const upstream = connect(Number(port), "127.0.0.1", () => {
    const fields = Object.entries({ ...request.headers, host: "localhost", connection: "close" })
      .filter(([name]) => name !== "proxy-authorization")
      .map(([name, value]) => `${name}: ${value}\r\n`);
    upstream.write(`${request.method} ${pathname} HTTP/1.1\r\n${fields.join("")}\r\n`);
    request.pipe(upstream, { end: false });
    upstream.pipe(response.socket);
  });
  upstream.on("error", () => response.socket.destroy());
});
forward.on("connect", (request, socket) => {
  asked.push(`CONNECT ${request.url}`);
  socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
});
await new Promise((resolve) => forward.listen(0, "127.0.0.1", resolve));
after(() => {
  forward.close();
  forward.closeAllConnections();
});

const address = (user = "") => `http://${user}127.0.0.1:${forward.address().port}`;
const remote = await Gateway.start({ config: { servers: { witness: witness() } } });
const far = `http://mcp.far.invalid:${new URL(remote.url).port}/mcp`;

check("a remote is reached by the proxy, from a gateway and from mcp call", async () => {
  const env = { http_proxy: address(`ada:${password}@`) };
  const gateway = await Gateway.start({ config: { servers: { far: { url: far } } }, env });
  assert.ok(gateway.servers[0].tools > 0);
  assert.ok(asked.includes(`POST ${far}`), asked.join("\n"));
  assert.ok(!gateway.stderr.includes(password));
  await gateway.stop();
  const { code, stdout, stderr } = await run(["call", far, "tools", "list"], { env });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /witness__pid/);
});

check("NO_PROXY and this machine go around it", async () => {
  asked.length = 0;
  const env = { http_proxy: address(), NO_PROXY: ".far.invalid" };
  assert.equal((await run(["call", remote.url, "tools", "list"], { env })).code, 0);
  assert.equal((await run(["call", far, "tools", "list"], { env })).code, 6); // nobody else knows that name
  assert.deepEqual(asked, []);
});

check("what the proxy refuses is said, with its name and never its password", async () => {
  const wrong = await run(["call", far, "tools", "list"], { env: { http_proxy: address("ada:wr0ng@") } });
  assert.equal(wrong.code, 5, wrong.stderr);
  assert.match(wrong.stderr, /proxy 127\.0\.0\.1:\d+ refused the user or the password/);
  assert.match(wrong.stderr, /http_proxy=http:\/\/USER:PASSWORD@/);
  assert.ok(!wrong.stderr.includes("wr0ng"));
  const env = { HTTPS_PROXY: address(`ada:${password}@`) };
  const cut = await run(["call", "https://mcp.far.invalid/mcp", "tools", "list"], { env });
  assert.equal(cut.code, 6, cut.stderr);
  assert.match(cut.stderr, /proxy 127\.0\.0\.1:\d+ did not connect to mcp\.far\.invalid:443: 502/);
  assert.ok(asked.includes("CONNECT mcp.far.invalid:443"));
  const unusable = await run(["call", far, "tools", "list"], { env: { http_proxy: "socks5://127.0.0.1:1" } });
  assert.equal(unusable.code, 4, unusable.stderr);
});

check("SIGTERM ends it with status 0", async () => {
  assert.deepEqual(await remote.stop(), { code: 0, signal: null });
});
