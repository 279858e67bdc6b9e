// The official packages of tests/peers, and the servers among them as configuration entries.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
export const root = join(here, "../..");
export const packages = join(root, "tests/peers/node_modules");
export const node = process.execPath;

// peer("@modelcontextprotocol/client"): a locked package, from outside its tree.
export const peer = createRequire(join(root, "tests/peers/package.json"));

const script = (name) => join(packages, "@modelcontextprotocol", name, "dist/index.js");
const program = (name) => join(here, "fixtures", name);
// A server of ours; its modules lie elsewhere than node looks for them.
const own = (name, ...args) => ({ command: node, args: [program(name), ...args], read: [join(root, "tests")] });

// A configuration entry as words of a command line.
export const words = ({ command, args, read = [] }) => [...read.flatMap((path) => ["--read", path]), "--", command, ...args];

export const everything = () => ({ command: node, args: [script("server-everything"), "stdio"] });
export const filesystem = (...directories) => ({
  command: node,
  args: [script("server-filesystem"), ...directories],
  write: directories,
});
export const memory = (file) => ({
  command: node,
  args: [script("server-memory")],
  env: { MEMORY_FILE_PATH: file },
  write: [dirname(file)],
});
// A legacy server that tells what it has heard.
export const witness = (...args) => own("v1_server.mjs", ...args);
// A dual-era server made with the v2 SDK: over stdio, or over HTTP with "--http" (it prints its URL).
export const v2Server = (...args) => own("v2_server.mjs", ...args);
// A server that reads and never answers.
export const mute = () => own("mute_server.mjs");
// A server that survives everything but SIGKILL, with a child of the same kind in a session of its own.
export const stubborn = () => own("stubborn_server.mjs");
// A server that writes control sequences and forged lines wherever it can.
export const rude = (...args) => own("rude_server.mjs", ...args);
// A server whose calls are spans, sent to this collector.
export const tracedServer = (collector) => ({
  ...own("traced_server.mjs"),
  network: "host",
  env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector },
});
// A server whose answers are as large as one asks.
export const largeServer = () => own("large_server.mjs");
// The conformance fixture, of both eras: over stdio, or over HTTP ("--http", a port) where it prints its URL on stderr.
export const fixtureServer = (...args) => ({ command: process.env.MCP_FIXTURE ?? join(root, "build/mcp-fixture"), args });
// The same over stdio.
export const fixture = () => fixtureServer("--stdio");
