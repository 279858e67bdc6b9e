// Servers that use up what they can: memory, processes, a processor, files, output. Each is contained, the limit is named
// where one looks for it, and a neighbour is answered all the while.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Gateway, check, eventually, run, temporary } from "./harness.mjs";
import { peer } from "./peers.mjs";

const { Client } = peer("@modelcontextprotocol/sdk/client/index.js");
const { StreamableHTTPClientTransport } = peer("@modelcontextprotocol/sdk/client/streamableHttp.js");

const folder = temporary();
const script = join(folder, "greedy.py");
writeFileSync(script, `import json, os, sys, threading, time
def out(message):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\\n"); sys.stdout.flush()
def memory():
    held = []
    while True: held.append(bytearray(1 << 20))
def processes():
    while True:
        if os.fork() == 0: time.sleep(3600)
def processor():
    for _ in range(2):
        if os.fork() == 0:
            while True: pass
    return str(os.getpid())
def disk():
    block = bytes(1 << 20)
    for number in range(10000):
        with open("/tmp/%d" % number, "wb") as file:
            for _ in range(64): file.write(block)
def output():
    line = json.dumps({"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": "x" * 4000}}) + "\\n"
    while True: sys.stdout.write(line)
flooded = {"bytes": 0, "began": 0}
def flood():
    block = b"noise\\n" * 8192
    while True: flooded["bytes"] += os.write(2, block)
def errors():
    flooded["began"] = time.monotonic()
    threading.Thread(target=flood, daemon=True).start()
    return "begun"
def written(): return json.dumps({"bytes": flooded["bytes"], "seconds": time.monotonic() - flooded["began"]})
def garbage():
    while True: sys.stdout.write("x" * 65536)
def answer(m):
    if m["method"] == "initialize":
        return {"protocolVersion": m["params"]["protocolVersion"], "capabilities": {"tools": {}}, "serverInfo": {"name": "greedy", "version": "1"}}
    if m["method"] == "tools/list": return {"tools": [{"name": "take", "inputSchema": {"type": "object"}}]}
    if m["method"] != "tools/call": return {}
    what = m["params"]["arguments"]["what"]
    if what == "nothing": return {"content": [{"type": "text", "text": "well"}]}
    try: text = globals()[what]()
    except OSError as error: return {"isError": True, "content": [{"type": "text", "text": error.strerror}]}
    return {"content": [{"type": "text", "text": text}]}
for line in sys.stdin:
    m = json.loads(line)
    if "id" in m and "method" in m: out({"id": m["id"], "result": answer(m)})
`);
const greedy = (more) => ({ command: "/usr/bin/python3", args: [script], profile: "runtime", read: [folder], ...more });
const explained = await run(["sandbox", "explain", "--json", "--", "sh"]);
const cgroups = explained.code === 0 && JSON.parse(explained.stdout).cgroups;

const servers = {
  neighbour: greedy(),
  memory: greedy({ memory: "64M" }),
  processes: greedy({ pids: 64 }),
  processor: greedy({ cpu: "5%" }),
  disk: greedy({ memory: "512M" }),
  output: greedy({ output: "64K", max_result_bytes: "1M" }),
  garbage: greedy({ max_result_bytes: "1M" }),
  errors: greedy(),
  wall: greedy({ wall: "3s" }),
};

// Takes what there is, while the neighbour is asked again and again; gives what became of the call.
async function taking(name, body) {
  const gateway = await Gateway.start({ config: { servers: { neighbour: servers.neighbour, [name]: servers[name] } } });
  const client = new Client({ name: "contained", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(gateway.url)));
  const take = async (server, what) => {
    const result = await client.callTool({ name: `${server}__take`, arguments: { what } });
    return { isError: result.isError ?? false, text: result.content[0].text };
  };
  const call = (what = name) => take(name, what).catch((error) => ({ isError: true, text: error.message }));
  let over = false;
  const watched = async (promise) => {
    over = false;
    promise.finally(() => (over = true));
    do {
      assert.deepEqual(await take("neighbour", "nothing"), { isError: false, text: "well" });
      await new Promise((resolve) => setTimeout(resolve, 10));
    } while (!over);
    return promise;
  };
  const metric = async (start) => {
    const lines = (await (await fetch(new URL("/metrics", gateway.url))).text()).split("\n");
    return Number(lines.find((line) => line.startsWith(start))?.split(" ").at(-1) ?? 0);
  };
  const ended = (limit) => metric(`mcp_server_ended_by_limit_total{limit="${limit}",server="${name}"}`);
  await body({ gateway, call, watched, metric, ended });
  await client.close();
  assert.deepEqual(await gateway.stop(), { code: 0, signal: null });
}

