// What is measured: how each target is started, and what is called there.
// start(place) gives { url, pid, tool, arguments, raw?, insecure?, headers?, also? }; place: { folder, build, preload? }.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { freePort, start } from "./processes.mjs";

export const peers = fileURLToPath(new URL("../peers/node_modules", import.meta.url));
export const node = join(peers, "node/bin/node");
export const everything = join(peers, "@modelcontextprotocol/server-everything/dist/index.js");
const hello = { tool: "echo", arguments: '{"message":"hello, world"}' };

const nativeServer = (place) => ({ command: join(place.build, "mcp-native-echo"), args: [] });
const everythingServer = () => ({ command: node, args: [everything, "stdio"] });

let count = 0;
const folderOf = (place, name) => {
  const folder = join(place.folder, `${name}-${++count}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
};

// A server of the standard library alone; the path of its script.
export function pythonServer(place) {
  const script = join(folderOf(place, "python"), "server.py");
  writeFileSync(
    script,
    `import json, sys
for line in sys.stdin:
    m = json.loads(line)
    result = {"protocolVersion": m["params"]["protocolVersion"], "capabilities": {}, "serverInfo": {"name": "py", "version": "1"}}
    print(json.dumps({"jsonrpc": "2.0", "id": m["id"], "result": result}), flush=True)
`,
  );
  return script;
}

// `mcp serve` with one server whose names are as they are.
async function serve(place, server, { listen = "127.0.0.1:0", keys = "", preload } = {}) {
  const folder = folderOf(place, "serve");
  const config = join(folder, "mcp.toml");
  const lines = Object.entries(server).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  writeFileSync(
    config,
    `[serve]\nlisten = "${listen}"\nmax_sessions = 20000\nmax_modern_requests = 20000\nmax_listens = 20000\nlog_level = "warn"\n${keys}\n` +
      `[servers.it]\nprefix = ""\nrequired = true\n${lines.join("\n")}\n`,
  );
  const env = { ...process.env, ...preload };
  const args = ["serve", "--config", config, "--state-dir", join(folder, "state")];
  const started = await start(join(place.build, "mcp"), args, { env, ready: { line: /ready +[0-9]+ (tool|prompt)/ } });
  const [, url] = /ready on (\S+)/.exec(started.said);
  return { ...hello, url, pid: started.pid, also: [started] };
}

// A certificate for 127.0.0.1 that nobody signed, and its key: { cert, key }, paths.
export function certificate(folder) {
  const paths = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  const words = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1`;
  const files = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", paths.key, "-out", paths.cert];
  execFileSync("openssl", [...words.split(" "), ...files], { stdio: "ignore" });
  return paths;
}

// A web server in one process, so that its figures are of one kind with ours.
async function nginx(place, locations, upstream = "") {
  const folder = folderOf(place, "nginx");
  const port = await freePort();
  const config = join(folder, "nginx.conf");
  writeFileSync(
    config,
    `daemon off;\nmaster_process off;\npid ${folder}/pid;\nerror_log stderr crit;\n` +
      `worker_rlimit_nofile 20000;\nevents { worker_connections 8192; }\n` +
      `http {\n  access_log off;\n  keepalive_requests 1000000000;\n  client_body_temp_path ${folder}/body;\n` +
      `  proxy_temp_path ${folder}/proxy;\n  fastcgi_temp_path ${folder}/f;\n  uwsgi_temp_path ${folder}/u;\n` +
      `  scgi_temp_path ${folder}/s;\n  ${upstream}\n` +
      `  server { listen 127.0.0.1:${port} backlog=4096; ${locations} }\n}\n`,
  );
  const started = await start("nginx", ["-c", config, "-p", folder], { ready: { port } });
  return { ...hello, url: `http://127.0.0.1:${port}/mcp`, pid: started.pid, raw: true, also: [started], port };
}

const staticBody = '{"jsonrpc":"2.0","id":1000000000,"result":{"content":[{"type":"text","text":"hello, world"}]}}';
const nginxStatic = (place) =>
  nginx(place, `location / { default_type application/json; return 200 '${staticBody}'; }`);

async function nginxProxy(place) {
  const behind = await nginxStatic(place);
  const upstream = `upstream behind { server 127.0.0.1:${behind.port}; keepalive 256; keepalive_requests 1000000000; }`;
  const through = "proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection '';";
  const front = await nginx(place, `location / { ${through} }`, upstream);
  return { ...front, also: [...front.also, ...behind.also] };
}

// The HTTP core without the gateway: a POST is answered with its body.
async function httpCore(place) {
  const started = await start(join(place.build, "http_echo"), ["127.0.0.1:0"], { ready: { line: /^[0-9]+\n/ } });
  const url = `http://127.0.0.1:${parseInt(started.said)}/mcp`;
  return { ...hello, url, pid: started.pid, raw: true, also: [started] };
}

// Programs of Node that listen on a port of their own.
async function nodeGateway(args, port, env = process.env) {
  const started = await start(node, args, { ready: { port }, env });
  return { ...hello, url: `http://127.0.0.1:${port}/mcp`, pid: started.pid, also: [started] };
}

async function mcpProxy(place, server) {
  const port = await freePort();
  const program = join(peers, "mcp-proxy/dist/bin/mcp-proxy.mjs");
  const words = ["--host", "127.0.0.1", "--port", String(port), "--server", "stream", "--"];
  return nodeGateway([program, ...words, server.command, ...server.args], port);
}

async function supergateway(place, server) {
  const port = await freePort();
  const program = join(peers, "supergateway/dist/index.js");
  const command = [server.command, ...server.args].join(" ");
  const words = ["--outputTransport", "streamableHttp", "--stateful", "--sessionTimeout", "60000", "--logLevel", "none"];
  return nodeGateway([program, "--stdio", command, ...words, "--port", String(port)], port);
}

async function upstream(place, more) {
  const behind = await serve(place, { builtin: "echo" });
  const front = await serve(place, { url: behind.url }, more);
  return { ...front, also: [...front.also, ...behind.also] };
}

async function tls(place) {
  const { cert, key } = certificate(folderOf(place, "certificate"));
  const keys = `tls_cert = ${JSON.stringify(cert)}\ntls_key = ${JSON.stringify(key)}`;
  return { ...(await serve(place, nativeServer(place), { keys })), insecure: true };
}

async function unixSocket(place) {
  const path = join(folderOf(place, "socket"), "mcp.sock");
  return { ...(await serve(place, nativeServer(place), { listen: `unix:${path}` })), url: `unix:${path}:/mcp` };
}

// A server that does one thing at a time, a millisecond each: what waits for it waits there or, in turns, in the gateway.
const atWork = async (place, keys, more) => ({
  ...(await serve(place, { ...nativeServer(place), ...keys }, more)),
  tool: "work",
  arguments: '{"microseconds":1000}',
});

// What the clients of targets with tokens show.
export const token = { polite: "a-token-of-the-benchmark-0123456789", greedy: "another-of-the-benchmark-0123456789" };
const tokens = `tokens = { polite = "${token.polite}", greedy = "${token.greedy}" }`;

async function secured(place) {
  return { ...(await serve(place, { builtin: "echo" }, { keys: tokens })), headers: [`Authorization: Bearer ${token.polite}`] };
}

// what: for the tables. eras: those it speaks (a web server: none, written as legacy requests).
export const targets = {
  "nginx-static": { what: "nginx, `return 200`", eras: ["legacy"], start: nginxStatic },
  "nginx-proxy": { what: "nginx, proxy_pass to nginx", eras: ["legacy"], start: nginxProxy },
  "http-core": { what: "our HTTP core alone, echo", eras: ["legacy"], start: httpCore },
  builtin: { what: "mcp serve, built-in echo", eras: ["legacy", "modern"], start: (place) => serve(place, { builtin: "echo" }) },
  secured: { what: "mcp serve, built-in echo, bearer token", eras: ["legacy", "modern"], start: secured },
  native: { what: "mcp serve → native echo, stdio", eras: ["legacy", "modern"], start: (place) => serve(place, nativeServer(place)) },
  work: { what: "a server that takes 1 ms a call, one at a time", eras: ["legacy"], start: (place) => atWork(place, {}) },
  "work-in-turns": { what: "the same, `max_in_flight = 4`", eras: ["legacy"], start: (place) => atWork(place, { max_in_flight: 4 }) },
  "work-of-two": {
    what: "the same, two principals", eras: ["modern"],
    start: (place) => atWork(place, { max_in_flight: 4 }, { keys: tokens }),
  },
  tls: { what: "… over TLS", eras: ["legacy", "modern"], start: tls },
  unix: { what: "… over a unix-domain socket", eras: ["legacy", "modern"], start: unixSocket },
  upstream: { what: "mcp serve → HTTP upstream (built-in echo)", eras: ["legacy", "modern"], start: (place) => upstream(place) },
  "everything-http": {
    what: "server-everything, its own HTTP mode",
    eras: ["legacy"],
    async start() {
      const port = await freePort();
      return nodeGateway([everything, "streamableHttp"], port, { ...process.env, PORT: String(port) });
    },
  },
  everything: { what: "mcp serve → server-everything, stdio", eras: ["legacy", "modern"], start: (place) => serve(place, everythingServer()) },
  "mcp-proxy-everything": { what: "mcp-proxy → server-everything", eras: ["legacy"], start: (place) => mcpProxy(place, everythingServer()) },
  "supergateway-everything": { what: "supergateway → server-everything", eras: ["legacy"], start: (place) => supergateway(place, everythingServer()) },
  "mcp-proxy-native": { what: "mcp-proxy → native echo", eras: ["legacy"], start: (place) => mcpProxy(place, nativeServer(place)) },
  "supergateway-native": { what: "supergateway → native echo", eras: ["legacy"], start: (place) => supergateway(place, nativeServer(place)) },
};

// Gateways whose allocations are counted in `file`.
export function counted(place, name, file) {
  const library = join(place.build, "mcp-count-allocations.so");
  const preload = { LD_PRELOAD: library, MCP_BENCH_ALLOCATIONS: file };
  if (name === "upstream") return upstream(place, { preload });
  return serve(place, name === "builtin" ? { builtin: "echo" } : nativeServer(place), { preload });
}
