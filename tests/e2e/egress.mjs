// Servers with `allow`: they reach exactly those hosts, through the gateway, whatever program asks and however. The test
// lives in network and mount namespaces of its own, in which public addresses and the name service are its own too.
import assert from "node:assert/strict";
import { execFile, execFileSync, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { Gateway, check, eventually, run, temporary, toml } from "./harness.mjs";
import { node, packages, peer } from "./peers.mjs";

const api = "93.184.216.34"; // what api.example.com is here
const other = "93.184.216.35";
const local = "10.1.2.3";
const metadata = "169.254.169.254";

if (!process.env.MCP_E2E_NAMESPACE) {
  const setup = `set -e; ip link set lo up; for a in ${api} ${other} ${local} ${metadata}; do ip addr add $a/32 dev lo; done
printf 'nameserver 127.0.0.1\\noptions timeout:1 attempts:1\\n' > "$0"; mount --bind "$0" /etc/resolv.conf; exec "$@"`;
  const flags = process.getuid() === 0 ? "-nm" : "-Urnm";
  const words = ["sh", "-c", setup, join(temporary(), "resolv.conf")];
  const self = [process.execPath, "--test-reporter=spec", "--test-force-exit", fileURLToPath(import.meta.url)];
  const possible = spawnSync("unshare", [flags, ...words, "true"], { encoding: "utf8" });
  if (possible.status !== 0) {
    console.log(`SKIP: no network namespace with addresses of its own can be made here: ${possible.stderr ?? possible.error}`);
    process.exit(77);
  }
  const done = spawnSync("unshare", [flags, ...words, ...self], { stdio: "inherit", env: { ...process.env, MCP_E2E_NAMESPACE: "1" } });
  process.exit(done.status ?? 1);
}

const { Client } = peer("@modelcontextprotocol/sdk/client/index.js");
const { StreamableHTTPClientTransport } = peer("@modelcontextprotocol/sdk/client/streamableHttp.js");

// The name service: answers change when the test says so. A name without one does not exist.
const names = { "api.example.com": api, "other.example.com": other, "rebind.example.com": api, "local.example.com": local,
  "meta.example.com": metadata, "mapped.example.com": "::ffff:127.0.0.1", "two.example.com": api };
const bytesOf = (address) => address.startsWith("::ffff:")
  ? [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, ...bytesOf(address.slice(7))]
  : address.split(".").map(Number);
const nameServer = createSocket("udp4");
nameServer.on("message", (question, from) => {
  const labels = [];
  let at = 12;
  for (; question[at] > 0; at += question[at] + 1) labels.push(question.toString("latin1", at + 1, at + 1 + question[at]));
  const type = question.readUInt16BE(at + 1);
  const address = names[labels.join(".").toLowerCase()];
  const data = address && bytesOf(address);
  const fits = data && type === (data.length === 4 ? 1 : 28);
  const head = Buffer.from(question.subarray(0, at + 5));
  head.writeUInt16BE(address ? 0x8180 : 0x8183, 2);
  for (const [place, count] of [[6, fits ? 1 : 0], [8, 0], [10, 0]]) head.writeUInt16BE(count, place);
  const answer = fits ? Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, data.length, ...data]) : Buffer.alloc(0);
  nameServer.send(Buffer.concat([head, answer]), from.port, from.address);
});
await new Promise((resolve) => nameServer.bind(53, "127.0.0.1", resolve));

// One certificate for all names and addresses: TLS must not be what keeps a server from somewhere.
const folder = temporary();
const shown = join(folder, "shown");
mkdirSync(shown);
const ca = join(shown, "ca.pem");
const alternatives = [...Object.keys(names).map((name) => `DNS:${name}`), ...[api, other, "127.0.0.1"].map((ip) => `IP:${ip}`)];
execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=test",
  "-addext", `subjectAltName=${alternatives}`, "-keyout", join(folder, "key.pem"), "-out", ca], { stdio: "ignore" });
const pair = { cert: execFileSync("cat", [ca]), key: execFileSync("cat", [join(folder, "key.pem")]) };

