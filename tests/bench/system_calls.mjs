// What a call costs in calls to the kernel, counted by strace. Sessions are opened under it too, but among thousands of
// calls that is nothing; everything is slower, so that only the numbers of calls are used.
import { spawn } from "node:child_process";
import { once } from "node:events";

// strace's table: "% time seconds usecs/call calls errors syscall"; errors may be missing.
export function parseTable(text) {
  const counts = {};
  for (const line of text.split("\n")) {
    const words = line.trim().split(/\s+/);
    if (words.length < 5 || !/^[0-9.]+$/.test(words[0]) || words.at(-1) === "total") continue;
    counts[words.at(-1)] = Number(words[3]);
  }
  return counts;
}

export async function systemCalls(up, run) {
  const child = spawn("strace", ["-f", "-c", "-p", String(up.pid)], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (bytes) => (said += bytes));
  const ended = new Promise((resolve) => {
    child.once("close", resolve);
    child.once("error", (error) => ((said = error.message), resolve()));
  });
  while (!said.includes("attached") && child.exitCode === null && child.pid !== undefined) await once(child.stderr, "data");
  const line = await run();
  child.kill("SIGINT");
  await ended;
  const counts = parseTable(said);
  const perCall = Object.entries(counts)
    .map(([name, count]) => [name, Math.round((count / line.calls) * 100) / 100])
    .filter(([, count]) => count >= 0.01);
  if (perCall.length === 0) throw new Error(`strace counted nothing: ${said.trim().split("\n")[0]}`);
  return { ...line, system_calls_per_call: Object.fromEntries(perCall.sort((a, b) => b[1] - a[1])) };
}
