// What people have: a claude_desktop_config.json with npx commands. The first `mcp serve` installs the packages, each in
// a sandbox of its own, and runs them from there without the network. The registry is one of ours that has the packages
// of tests/peers, so that all of it is real npm, and nothing leaves the machine.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";

import { Registry } from "./fixtures/registry.mjs";
import { Gateway, check, eventually, patience, run, temporary } from "./harness.mjs";
import { packages, peer } from "./peers.mjs";

const { Client } = peer("@modelcontextprotocol/sdk/client/index.js");
const { StreamableHTTPClientTransport } = peer("@modelcontextprotocol/sdk/client/streamableHttp.js");

const explained = await run(["sandbox", "explain", "--json", "--", "sh"]);
const npx = spawnSync("npx", ["--version"]).status === 0;
const reason = explained.code !== 0 ? explained.stderr : npx ? "" : "there is no npx in PATH";
const installs = 4 * patience; // three of the official packages, side by side
const here = (name, body) => check(name, async (context) => (reason ? context.skip(reason) : body(context)), installs);

const files = dirname(fileURLToPath(import.meta.url));
const folder = temporary();
const notes = join(folder, "notes");
const memories = join(folder, "memories");
const [cache, built, several] = ["cache", "built", "several"].map((name) => join(folder, name));
for (const path of [notes, memories, cache, built, several]) mkdirSync(path);
writeFileSync(join(notes, "note.txt"), "a note\n");

