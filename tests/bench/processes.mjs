// Starts what is measured, waits until it listens, and ends it: only what was started here, by its own pid.
import { spawn } from "node:child_process";
import { connect, createServer } from "node:net";
import { once } from "node:events";
import { basename } from "node:path";

const patience = 60_000; // ms to become ready
const running = new Set();

// The first line that complains, without the folder of a file it names; else the last line.
function complaint(said) {
  const lines = said.trim().split("\n");
  const line = lines.find((text) => /error/i.test(text)) ?? lines.at(-1);
  return line.replace(/^mcp: error: /, "").replace(/\/\S*\//g, "");
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export async function freePort() {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

const listens = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => (socket.destroy(), resolve(true)));
    socket.once("error", () => resolve(false));
  });

// ready: { port } to be listened on, or { line } to be said on stderr or stdout.
export async function start(command, args, { env = process.env, ready, cwd }) {
  const child = spawn(command, args, { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
  const started = { pid: child.pid, child, said: "" };
  running.add(started);
  const hear = (bytes) => {
    if (started.said.length < 1 << 16) started.said += bytes;
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  child.once("exit", () => running.delete(started));
  child.once("error", (error) => (started.said += error.message));
  const deadline = Date.now() + patience;
  while (!(ready.port ? await listens(ready.port) : ready.line.test(started.said))) {
    if (child.exitCode !== null || child.pid === undefined || Date.now() > deadline) {
      await stop(started);
      await pause(10); // for what it said last
      throw new Error(`${basename(command)} did not become ready: ${complaint(started.said)}`);
    }
    await pause(10);
  }
  return started;
}

export async function stop(started) {
  const { child } = started;
  running.delete(started);
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await gone;
  clearTimeout(late);
}

process.on("exit", () => {
  for (const { child } of running) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));

// What a command says on stdout; its stderr is the error when it fails.
export async function output(command, args, { limit = 240_000 } = {}) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  const watched = { child };
  running.add(watched);
  let text = "";
  let complaint = "";
  child.stdout.on("data", (bytes) => (text += bytes));
  child.stderr.on("data", (bytes) => (complaint += bytes));
  const late = setTimeout(() => child.kill("SIGKILL"), limit);
  const code = await new Promise((resolve) => {
    child.once("close", resolve);
    child.once("error", (error) => ((complaint += error.message), resolve(-1)));
  });
  clearTimeout(late);
  running.delete(watched);
  if (code !== 0) throw new Error(complaint.trim().split("\n")[0] || `${command} ended with ${code}`);
  return text;
}
