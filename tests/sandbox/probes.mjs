// Every probe of probes.cpp in every profile, as root and as uid 65534, beside its unprotected control; a table of what
// came out. A probe whose control succeeds for neither user proves nothing: it is printed as void and not counted.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { hostname, release } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";

const runner = process.env.MCP_RUN_IN_SANDBOX;
const probes = process.env.MCP_SANDBOX_PROBES;

// What may work in spite of a profile, and why that is no way out.
const justified = {
  runtime: {
    netlink_route: "lists the interfaces of its own, empty network namespace: os.networkInterfaces() needs it",
  },
  "runtime, allow": {
    netlink_route: "as in runtime",
    udp_loopback: "to the loopback interface of its own network namespace, where nobody listens",
  },
  compat: {
    netlink_route: "as in runtime",
    netlink_netfilter: "of its own network namespace, without the capability to change anything",
    netlink_audit: "opens, but every message needs a capability of the machine's",
    ptrace_parent: "a process of its own sandbox: debuggers are what this profile is for",
    ptrace_traceme: "as ptrace_parent",
    vm_readv_parent: "as ptrace_parent",
    modify_ldt: "of its own process: container engines allow it",
    name_to_handle: "a name for a file that it sees; opening by it is refused",
    vmsplice: "container engines allow it",
    seccomp_load: "can only take away from itself",
    landlock_load: "can only take away from itself",
    sysv_new: "of its own ipc namespace",
    memfd_exec: "runs what it could run as well from memory; no rights come with it",
  },
};
// Refused by one layer alone: without it one of them must succeed, or the layer is not there.
const layers = {
  landlock: ["tcp_bind"],
  seccomp: ["unshare_user", "keyctl", "io_uring", "setuid_chmod", "memfd_exec", "tiocsti"],
  mount: ["list_outside", "secret"],
  pid: ["learn_of_process"],
  uts: ["machine_name"],
  net: ["udp_loopback"],
  user: ["owners_outside"],
  cgroup: ["control_group_path"],
  ipc: ["sysv_outside"],
};
// What each is called for: with allow there is a network of a kind, which must open nothing else.
const variants = { runtime: ["--profile", "runtime"], "runtime, allow": ["--profile", "runtime", "--allow", "api.example:443"],
  compat: ["--profile", "compat"], none: ["--profile", "none"] };
// runtime's filter stops System V memory too.
const seenBy = { ipc: "compat" };

const scene = mkdtempSync("/var/tmp/mcp-probe-scene-");
chmodSync(scene, 0o755);
writeFileSync(join(scene, "secret"), "secret\n", { mode: 0o644 });
mkdirSync(join(scene, "writable"));
chmodSync(join(scene, "writable"), 0o777);
const bystander = spawn("sleep", ["3600"], { stdio: "ignore" });
const strays = ["/dev/shm", "/tmp"].map((folder) => join(folder, `mcp-probe-${bystander.pid}`));
for (const path of strays) writeFileSync(path, "x", { mode: 0o644 });
const listening = (server, ...where) => new Promise((resolve) => server.listen(...where, () => resolve(server)));
const abstractName = `mcp-probe-${process.pid}`;
const servers = [
  await listening(createServer(), 0, "127.0.0.1"),
  await listening(createServer(), join(scene, "socket")),
];
chmodSync(join(scene, "socket"), 0o777);
const shmKey = 0x4d000000 + (process.pid & 0xffffff);
spawnSync("perl", ["-e", `shmget(${shmKey}, 4096, 01666) // die`]);

after(() => {
  bystander.kill("SIGKILL");
  for (const server of servers) server.close();
  for (const path of [scene, ...strays]) rmSync(path, { recursive: true, force: true });
  spawnSync("ipcrm", ["-M", `0x${shmKey.toString(16)}`]);
});