// A server that speaks just enough; what it tells comes from a file that its install script has made.
const serverOf = (text) => `#!/usr/bin/env node
import { createInterface } from "node:readline";
const told = ${text};
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  const result = method === "initialize" ? { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "b", version: "1" } }
    : method === "tools/list" ? { tools: [{ name: "told", description: told, inputSchema: { type: "object" } }] }
    : method === "tools/call" ? { content: [{ type: "text", text: told }] } : undefined;
  if (id !== undefined) console.log(JSON.stringify({ jsonrpc: "2.0", id, ...(result ? { result } : { error: { code: -32601, message: method } }) }));
}
`;
const script = `require("node:fs").writeFileSync("told.txt", JSON.stringify({ settings: require("node:fs").existsSync(process.env.SECRET_FILE ?? "/nowhere"), keys: Object.keys(process.env).filter((name) => /token/i.test(name)) }))`;
function publish(into, manifest, files) {
  writeFileSync(join(into, "package.json"), JSON.stringify({ version: "1.0.0", type: "module", ...manifest }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(into, name), content, { mode: 0o755 });
}
publish(built, { name: "@mcp-test/built", bin: { anything: "index.js" }, scripts: { install: "node install.cjs" } },
  { "index.js": serverOf(`(await import("node:fs")).readFileSync(new URL("./told.txt", import.meta.url), "utf8")`), "install.cjs": script });
publish(several, { name: "several", bin: { one: "index.js", two: "other.js" } },
  { "index.js": serverOf(`"one"`), "other.js": serverOf(`"two"`) });

const registry = await Registry.start({ modules: [packages], folders: [built, several] });
after(() => registry.close());

const env = { npm_config_registry: registry.url, XDG_CACHE_HOME: cache };
const config = (servers) => ({ config: JSON.stringify({ mcpServers: servers }), name: "claude_desktop_config.json" });
const official = {
  filesystem: { command: "npx", args: ["-y", "@modelcontextprotocol/server-filesystem", notes] },
  memory: {
    command: "npx",
    args: ["-y", "@modelcontextprotocol/server-memory"],
    env: { MEMORY_FILE_PATH: join(memories, "memory.json") },
    write: [memories],
  },
  everything: { command: "npx", args: ["-y", "@modelcontextprotocol/server-everything"] },
};
const small = { two: { command: "npx", args: ["--package=several", "two"] } };
async function connect(gateway) {
  const client = new Client({ name: "packages", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(gateway.url)));
  return client;
}
const call = async (client, name, args = {}) => {
  const result = await client.callTool({ name, arguments: args });
  return result.content.map((block) => block.text ?? "").join("\n");
};
const installed = () => readdirSync(join(cache, "mcp/packages")).sort();

here("npx filesystem, memory and everything answer on the first mcp serve, in the sandbox", async () => {
  const gateway = await Gateway.start({ ...config(official), env }, installs);
  assert.match(gateway.stderr, /msg="installing a package, once" server=filesystem package=@modelcontextprotocol\/server-filesystem /);
  const client = await connect(gateway);
  assert.match(await call(client, "filesystem__read_text_file", { path: join(notes, "note.txt") }), /a note/);
  assert.match(await call(client, "filesystem__write_file", { path: join(notes, "new.txt"), content: "x" }), /EROFS|read-only/i);
  assert.match(await call(client, "everything__echo", { message: "hello" }), /hello/);
  const entities = [{ name: "mcp", entityType: "tool", observations: ["it remembers"] }];
  await call(client, "memory__create_entities", { entities });
  assert.match(await call(client, "memory__read_graph"), /it remembers/);
  assert.match(readFileSync(join(memories, "memory.json"), "utf8"), /it remembers/);
  for (const server of gateway.servers) {
    assert.equal(server.sandbox.profile, "runtime");
    assert.ok(server.sandbox.namespaces.includes("net"), "it has no network");
    assert.ok(server.sandbox.shown.some((one) => one.why === "its package" && !one.write));
  }
  const { shown } = gateway.servers.find((server) => server.name === "filesystem").sandbox;
  assert.deepEqual(shown.find((one) => one.path === notes), { path: notes, write: false, why: "argument" });
  assert.ok(gateway.stderr.includes(`${notes} (argument)`), "the start table says so");
  assert.equal(installed().length, 3);
  await client.close();
  assert.equal((await gateway.stop()).code, 0);
});

here("the next mcp serve needs no registry", async () => {
  const gateway = await Gateway.start({ ...config(official), env: { ...env, npm_config_registry: "http://127.0.0.1:9" } });
  assert.doesNotMatch(gateway.stderr, /installing/);
  assert.equal((await gateway.stop()).code, 0);
});

here("explain names the package, what is shown of it and why", async () => {
  const home = temporary();
  const file = join(home, "claude_desktop_config.json");
  writeFileSync(file, config(official).config);
  const { stdout } = await run(["sandbox", "explain", "--config", file, "--json", "filesystem"], { home, env });
  const answer = JSON.parse(stdout);
  assert.match(answer.package.name, /^@modelcontextprotocol\/server-filesystem@\d/);
  assert.equal(answer.package.installed, true);
  assert.equal(answer.network, "none");
  assert.ok(answer.shown.some((one) => one.path === notes && one.why === "argument"));
  const fresh = await run(["sandbox", "explain", "--", "npx", "never-seen"], { home });
  assert.equal(fresh.code, 0, fresh.stderr);
  assert.match(fresh.stdout, /never-seen: installed at the first start/);
});

here("two gateways that start at once install a package once", async () => {
  const shared = { ...env, XDG_CACHE_HOME: temporary() };
  const asked = registry.asked.length;
  const both = await Promise.all([0, 1].map(() => Gateway.start({ ...config(small), env: shared })));
  const tarballs = registry.asked.slice(asked).filter((path) => path.includes("several/-/"));
  assert.equal(tarballs.length, 1);
  for (const gateway of both) assert.equal((await gateway.stop()).code, 0);
});

here("an install script runs, without the user's settings and tokens", async () => {
  const home = temporary();
  writeFileSync(join(home, ".npmrc"), `//127.0.0.1/:_authToken=secret\n`);
  const secret = { ...env, NPM_TOKEN: "secret", SECRET_FILE: join(home, ".npmrc"), npm_config_userconfig: join(home, ".npmrc") };
  const told = await run(["call", "tool", "told", "--", "npx", "-y", "@mcp-test/built"], { home, env: secret });
  assert.equal(told.code, 0, told.stderr);
  assert.match(told.stdout, /"settings":false,"keys":\[\]/);
});

here("of several programs the one that was named runs; without a name they are told", async () => {
  const vague = await run(["call", "tools", "list", "--", "npx", "-y", "several"], { env });
  assert.equal(vague.code, 6, vague.stderr);
  assert.match(vague.stderr, /package "several" has several programs: one, two/);
  const two = await run(["call", "tool", "told", "--", "npx", "-y", "--package=several", "two"], { env });
  assert.equal(two.stdout, "two\n", two.stderr);
});

// Debian's own wheels of pip and setuptools are what pipx needs beside the package.
const debianWheels = "/usr/share/python-wheels";
const pipx = spawnSync("pipx", ["--version"]).status === 0 && existsSync(debianWheels);
here("pipx run installs a wheel, and its virtual environment runs without the network", async (context) => {
  if (!pipx) return context.skip(`there is no pipx in PATH, or no ${debianWheels}`);
  const wheels = temporary();
  assert.equal(spawnSync("python3", [join(files, "fixtures/wheel.py"), wheels]).status, 0);
  const offline = `--pip-args=--no-index --find-links ${wheels} --find-links ${debianWheels}`;
  const words = ["pipx", "run", offline, "told"];
  const first = await run(["call", "tool", "told", "--", ...words], { env });
  assert.equal(first.code, 0, first.stderr);
  assert.ok(first.stdout.startsWith(join(cache, "mcp/packages/told-")), first.stdout);
  const again = await run(["install", "--", ...words], { env });
  assert.match(again.stdout, /: told is there already\n/);
});

const uv = spawnSync("uv", ["--version"]).status === 0;
here("uvx installs a wheel, and its virtual environment runs without the network", async (context) => {
  if (!uv) return context.skip("uv is not installed");
  const wheels = temporary();
  assert.equal(spawnSync("python3", [join(files, "fixtures/wheel.py"), wheels]).status, 0);
  const words = ["uvx", "--no-index", "--find-links", wheels, "--python", "/usr/bin/python3", "told"];
  const first = await run(["call", "tool", "told", "--", ...words], { env });
  assert.equal(first.code, 0, first.stderr);
  assert.ok(first.stdout.startsWith(join(cache, "mcp/packages/told-")), first.stdout);
  const again = await run(["install", "--", ...words], { env });
  assert.match(again.stdout, /: told is there already\n/);
});

here("mcp install does it ahead, and install = \"never\" refuses until then", async () => {
  const home = temporary();
  const own = { ...env, XDG_CACHE_HOME: join(home, "cache") };
  writeFileSync(join(home, "servers.toml"),
    `[servers.two]\ncommand = "npx"\nargs = ["--package=several", "two"]\ninstall = "never"\n[servers.clock]\nbuiltin = "time"\n`);
  const words = ["--config", "servers.toml"];
  const options = { home, cwd: home, env: own };
  const refused = await run(["call", ...words, "two", "tools", "list"], options);
  assert.equal(refused.code, 6);
  assert.match(refused.stderr, /package "several" is not installed, and install = "never"\nmcp: hint: run mcp install two/);
  const done = await run(["install", ...words, "--all", "--json"], options);
  assert.equal(done.code, 0, done.stderr);
  const { ok, servers } = JSON.parse(done.stdout);
  assert.equal(ok, true);
  assert.equal(servers[0].package, "several@1.0.0");
  assert.equal(servers[0].installed_now, true);
  assert.deepEqual(servers[1], { server: "clock" });
  assert.equal((await run(["call", ...words, "two", "tool", "told"], options)).stdout, "two\n");
  assert.match((await run(["install", ...words, "two"], options)).stdout, /^two: several@1.0.0 is there already\n/);
  publish(several, { name: "several", version: "1.1.0", bin: { one: "index.js", two: "other.js" } }, {});
  registry.add(several);
  assert.match((await run(["install", ...words, "two", "--update"], options)).stdout, /^two: several@1.1.0 installed\n/);
});

here("what cannot be installed says npm's own words, what to do, and leaves nothing", async () => {
  const home = temporary();
  const own = { ...env, XDG_CACHE_HOME: join(home, "cache") };
  const missing = await run(["install", "--", "npx", "-y", "no-such-package-here"], { home, env: own });
  assert.equal(missing.code, 6);
  assert.match(missing.stderr, /installing no-such-package-here: npm install: 404 Not Found/);
  assert.match(missing.stderr, /hint: check the package's name and version/);
  const silent = await run(["install", "--", "npx", "-y", "several"], { home, env: { ...own, npm_config_registry: "http://127.0.0.1:9", npm_config_fetch_retries: "0" } });
  assert.equal(silent.code, 6);
  assert.match(silent.stderr, /the registry cannot be reached from here/);
  for (const key of readdirSync(join(home, "cache/mcp/packages")))
    assert.deepEqual(readdirSync(join(home, "cache/mcp/packages", key)), ["lock"]);
});

here("an install that is killed leaves nothing half-made that would be used", async () => {
  const home = temporary();
  const own = { ...env, XDG_CACHE_HOME: join(home, "cache") };
  const gateway = await new Gateway({ ...config(small), env: own }).listening();
  const folderOf = () => readdirSync(join(home, "cache/mcp/packages"))[0];
  await eventually(() => {
    try {
      return readdirSync(join(home, "cache/mcp/packages", folderOf())).some((name) => name.startsWith("g-"));
    } catch {
      return false;
    }
  }, "it has begun");
  await gateway.stop("SIGKILL");
  const again = await Gateway.start({ ...config(small), env: own });
  const left = readdirSync(join(home, "cache/mcp/packages", folderOf())).filter((name) => name.startsWith("g-"));
  assert.equal(left.length, 1);
  assert.equal((await again.stop()).code, 0);
});

here("docker and bunx say why they cannot be shut in, and what can be done", async () => {
  const docker = await run(["call", "tools", "list", "--", "docker", "run", "-i", "mcp/time"]);
  assert.equal(docker.code, 6);
  assert.match(docker.stderr, /command "docker" cannot be shut in/);
  assert.match(docker.stderr, /image = "…"/);
  const bunx = await run(["call", "tools", "list", "--", "bunx", "server"]);
  assert.match(bunx.stderr, /write npx -y PACKAGE instead/);
});
