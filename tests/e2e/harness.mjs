// Gateways that are started and stopped, and the little that tests need besides node:test. Nothing outlives a file:
// every child of a gateway carries the gateway's HOME, a directory of its own, and is looked for when it has ended.
import { spawn } from "node:child_process";
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";

import { root } from "./peers.mjs";

export const binary = process.env.MCP_BINARY ?? join(root, "build/mcp");
export const patience = 60_000; // ms; far above what anything takes: reached only when something is wrong

const running = new Set();
const directories = new Set();

// A fresh directory, removed at the end.
export function temporary() {
  const directory = mkdtempSync(join(tmpdir(), "mcp-e2e-"));
  directories.add(directory);
  return directory;
}

after(async () => {
  for (const gateway of [...running]) await gateway.stop();
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});
process.on("exit", () => {
  for (const gateway of running) gateway.child.kill("SIGKILL");
});

// One behaviour. When it is not there, what the gateways had to say is printed with it.
export function check(name, body, limit = patience) {
  return test(name, { timeout: limit * 2 }, async (context) => {
    try {
      await body(context);
    } catch (error) {
      for (const gateway of running) console.error(`--- gateway ${gateway.child.pid}\n${gateway.stderr.slice(-4000)}`);
      throw error;
    }
  });
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 10));

// Asks again until the answer is truthy. what: a text, or what says it.
export async function eventually(ask, what, limit = patience) {
  const deadline = Date.now() + limit;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadline) assert.fail(`never came true: ${typeof what === "function" ? what() : what}`);
    await pause();
  }
}

export async function within(promise, what, limit = patience) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new assert.AssertionError({ message: `waited in vain for ${what}` })), limit);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

// What arrives, in order; take() waits for the first that fits and forgets it.
export class Inbox {
  items = [];
  #waiting = [];

  put = (item) => {
    this.items.push(item);
    for (const wake of this.#waiting.splice(0)) wake();
  };

  async take(fits, what) {
    const wait = async () => {
      for (;;) {
        const index = this.items.findIndex(fits);
        if (index >= 0) return this.items.splice(index, 1)[0];
        await new Promise((resolve) => this.#waiting.push(resolve));
      }
    };
    return within(wait(), what);
  }
}

// Over stdio nothing says when all servers have come up: their tools do.
export const serversUp = (client, names) =>
  eventually(async () => {
    const { tools } = await client.listTools();
    return names.every((name) => tools.some((tool) => tool.name.startsWith(`${name}__`)));
  }, "all servers are up");

// Connections that are dear to make: connect(...key) makes one a key; close() ends them all.
export function kept(connect) {
  const connections = new Map();
  const get = async (...key) => {
    const name = JSON.stringify(key);
    if (!connections.has(name)) connections.set(name, await connect(...key));
    const connection = connections.get(name);
    connection.heard.items.length = 0;
    return { ...connection, close: async () => {} };
  };
  get.close = async () => {
    for (const { close } of connections.values()) await close();
    connections.clear();
  };
  return get;
}

// What arrives of progress on a client's transport: reports by token. The SDKs may drop the report that arrives together
// with its result, so that their own callbacks do not show what was delivered.
export function progressFrames(transport) {
  const frames = new Map();
  const deliver = transport.onmessage;
  transport.onmessage = (message, extra) => {
    if (message.method === "notifications/progress") {
      const { progressToken, _meta, ...report } = message.params;
      frames.set(progressToken, [...(frames.get(progressToken) ?? []), report]);
    }
    deliver(message, extra);
  };
  return frames;
}

const tomlValue = (value) => {
  if (Array.isArray(value)) return `[${value.map(tomlValue).join(", ")}]`;
  if (value !== null && typeof value === "object") {
    return `{ ${Object.entries(value).map(([key, item]) => `${JSON.stringify(key)} = ${tomlValue(item)}`).join(", ")} }`;
  }
  return JSON.stringify(value);
};
const tomlTable = (name, table) =>
  [`[${name}]`, ...Object.entries(table).map(([key, value]) => `${key} = ${tomlValue(value)}`), ""].join("\n");

export function toml({ serve = {}, servers = {} }) {
  const tables = Object.entries(servers).map(([name, table]) => tomlTable(`servers.${name}`, table));
  return [tomlTable("serve", serve), ...tables].join("\n");
}

// The environment of a gateway: nothing of the user's own configuration or state.
export function environment(home, extra = {}) {
  const sanitizers = Object.entries(process.env).filter(([name]) => name.endsWith("SAN_OPTIONS"));
  return { PATH: process.env.PATH, HOME: home, LANG: "C.UTF-8", ...Object.fromEntries(sanitizers), ...extra };
}

const orNothing = (read) => {
  try {
    return read();
  } catch {
    return ""; // gone meanwhile, or somebody else's
  }
};
const parentOf = (pid) => orNothing(() => /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))[1]);

