// The official Inspector's CLI, in each of its eras, through `mcp serve`.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Gateway, check, environment, temporary, within } from "./harness.mjs";
import { everything, filesystem, memory, node, packages, v2Server } from "./peers.mjs";

const notes = join(temporary(), "notes");
mkdirSync(notes);
writeFileSync(join(notes, "hello.txt"), "hello from a file\n");
const home = temporary();
const document = "demo://resource/static/document/features.md";

const remote = v2Server("--http");
const upstream = spawn(remote.command, remote.args, { stdio: ["pipe", "pipe", "inherit"], env: environment(temporary()) });
const url = await within(
  new Promise((resolve) => upstream.stdout.once("data", (line) => resolve(String(line).trim()))), "the v2 HTTP server");

const gateway = await Gateway.start({
  config: {
    servers: {
      everything: everything(),
      filesystem: filesystem(notes),
      memory: memory(join(temporary(), "memory.jsonl")),
      piped: v2Server(),
      remote: { url },
    },
  },
});

// The Inspector on our endpoint: what it prints, parsed.
async function inspect(era, method, ...words) {
  const script = join(packages, ".bin/mcp-inspector");
  const target = ["--cli", gateway.url, "--transport", "http", "--protocol-era", era, "--format", "json", "-q"];
  const child = spawn(node, [script, ...target, "--method", method, ...words], {
    cwd: home,
    env: environment(home, { PATH: `${join(node, "..")}:${process.env.PATH}` }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) child[name].setEncoding("utf8").on("data", (chunk) => (output[name] += chunk));
  const closed = new Promise((resolve) => child.on("close", (code) => resolve(code)));
  try {
    const code = await within(closed, `the Inspector's ${method}`);
    assert.equal(code, 0, `${method}: ${output.stderr}${output.stdout}`);
  } finally {
    child.kill("SIGKILL");
  }
  const answer = JSON.parse(output.stdout);
  return answer.result ?? answer;
}

const textOf = (result) => result.content.map((block) => block.text ?? "").join("\n");
const tool = (name, ...pairs) => ["--tool-name", name, ...pairs.flatMap((pair) => ["--tool-arg", pair])];

for (const era of ["legacy", "auto", "modern"]) {
  check(`${era}: lists tools, resources, templates and prompts of all servers`, async () => {
    const [tools, resources, templates, prompts] = await Promise.all([
      inspect(era, "tools/list"),
      inspect(era, "resources/list"),
      inspect(era, "resources/templates/list"),
      inspect(era, "prompts/list"),
    ]);
    const names = tools.tools.map((one) => one.name);
    const wanted = ["everything__echo", "filesystem__read_text_file", "memory__read_graph", "piped__greet", "remote__greet"];
    assert.deepEqual(wanted.filter((name) => !names.includes(name)), []);
    const uris = resources.resources.map((one) => one.uri);
    assert.ok(uris.includes(document) && uris.includes("fixture://note"));
    const patterns = templates.resourceTemplates.map((one) => one.uriTemplate);
    assert.ok(patterns.includes("demo://resource/dynamic/text/{resourceId}") && patterns.includes("fixture://item/{id}"));
    const asked = prompts.prompts.map((one) => one.name);
    assert.ok(asked.includes("everything__args-prompt") && asked.includes("remote__hello"));
  });

  check(`${era}: calls a tool of each server`, async () => {
    const file = join(notes, "hello.txt");
    const served = era === "legacy" ? "legacy" : "modern";
    const [echo, text, graph, piped, distant] = await Promise.all([
      inspect(era, "tools/call", ...tool("everything__echo", "message=hi")),
      inspect(era, "tools/call", ...tool("filesystem__read_text_file", `path=${file}`)),
      inspect(era, "tools/call", ...tool("memory__read_graph")),
      inspect(era, "tools/call", ...tool("piped__greet", "name=Ada")),
      inspect(era, "tools/call", ...tool("remote__region", "region=eu")),
    ]);
    assert.equal(textOf(echo), "Echo: hi");
    assert.match(textOf(text), /hello from a file/);
    assert.deepEqual(graph.structuredContent, { entities: [], relations: [] });
    assert.equal(textOf(piped), `hello Ada of the ${served} era`);
    assert.equal(textOf(distant), "region eu");
  });

  check(`${era}: reads resources and gets prompts`, async () => {
    const words = ["--prompt-name", "everything__args-prompt", "--prompt-args", "city=Ulm"];
    const hello = ["--prompt-name", "piped__hello", "--prompt-args", "who=Ada"];
    const [read, item, prompt, greeting] = await Promise.all([
      inspect(era, "resources/read", "--uri", document),
      inspect(era, "resources/read", "--uri", "fixture://item/one"),
      inspect(era, "prompts/get", ...words),
      inspect(era, "prompts/get", ...hello),
    ]);
    assert.match(read.contents[0].text, /Everything Server/i);
    assert.equal(item.contents[0].text, "item one");
    assert.equal(prompt.messages[0].content.text, "What's weather in Ulm?");
    assert.equal(greeting.messages[0].content.text, "Say hello to Ada");
  });
}

check("SIGTERM ends the gateway with status 0 and leaves no process", async () => {
  assert.deepEqual(await gateway.stop(), { code: 0, signal: null });
  upstream.stdin.end();
});
