// run.mjs FILE.dialogue …: plays each dialogue against its own `mcp serve` and reports the first line that does not
// come true. MCP_BINARY names the binary (default build/mcp). DIALOGUE_TRACE=1 prints the steps as they are played.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { parseDialogue } from "./runner/dialogue.mjs";
import { Gateway } from "./runner/gateway.mjs";
import { Player } from "./runner/player.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "../..");
const binary = path.resolve(process.env.MCP_BINARY ?? path.join(root, "build/mcp"));
const STDERR_LINES = 15;

// undefined when the dialogue came true, else what did not.
async function play(file) {
  const text = readFileSync(file, "utf8");
  const { setup, steps } = parseDialogue(path.basename(file), text);
  const gateway = new Gateway(binary, setup);
  let player;
  let where = "before the first line";
  try {
    await gateway.start();
    if (!/^(exit|stderr) /.test(steps[0].lines?.[0].text ?? "")) await gateway.ready();
    player = new Player(gateway);
    for (const step of steps) {
      player.line = step.line;
      if (process.env.DIALOGUE_TRACE) console.error(`  ${step.line}: ${text.split("\n")[step.line - 1]}`);
      await player.play(step);
    }
    where = "after the last line";
    const more = player.leftover();
    if (more) throw new Error(`nobody expected ${more}`);
    player.closeAll();
    player = undefined;
    const bad = await gateway.stop();
    if (bad) throw new Error(bad);
    return undefined;
  } catch (why) {
    const line = player?.line;
    if (line) where = `line ${line}: ${text.split("\n")[line - 1]}`;
    player?.closeAll();
    await gateway.stop().catch(() => gateway.child?.kill("SIGKILL"));
    const said = gateway.err.bytes.toString().trimEnd().split("\n").slice(-STDERR_LINES).join("\n    ");
    return `${where}\n  ${why.constructor === Error || why.constructor.name === "Failure" ? why.message : why.stack}\n  mcp said:\n    ${said}`;
  } finally {
    gateway.remove();
  }
}

const files = process.argv.slice(2);
if (files.length === 0 || !existsSync(binary)) {
  console.error(files.length === 0 ? "usage: run.mjs FILE.dialogue …" : `no ${binary}`);
  process.exit(2);
}
let failed = 0;
for (const file of files) {
  const wrong = await play(file);
  console.log(wrong ? `FAILED ${path.basename(file)} ${wrong}` : `ok     ${path.basename(file)}`);
  if (wrong) ++failed;
}
console.log(`${files.length - failed} came true, ${failed} did not`);
process.exit(failed === 0 ? 0 : 1);