const listen = (server, port, host) => new Promise((resolve) => server.listen(port, host, () => resolve(server)));
const answering = (who) => (request, response) => {
  if (request.url === "/away") return response.writeHead(302, { location: "https://other.example.com/" }).end();
  if (request.url === "/home") return response.writeHead(302, { location: `http://127.0.0.1:${homePort}/` }).end();
  if (request.method === "POST") return request.pipe(response);
  response.end(who);
};
const home = await listen(createHttpServer(answering("the host's own")), 0, "127.0.0.1");
const homePort = home.address().port;
const apiServer = await listen(createHttpsServer(pair, answering("the allowed host")), 443, api);
await listen(createHttpsServer(pair, answering("another host")), 443, other);
await listen(createHttpsServer(pair, answering("the host's own")), 443, "127.0.0.1");
await listen(createHttpServer(answering("metadata")), 80, metadata);
await listen(createHttpServer(answering("a private host")), 80, local);
await listen(createHttpServer(answering("plain")), 80, api);
// Answers when the other side has said all, and not before; and says hello to who waits.
const counter = createTcpServer({ allowHalfOpen: true }, (socket) => {
  let size = 0;
  socket.on("error", () => {});
  socket.on("data", (chunk) => (size += chunk.length));
  socket.on("end", () => socket.end(`counted ${size}\n`));
});
await listen(counter, 7000, api);

const script = join(shown, "server.py");
writeFileSync(script, `import json, subprocess, sys
TOOL = {"name": "shell", "inputSchema": {"type": "object", "properties": {"script": {"type": "string"}}}}
def answer(m):
    if m["method"] == "initialize":
        return {"protocolVersion": m["params"]["protocolVersion"], "capabilities": {"tools": {}}, "serverInfo": {"name": "py", "version": "1"}}
    if m["method"] == "tools/list": return {"tools": [TOOL]}
    if m["method"] != "tools/call": return {}
    done = subprocess.run(["bash", "-c", m["params"]["arguments"]["script"]], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return {"content": [{"type": "text", "text": "%d %s" % (done.returncode, done.stdout)}]}
for line in sys.stdin:
    m = json.loads(line)
    if "id" in m and "method" in m:
        print(json.dumps({"jsonrpc": "2.0", "id": m["id"], "result": answer(m)}), flush=True)
`);

const boxed = (keys) => ({
  command: "/usr/bin/python3", args: [script], profile: "runtime", read: [shown, packages], ...keys,
  env: { NODE_EXTRA_CA_CERTS: ca, SSL_CERT_FILE: ca, CURL_CA_BUNDLE: ca },
});
const explained = await run(["sandbox", "explain", "--json", "--", "sh"]);
const sandboxed = (name, body) =>
  check(name, async (context) => (explained.code === 0 ? body(context) : context.skip(explained.stderr)));

// A gateway with one server, and what runs a script in it: "STATUS OUTPUT".
async function scene(keys) {
  const gateway = await Gateway.start({ config: { servers: { py: boxed(keys) } } });
  const client = new Client({ name: "egress", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(gateway.url)));
  const shell = async (text) => (await client.callTool({ name: "py__shell", arguments: { script: text } })).content[0].text;
  const stop = async () => {
    await client.close();
    assert.deepEqual(await gateway.stop(), { code: 0, signal: null });
  };
  const metric = async (name) => {
    const text = await (await fetch(new URL("/metrics", gateway.url))).text();
    const line = text.split("\n").find((one) => one.startsWith(name));
    return line ? Number(line.split(" ").at(-1)) : 0;
  };
  return { gateway, shell, metric, stop };
}

// Each prints what it got and ends with 0, or ends with something else.
const clients = {
  node: (url) => `${node} -e 'fetch("${url}").then(r => r.text()).then(t => console.log(t), e => { console.log(String(e.cause ?? e)); process.exit(1) })'`,
  python: (url) => `/usr/bin/python3 -c 'import urllib.request; print(urllib.request.urlopen("${url}", timeout=10).read().decode())'`,
  curl: (url) => `curl -sS -L --max-time 10 ${url}`,
};
const outside = { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: ca, SSL_CERT_FILE: ca, CURL_CA_BUNDLE: ca };

