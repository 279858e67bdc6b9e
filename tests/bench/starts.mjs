// What a start costs: a program that speaks at once, and servers until they have answered `initialize`; by posix_spawn, in
// the sandbox, in bubblewrap. One result a program: { kind: "start", target, what, ways: { posix_spawn, sandbox, bwrap? } }.
import { join } from "node:path";

import { output } from "./processes.mjs";
import { everything, node, peers, pythonServer } from "./targets.mjs";

const hello = { jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "bench", version: "1" } } };
const initialize = ["--input", JSON.stringify(hello)];
const repeats = { full: { fast: 200, slow: 20 }, quick: { fast: 50, slow: 5 } };

// Those that --only may name.
export const startPrograms = {
  "start-echo": { what: "`/usr/bin/echo`, to its first byte", pace: "fast", words: () => ["--", "/usr/bin/echo", "hello"] },
  "start-native": {
    what: "native echo server, to its answer to `initialize`",
    pace: "fast",
    words: ({ build }) => [...initialize, "--", join(build, "mcp-native-echo")],
  },
  "start-python": {
    what: "Python server, to its answer to `initialize`",
    pace: "slow",
    words: (place) => {
      const script = pythonServer(place);
      return [...initialize, "--read", script, "--", "/usr/bin/python3", script];
    },
  },
  "start-node": {
    what: "server-everything (node), to its answer to `initialize`",
    pace: "slow",
    words: () => [...initialize, "--read", peers, "--", node, everything, "stdio"],
  },
};

export async function starts(mode, place, only, onResult) {
  for (const [target, { what, pace, words }] of Object.entries(startPrograms)) {
    if (only.length > 0 && !only.includes(target)) continue;
    const result = { kind: "start", target, what };
    try {
      const line = await output(join(place.build, "mcp-bench-starts"), ["--repeat", String(repeats[mode][pace]), ...words(place)]);
      onResult({ ...result, ways: JSON.parse(line) });
    } catch (error) {
      onResult({ ...result, skipped: error.message });
    }
  }
}