// Runs the probes; null: this machine cannot.
function run(user, profile, without = []) {
  const inner = [runner, "--pty", "--abstract", abstractName, ...variants[profile], ...without.flatMap((layer) => ["--without", layer])];
  if (profile !== "none") inner.push("--read", probes);
  inner.push("--", probes, scene, String(bystander.pid), String(servers[0].address().port), abstractName, String(shmKey), hostname());
  const argv = user === "root" ? inner : ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", ...inner];
  const stdio = ["ignore", "pipe", "pipe", ...Array(6).fill("ignore"), openSync(join(scene, "secret"), "r")];
  const done = spawnSync(argv[0], argv.slice(1), { stdio, cwd: "/", env: { ...process.env, MCP_CANARY: "seen" } });
  const stderr = String(done.stderr);
  if (done.status === 77) return { skipped: stderr.trim() };
  assert.equal(done.status, 0, `${user} ${profile} ${without}: ${stderr}`);
  return Object.fromEntries(String(done.stdout).trim().split("\n").map((line) => line.split(" ")));
}

const root = process.getuid() === 0;
const users = root ? ["root", "65534"] : ["self"];
if (!root) console.log("SKIP: as root: this is not root");
const asUser = (user) => (user === "self" ? "root" : user);
const control = Object.fromEntries(users.map((user) => [user, run(asUser(user), "none")]));
const names = Object.keys(control[users[0]]);
const counted = names.filter((name) => users.some((user) => control[user][name] === "ALLOW"));
const inside = {};
const shut = Object.keys(justified);
for (const user of users) for (const profile of shut) inside[`${profile} ${user}`] = run(asUser(user), profile);
const unavailable = Object.values(inside).find((column) => column.skipped)?.skipped;

test("the table", () => {
  const columns = { ...Object.fromEntries(users.map((user) => [`control ${user}`, control[user]])), ...inside };
  const heads = Object.keys(columns);
  console.log(["probe".padEnd(20), ...heads.map((head) => head.padEnd(22))].join(""));
  for (const name of names) {
    const cells = heads.map((head) => String(columns[head][name] ?? "-").padEnd(22));
    console.log([name.padEnd(20), ...cells, counted.includes(name) ? "" : "void"].join(""));
  }
  console.log(`${names.length} probes, ${counted.length} counted, ${names.length - counted.length} void`);
  assert.ok(names.length >= 110, `${names.length} probes`);
  // An ordinary user alone cannot do enough for so many controls.
  if (root) assert.ok(counted.length >= 95, `${counted.length} probes count`);
  assert.ok(Object.keys(justified.runtime).length <= 3, "at most three are let through by default");
});

// Before Linux 5.14 an ordinary user's processes were not counted by namespace: then it takes a control group, and
// where none can be made it is reported as degraded.
const [major, minor] = release().split(".").map(Number);
const countsByNamespace = major > 5 || (major === 5 && minor >= 14);
const uncounted = (user) => (user === "root" || countsByNamespace ? [] : ["many_processes"]);

for (const user of users) {
  for (const profile of shut) {
    test(`${profile}, as ${user}: nothing unforeseen works`, (context) => {
      const column = inside[`${profile} ${user}`];
      if (column.skipped) return context.skip(column.skipped);
      const allowed = names.filter((name) => column[name] === "ALLOW" && !(name in justified[profile]));
      assert.deepEqual(allowed.filter((name) => !uncounted(user).includes(name)), []);
      assert.deepEqual(names.filter((name) => column[name] === "HANG"), []);
      assert.equal(Object.keys(column).length, names.length, "every probe answered");
    });
  }
  for (const [layer, red] of Object.entries(layers)) {
    test(`as ${user}, without ${layer}: the probes that it alone stops work`, (context) => {
      if (unavailable) return context.skip(unavailable);
      if (layer === "user" && user !== "root") return context.skip("an ordinary user's other namespaces are made with it");
      if (red.every((name) => !counted.includes(name))) return context.skip(`${red} shows nothing here: its control fails`);
      const column = run(asUser(user), seenBy[layer] ?? "runtime", [layer]);
      const opened = red.filter((name) => column[name] === "ALLOW");
      console.log(`without ${layer}: ${names.filter((name) => column[name] === "ALLOW").join(" ")}`);
      assert.ok(opened.length > 0, `${red}: ${red.map((name) => column[name])}`);
    });
  }
}

test("a layer that there is not is refused", () => {
  const done = spawnSync(runner, ["--without", "nonsense", "--", "true"], { encoding: "utf8" });
  assert.equal(done.status, 2);
  assert.match(done.stderr, /there is no layer "nonsense"/);
});