sandboxed("node's fetch, python and curl reach the allowed host, and no other in any way", async () => {
  const { shell, stop, metric } = await scene({ allow: ["api.example.com:443"] });
  const forbidden = {
    "another name": "https://other.example.com/",
    "another port": "http://api.example.com/",
    "another address": `https://${other}/`,
    "the address itself": `https://${api}/`,
    "the host's loopback": `http://127.0.0.1:${homePort}/`,
    "the host's loopback, mapped": `http://[::ffff:127.0.0.1]:${homePort}/`,
    "a private address": `http://${local}/`,
    "the metadata address": `http://${metadata}/`,
    "a redirect to another host": "https://api.example.com/away",
    "a redirect to the host's loopback": "https://api.example.com/home",
  };
  for (const [name, client] of Object.entries(clients)) {
    assert.match(await shell(client("https://api.example.com/")), /^0 the allowed host\n?$/, name);
    for (const [what, url] of Object.entries(forbidden)) {
      await promisify(execFile)("sh", ["-c", client(url)], { env: outside }).catch((error) =>
        assert.fail(`${name}, ${what}, unprotected: ${error.stdout} ${error.stderr}`));
      const got = await shell(client(url));
      assert.doesNotMatch(got, /^0 /, `${name} reached ${what}`);
      assert.doesNotMatch(got, /another host|the host's own|metadata|a private host/, `${name} reached ${what}`);
    }
  }
  assert.equal(await metric('mcp_egress_connections_total{outcome="carried",server="py"}'), 9);
  await stop();
});

sandboxed("several names on one port are several hosts; an address that is allowed is reached as it is", async () => {
  const { shell, stop } = await scene({ allow: ["api.example.com:443", "other.example.com:443", `${api}:80`, "api.example.com:7000"] });
  assert.match(await shell(clients.curl("https://api.example.com/")), /^0 the allowed host/);
  assert.match(await shell(clients.curl("https://other.example.com/")), /^0 another host/);
  assert.match(await shell(clients.curl("https://api.example.com/away")), /^0 another host/);
  assert.match(await shell(clients.curl(`http://${api}/`)), /^0 plain/);
  assert.doesNotMatch(await shell(clients.curl("http://api.example.com/")), /^0 /);
  await stop();
});

sandboxed("bytes go through whole, and each side may end before the other", async () => {
  const { shell, stop } = await scene({ allow: ["api.example.com:443", "api.example.com:7000"] });
  const sums = await shell(`head -c 8000000 /dev/urandom > /tmp/x; sha256sum < /tmp/x; curl -sS --data-binary @/tmp/x -H 'content-type: application/octet-stream' https://api.example.com/ | sha256sum`);
  const [first, second] = sums.replace(/^0 /, "").trim().split("\n");
  assert.equal(first, second);
  const half = `/usr/bin/python3 -c 'import socket
s = socket.create_connection(("api.example.com", 7000)); s.sendall(b"x" * 100000); s.shutdown(socket.SHUT_WR)
print(s.makefile().read())'`;
  assert.match(await shell(half), /^0 counted 100000\n/);
  await stop();
});

sandboxed("a name that leads elsewhere later does not", async () => {
  const { gateway, shell, stop } = await scene({ allow: ["rebind.example.com:443"] });
  const ask = clients.curl("https://rebind.example.com/");
  assert.match(await shell(ask), /^0 the allowed host/);
  names["rebind.example.com"] = "127.0.0.1";
  assert.match(await shell(ask), /^0 the allowed host/, "its address stays what it was");
  apiServer.closeAllConnections();
  await new Promise((resolve) => apiServer.close(resolve));
  await eventually(async () => {
    assert.doesNotMatch(await shell(ask), /the host's own/);
    return /allowed host not reached.*which is loopback/.test(gateway.stderr);
  }, () => gateway.stderr);
  names["rebind.example.com"] = api;
  await listen(apiServer, 443, api);
  await eventually(async () => /^0 the allowed host/.test(await shell(ask)), "it is found again");
  await stop();
});

sandboxed("a host at a private address is refused by name, and reached when its address is named too", async () => {
  const refused = { loc: ["local.example.com:80", /host "local.example.com" is at 10.1.2.3, which is private/, /allow_private = \["10.1.2.3"\]/],
    meta: ["meta.example.com:80", /is at 169.254.169.254, which is link-local, where clouds keep their metadata/, /never reached/],
    mapped: ["mapped.example.com:80", /is at 127.0.0.1, which is loopback/, /allow_private/] };
  const servers = Object.fromEntries(Object.entries(refused).map(([name, [host]]) => [name, boxed({ allow: [host] })]));
  const gateway = await new Gateway({ config: { servers } }).listening();
  for (const [name, [, message, hint]] of Object.entries(refused)) {
    const told = await eventually(() => gateway.servers.find((one) => one.name === name && one.error), `${name} is refused`);
    assert.match(told.error, message);
    assert.match(told.hint ?? "", hint);
  }
  await gateway.stop();
  const { shell, stop } = await scene({ allow: ["local.example.com:80"], allow_private: ["10.1.0.0/16"] });
  assert.match(await shell(clients.curl("http://local.example.com/")), /^0 a private host/);
  await stop();
});

sandboxed("a host that nobody knows yet stops nothing, and is found when it is there", async () => {
  const { gateway, shell, stop } = await scene({ allow: ["late.example.com:80"] });
  assert.match(gateway.stderr, /allowed host cannot be looked up.*late.example.com:80/);
  assert.doesNotMatch(await shell(clients.curl("http://late.example.com/")), /^0 /);
  names["late.example.com"] = api;
  await eventually(async () => /^0 plain/.test(await shell(clients.curl("http://late.example.com/"))), "it is found");
  await stop();
});

sandboxed("as many connections as allowed, and not one more; what is idle is cut", async () => {
  const { shell, metric, stop } = await scene({ allow: ["api.example.com:7000"], allow_connections: 2 });
  const three = `/usr/bin/python3 -c 'import socket
a, b = (socket.create_connection(("api.example.com", 7000)) for _ in range(2))
a.sendall(b"x"); b.sendall(b"xy")
def one(s):
    try: return s.makefile().read().strip() or "nothing"
    except OSError as error: return error.strerror
c = socket.create_connection(("api.example.com", 7000)); refused = one(c)
a.shutdown(socket.SHUT_WR); first = one(a); a.close()
b.shutdown(socket.SHUT_WR)
print(refused, "/", first, "/", one(b))'`;
  assert.equal(await shell(three), "0 Connection reset by peer / counted 1 / counted 2\n");
  assert.equal(await metric('mcp_egress_connections_total{outcome="over_limit",server="py"}'), 1);
  await eventually(async () => (await metric('mcp_egress_connections{server="py"}')) === 0, "all are over");
  assert.match(await shell(`exec 3<>/dev/tcp/api.example.com/7000; echo hi >&3; echo opened`), /^0 opened/);
  await stop();

  const idle = await scene({ allow: ["api.example.com:7000"], allow_idle: "300ms" });
  const wait = `/usr/bin/python3 -c 'import socket
s = socket.create_connection(("api.example.com", 7000)); s.sendall(b"x")
try: print("got", s.recv(10))
except OSError as error: print(error.strerror)'`;
  assert.equal(await idle.shell(wait), "0 Connection reset by peer\n");
  await eventually(async () => (await idle.metric('mcp_egress_connections_total{outcome="idle",server="py"}')) === 1, "it is counted");
  await idle.stop();
});

sandboxed("what a server is shut in stands in the log, in mcp top --json, in /ready and in the metrics", async () => {
  const { gateway, stop } = await scene({ allow: ["api.example.com:443"] });
  const given = (await (await fetch(new URL("/ready", gateway.url))).json()).servers[0].sandbox;
  assert.deepEqual(given.hosts, [{ host: "api.example.com:443", addresses: [api] }]);
  assert.equal(given.network, "none");
  assert.ok(given.namespaces.includes("net"));
  const top = await run(["top", "--state-dir", gateway.stateDirectory, "--json"]);
  const { shown, not_shown, refused, sockets, ...told } = JSON.parse(top.stdout.split("\n")[0]).servers[0].sandbox;
  assert.deepEqual(told, given, "but for the machine's paths, which /ready does not tell");
  assert.ok(shown.length > 0 && not_shown.length === 0);
  const text = await (await fetch(new URL("/metrics", gateway.url))).text();
  const hash = given.profile_hash.slice(0, 12);
  const info = `mcp_server_sandbox_info{cgroups="${given.cgroups}",landlock="${given.landlock}",namespaces="${given.namespaces}",network="none",profile="runtime",profile_hash="${hash}",seccomp="${given.seccomp}",server="py"} 1`;
  assert.ok(text.includes(info), text.split("\n").filter((line) => line.startsWith("mcp_server_sandbox")).join("\n"));
  const missing = [...text.matchAll(/^mcp_server_sandbox_degraded\{protection="(\w+)",server="py"\} 1$/gm)].map((match) => match[1]);
  assert.deepEqual(missing.sort(), [...new Set(given.degraded.map((gap) => gap.protection))].sort());
  assert.match(gateway.stderr, new RegExp(`server in a sandbox" server=py profile=runtime profile_hash=${hash} namespaces=user,mount,pid,net,ipc,uts,cgroup landlock=${given.landlock} seccomp=yes cgroups=${given.cgroups} .*degraded=`));
  assert.match(gateway.stderr, new RegExp(`host allowed" server=py host=api.example.com:443 addresses=${api} refused=none`));
  await stop();
});

check("mistakes in allow are named with their line and a remedy", async () => {
  const file = join(folder, "wrong.toml");
  for (const [keys, message] of [
    [{ allow: ["*.example.com:443"] }, /wrong.toml:\d+.*allow: "\*.example.com:443" has a wildcard/],
    [{ allow: ["api.example.com"] }, /allow: "api.example.com" names no port/],
    [{ allow: ["https://api.example.com"] }, /is an address of the web/],
    [{ allow: ["[2001:db8::1]:443"] }, /is an IPv6 address/],
    [{ allow: ["169.254.169.254:80"] }, /is never reached/],
    [{ allow: ["a.example:443"], network: "host" }, /allow: network = "host" reaches every host already/],
    [{ allow: ["a.example:443"], allow_private: ["10.0.0.1\/8"] }, /allow_private: "10.0.0.1\/8" has bits behind its prefix/],
  ]) {
    writeFileSync(file, toml({ servers: { py: boxed(keys) } }));
    const checked = await run(["config", "check", file]);
    assert.equal(checked.code, 4, JSON.stringify(keys));
    assert.match(checked.stdout + checked.stderr, message);
    assert.match(checked.stdout + checked.stderr, /hint|write|remove/);
  }
});

sandboxed("explain says which hosts are reached, and where they are", async () => {
  const file = join(folder, "explain.toml");
  writeFileSync(file, toml({ servers: { py: boxed({ allow: ["api.example.com:443", "meta.example.com:80"] }) } }));
  const text = await run(["sandbox", "explain", "--config", file, "py"]);
  assert.equal(text.code, 0, text.stderr);
  assert.match(text.stdout, /these hosts alone/);
  assert.match(text.stdout, new RegExp(`api.example.com:443 at ${api}`));
  assert.match(text.stdout, /meta.example.com:80.*169.254.169.254, which is link-local/);
  const json = JSON.parse((await run(["sandbox", "explain", "--config", file, "--json", "py"])).stdout);
  assert.deepEqual(json.hosts[0], { host: "api.example.com:443", addresses: [api] });
  assert.match(json.hosts[1].error, /metadata/);
});
