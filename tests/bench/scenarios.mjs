import { token } from "./targets.mjs";

// The runs, in order. Each gives { target, era, sessions, kind, …, driver: options of mcp-bench-driver }.
// What a peer cannot do within a bench's time and memory stands in `omitted`.
const matrix = {
  full: {
    "nginx-static": [1, 16, 64, 1000],
    "nginx-proxy": [1, 16, 64, 1000],
    "http-core": [1, 16, 64, 1000],
    builtin: [1, 16, 64, 1000],
    secured: [1, 16, 64, 1000],
    native: [1, 16, 64, 1000],
    tls: [1, 16, 64, 1000],
    unix: [1, 16, 64, 1000],
    upstream: [1, 16, 64, 1000],
    "everything-http": [1, 16, 64, 1000],
    everything: [1, 16, 64, 1000],
    "mcp-proxy-everything": [1, 16, 64, 1000],
    "supergateway-everything": [1, 16, 64],
    "mcp-proxy-native": [1, 16, 64, 1000],
    "supergateway-native": [1, 16, 64],
  },
  quick: {
    "nginx-static": [64],
    "nginx-proxy": [64],
    "http-core": [64],
    builtin: [1, 64],
    secured: [64],
    native: [1, 16, 64],
    tls: [64],
    unix: [64],
    upstream: [64],
    "everything-http": [16],
    everything: [16],
    "mcp-proxy-everything": [16],
    "supergateway-everything": [1],
    "mcp-proxy-native": [16],
    "supergateway-native": [16],
  },
};

// Of a full run.
export const omitted = [
  {
    target: "supergateway-everything", era: "legacy", sessions: 1000,
    why: "it starts a Node process a session: 1000 of them take minutes and more memory than the machine has",
  },
  {
    target: "supergateway-native", era: "legacy", sessions: 1000,
    why: "it starts a process a session, one after the other, and has a thousand pipes on one loop: its own start would be measured",
  },
];

const times = { full: { warm: 1, seconds: 3 }, quick: { warm: 0.3, seconds: 1 } };
const megabyte = 1 << 20;

function load(mode, target, era, sessions, more = []) {
  const { warm, seconds } = times[mode];
  const words = ["--era", era, "--sessions", sessions, "--warm-up", warm, "--seconds", seconds, ...more];
  return { kind: "load", target, era, sessions, driver: words };
}

function* loads(mode, targets) {
  for (const [target, sizes] of Object.entries(matrix[mode])) {
    for (const sessions of sizes) {
      for (const era of targets[target].eras) yield load(mode, target, era, sessions);
    }
  }
}

function* specials(mode) {
  for (const target of ["native", "builtin", "upstream"]) {
    for (const era of ["legacy", "modern"]) yield { ...load(mode, target, era, 64), kind: "allocations" };
  }
  for (const era of ["legacy", "modern"]) {
    for (const sessions of [1, 64]) yield { ...load(mode, "native", era, sessions, ["--warm-up", 0]), kind: "calls to the system" };
  }
  for (const era of ["legacy", "modern"]) {
    const streams = 10_000;
    const words = ["--idle-streams", streams, "--idle-era", era];
    yield { ...load(mode, "native", "legacy", 1, words), kind: "idle streams", era, streams, fresh: true };
  }
  for (const size of mode === "full" ? [megabyte, 10 * megabyte] : [megabyte]) {
    const words = ["--tool", "large", "--arguments", JSON.stringify({ bytes: size }), "--least-bytes", size, "--together"];
    for (const era of ["legacy", "modern"]) yield { ...load(mode, "native", era, 4, words), kind: "large", size, fresh: true };
  }
  const polite = ["--lanes", 1, "--rate", 300]; // 20 a second each
  const greedy = ["--group", "name=greedy,sessions=1,lanes=256,rate=0"];
  for (const target of ["native", "work", "work-in-turns"]) {
    yield { ...load(mode, target, "legacy", 15, polite), kind: "polite alone" };
    yield { ...load(mode, target, "legacy", 15, [...polite, ...greedy]), kind: "polite beside greedy" };
  }
  // A client of 2026-07-28 is its principal.
  const tokens = ["--token", token.polite];
  const greedyToken = ["--group", `name=greedy,sessions=1,lanes=256,rate=0,token=${token.greedy}`];
  yield { ...load(mode, "work-of-two", "modern", 15, [...polite, ...tokens]), kind: "polite alone" };
  yield { ...load(mode, "work-of-two", "modern", 15, [...polite, ...tokens, ...greedyToken]), kind: "polite beside greedy" };
  for (const target of ["native", "everything"]) {
    const rate = target === "native" ? 5000 : 2000;
    yield { ...load(mode, target, "legacy", 64, ["--rate", rate]), kind: "open loop", rate };
  }
}

export function scenarios(mode, targets, only) {
  const all = [...loads(mode, targets), ...specials(mode)];
  // Runs against the same target stand together, so that it is started once.
  const order = Object.keys(targets);
  const wanted = all.filter(({ target }) => only.length === 0 || only.includes(target));
  return wanted.sort((a, b) => order.indexOf(a.target) - order.indexOf(b.target));
}