const contained = (name, needs, body) =>
  check(`${name}: contained and named, the neighbour is well`, async (context) => {
    if (explained.code !== 0) return context.skip(explained.stderr);
    if (needs && cgroups === "none") return context.skip("no control group can be made here");
    await taking(name, body);
  });

contained("memory", true, async ({ call, watched, ended }) => {
  const told = await watched(call());
  assert.match(told.text, /used up its memory/);
  assert.equal(await ended("memory"), 1);
  await eventually(async () => (await call("nothing")).text === "well", "it is back");
});

contained("processes", true, async ({ call, watched, ended, gateway }) => {
  const told = await watched(call());
  // The fork that fails is its own error, or its end.
  assert.match(told.text, /Resource temporarily unavailable|as many processes as it may \(pids\)/);
  assert.ok((await ended("pids")) <= 1);
  assert.match(gateway.stderr, /msg=listening|ready/);
});

contained("processor", true, async ({ gateway, call, watched }) => {
  const told = await call();
  assert.equal(told.isError, false);
  const { pid } = gateway.servers.find((one) => one.name === "processor");
  const groups = readFileSync(`/proc/${pid}/cgroup`, "utf8").split("\n").map((line) => line.split(":"));
  const [, controllers, path] = groups.find(([, names]) => names.split(",").includes("cpu")) ?? groups.find(([, names]) => names === "");
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  const mount = mounts.find((line) => (controllers === "" ? / - cgroup2 /.test(line) : / - cgroup .*\bcpu\b/.test(line)));
  const stat = () => readFileSync(join(mount.split(" ")[4], path, "cpu.stat"), "utf8");
  await watched(eventually(() => Number(/nr_throttled (\d+)/.exec(stat())[1]) >= 2, () => `it is throttled: ${stat()}`));
});

contained("disk", false, async ({ call, watched }) => {
  const told = await watched(call());
  assert.deepEqual(told, { isError: true, text: "No space left on device" });
  assert.equal((await call("nothing")).text, "well");
});

contained("output", false, async ({ call, watched, ended, metric, gateway }) => {
  const told = await watched(call());
  assert.match(told.text, /its output was over 65536 bytes a second for 10 s/);
  assert.equal(await ended("output"), 1);
  assert.ok((await metric('mcp_server_output_held_seconds_total{server="output"}')) > 5);
  assert.match(gateway.stderr, /output held back/);
  await eventually(async () => (await call("nothing")).text === "well", "it is back");
});

contained("garbage", false, async ({ call, watched, ended }) => {
  const told = await watched(call());
  assert.match(told.text, /the limit of one message is 1048576 bytes/);
  assert.equal(await ended("output"), 1);
});

// The pipe itself holds some of it, and so does the gateway's one read.
const [burst, rate, inThePipe] = [16 << 20, 1 << 20, 128 << 10];
contained("errors", false, async ({ call, watched, metric, gateway }) => {
  assert.equal((await call()).text, "begun");
  const held = () => metric('mcp_server_stderr_held_seconds_total{server="errors"}');
  await watched(eventually(async () => (await held()) > 1, "it is held back, and counted"));
  const { bytes, seconds } = JSON.parse((await call("written")).text);
  assert.ok(bytes <= burst + rate * seconds + inThePipe, `${bytes} bytes in ${seconds} s`);
  assert.match(gateway.stderr, /standard error held back: it is a flood" server=errors/);
});

contained("wall", false, async ({ gateway, ended }) => {
  await eventually(() => /its time was up/.test(gateway.stderr + JSON.stringify(gateway.servers)), () => gateway.stderr);
  await eventually(async () => (await ended("wall")) >= 1, "it is counted");
});
