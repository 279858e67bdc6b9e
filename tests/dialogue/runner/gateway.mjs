// `mcp serve` for one dialogue: its own folder, state and port; the scripted servers behind it.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { Failure, Inbox, item } from "./inbox.mjs";
import { Upstream } from "./upstream.mjs";

const STOP_MS = 5_000;

export class Gateway {
  out = new Inbox(); // stdout
  err = new Inbox(); // stderr, kept for the report
  upstreams = new Map();

  constructor(binary, setup) {
    this.binary = binary;
    this.setup = setup;
    this.isStdio = /(^| )--stdio\b/.test(setup.serve);
    this.folder = mkdtempSync(path.join(os.tmpdir(), "dialogue-"));
  }

  async start() {
    const flags = this.setup.serve.split(" ").filter(Boolean);
    const args = ["serve", ...(this.isStdio ? [] : ["--json"]), "--state-dir", path.join(this.folder, "state")];
    if (!this.isStdio && !flags.includes("--listen")) args.push("--listen", "127.0.0.1:0");
    const config = await this.#config();
    if (config !== "") args.push("--config", this.write("mcp.toml", config));
    this.child = spawn(this.binary, [...args, ...flags], { cwd: this.folder, env: this.#environment() });
    this.child.stdin.on("error", () => {});
    this.child.on("error", (why) => this.err.add(Buffer.from(String(why))));
    this.child.stdout.on("data", (chunk) => this.out.add(chunk));
    this.child.stdout.on("end", () => this.out.end());
    this.child.stderr.on("data", (chunk) => this.err.add(chunk));
    this.exited = new Inbox();
    this.child.on("exit", (code, signal) => this.exited.push({ code, signal }));
  }

  // Listening, and every server that answers by itself has come up or failed.
  async ready() {
    if (this.isStdio) return;
    this.port = Number(new URL((await this.#event("listening")).url).port);
    if ([...this.upstreams.values()].every((upstream) => upstream.answersByItself)) await this.settled();
  }

  async settled() {
    const rising = (server) => server.state === "starting" || server.state === "idle";
    while ((await this.#event("servers")).servers.some(rising));
  }

  async #event(name) {
    for (;;) {
      const line = await this.out.until(() => this.out.takeThrough("\n") ?? (this.out.ended ? null : undefined), `the event "${name}" of mcp serve --json`);
      if (line === null) throw new Failure("mcp serve ended before it was ready");
      const event = JSON.parse(line);
      if (event.event === name) return event;
    }
  }

  async #config() {
    for (const [name, text] of this.setup.files) this.write(name, `${text}\n`);
    const lines = [...this.setup.config];
    for (const server of this.setup.servers) {
      lines.push("", `[servers.${server.name}]`);
      if (server.kind === "fixture") {
        const fixture = process.env.MCP_FIXTURE ?? path.join(path.dirname(this.binary), "mcp-fixture");
        lines.push(`command = ${JSON.stringify(fixture)}`, 'args = ["--stdio"]', 'prefix = ""', ...server.toml);
        continue;
      }
      const upstream = new Upstream(server);
      await upstream.start(this.folder);
      this.upstreams.set(server.name, upstream);
      lines.push(...upstream.toml);
    }
    return lines.join("\n").trim();
  }

  write(name, text) {
    const file = path.join(this.folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  }

  // Nothing of the user's own configuration may reach the test.
  #environment() {
    const { PATH, ASAN_OPTIONS, UBSAN_OPTIONS, TSAN_OPTIONS } = process.env;
    const kept = { PATH, ASAN_OPTIONS, UBSAN_OPTIONS, TSAN_OPTIONS };
    for (const name of Object.keys(kept)) if (kept[name] === undefined) delete kept[name];
    return { ...kept, HOME: this.folder, XDG_CONFIG_HOME: this.folder, XDG_STATE_HOME: this.folder };
  }

  async line() {
    return this.out.until(() => this.out.takeThrough("\n") ?? (this.out.ended ? null : undefined), "a line on stdout");
  }

  async exit() {
    this.exitStatus ??= await this.exited.until(() => item(this.exited), "the end of mcp serve");
    return this.exitStatus;
  }

  // Ends it, and says what is wrong with how it ended.
  async stop() {
    this.child.stdin.end();
    this.child.kill("SIGTERM");
    const again = setTimeout(() => this.child.kill("SIGTERM"), STOP_MS); // a call still waits for its server
    const { code, signal } = await this.exit();
    clearTimeout(again);
    for (const upstream of this.upstreams.values()) upstream.stop();
    const expected = this.expectedExit ?? [0, 143];
    return expected.includes(code) ? undefined : `mcp serve ended with ${signal ?? `status ${code}`}`;
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