// The processes that a gateway with this HOME has left: pids. Its own carry its HOME; what is in a sandbox has another
// one, and descends from them.
export function processesOf(home) {
  const all = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid));
  const carries = (pid) => orNothing(() => readFileSync(`/proc/${pid}/environ`, "latin1")).split("\0").includes(`HOME=${home}`);
  const found = new Set(all.filter(carries));
  const parents = new Map(all.map((pid) => [pid, parentOf(pid)]));
  for (let grown = found.size > 0; grown; ) {
    const more = all.filter((pid) => !found.has(pid) && found.has(parents.get(pid)));
    for (const pid of more) found.add(pid);
    grown = more.length > 0;
  }
  return [...found];
}

// The pid that a server's identity (fixtures/identity.mjs) stands for; "" when it is gone.
export function hostPid(identity) {
  const digitsOfNamespace = 10;
  if (identity.length <= digitsOfNamespace) return identity;
  const isIt = (pid) =>
    orNothing(() => readlinkSync(`/proc/${pid}/ns/pid`)) === `pid:[${identity.slice(0, digitsOfNamespace)}]` &&
    /^NSpid:.*\t2$/m.test(orNothing(() => readFileSync(`/proc/${pid}/status`, "latin1")));
  return readdirSync("/proc").find((pid) => /^\d+$/.test(pid) && isIt(pid)) ?? "";
}

export function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

export const noneLeft = (home) =>
  eventually(() => processesOf(home).length === 0, `no process is left of the gateway at ${home}`);

export class Gateway {
  home = temporary();
  stderr = "";
  servers = []; // as --json told last
  reloads = []; // events of reloads that were not taken yet

  // config: tables for toml(), or the text of a file `name`. args: further words, last on the line.
  constructor({ config, name = "mcp.toml", args = [], listen = "127.0.0.1:0", stateDirectory, cwd, env = {} }) {
    this.stateDirectory = stateDirectory ?? join(this.home, "state");
    const words = ["serve", "--json", "--state-dir", this.stateDirectory];
    if (config !== undefined) words.push("--config", this.write(name, config));
    if (listen !== null) words.push("--listen", listen);
    words.push(...args);
    this.child = spawn(binary, words, {
      cwd: cwd ?? this.home,
      env: environment(this.home, env),
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.ended = new Promise((resolve) => {
      this.child.on("error", (error) => resolve({ code: null, signal: String(error) }));
      this.child.on("close", (code, signal) => resolve({ code, signal }));
    });
    running.add(this);
    this.ended.then(() => running.delete(this));
    this.child.stderr.setEncoding("utf8").on("data", (chunk) => (this.stderr += chunk));
    this.#readEvents();
  }

  write(name, config) {
    const file = join(this.home, name);
    writeFileSync(file, typeof config === "string" ? config : toml(config), { mode: 0o600 });
    return file;
  }

  #readEvents() {
    let text = "";
    this.child.stdout.setEncoding("utf8").on("data", (chunk) => {
      text += chunk;
      const lines = text.split("\n");
      text = lines.pop();
      for (const line of lines) {
        const event = JSON.parse(line);
        if (event.event === "listening") this.url = event.url;
        if (event.event === "servers") this.servers = event.servers;
        if (event.event === "reload") this.reloads.push(event);
      }
    });
  }

  // The next reload that came to an end.
  async reloaded() {
    await eventually(() => this.reloads.length > 0, "a reload");
    return this.reloads.shift();
  }

  async listening() {
    await eventually(() => this.url || !running.has(this), "the event that names the URL");
    assert.ok(this.url, `the gateway ended instead:\n${this.stderr}`);
    return this;
  }

  // Waits until each of these servers has this state.
  async state(name, state) {
    return eventually(() => this.servers.find((one) => one.name === name && one.state === state), `${name} is ${state}`);
  }

  // Started, listening, and every server ready, `limit` ms after that at most.
  static async start(options, limit = patience) {
    const gateway = await new Gateway(options).listening();
    await eventually(
      () => gateway.servers.length > 0 && gateway.servers.every((one) => one.state === "ready"),
      "all servers are ready",
      limit,
    ).catch((error) => {
      error.message += `\n${JSON.stringify(gateway.servers, null, 1)}\n${gateway.stderr}`;
      throw error;
    });
    return gateway;
  }

  get origin() {
    return new URL(this.url).origin;
  }

  // The endpoint of one server alone.
  of(name) {
    return `${this.origin}/servers/${name}/mcp`;
  }

  // Ends it and checks that nothing stays behind.
  async stop(signal = "SIGTERM") {
    this.child.kill(signal);
    const end = await within(this.ended, "the end of the gateway");
    await noneLeft(this.home);
    return end;
  }
}

// `mcp ARGS…` to its end.
export async function run(args, { cwd, home = temporary(), env = {} } = {}) {
  const child = spawn(binary, args, {
    cwd: cwd ?? home,
    env: environment(home, env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) {
    child[name].setEncoding("utf8").on("data", (chunk) => (output[name] += chunk));
  }
  const ended = new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal }));
  });
  try {
    return { ...(await within(ended, `the end of mcp ${args.join(" ")}`)), ...output };
  } finally {
    child.kill("SIGKILL");
  }
}
