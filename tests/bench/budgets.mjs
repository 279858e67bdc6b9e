// The budgets of a run: each a figure, its bound, and whether it holds. Ratios are of figures of the same run.
const inKb = { mb: 1024 };

export function finder(results) {
  return (wanted) =>
    results.find((line) => !line.skipped && Object.entries(wanted).every(([key, value]) => line[key] === value));
}

const kinds = (target, era, sessions) => ({ kind: "load", target, era, sessions });

export function budgets(results) {
  const find = finder(results);
  const list = [];
  // figure: nullish when a part of it was not run.
  // profile: whose time would explain a miss, { target, era, sessions, against? }.
  const hold = (what, figure, bound, atMost = true, unit = "", profile = null) => {
    const known = figure !== undefined && figure !== null && Number.isFinite(figure);
    const verdict = !known ? "not run" : (atMost ? figure <= bound : figure >= bound) ? "PASS" : "miss";
    list.push({ what, figure: known ? Math.round(figure * 100) / 100 : null, bound: `${atMost ? "≤" : "≥"} ${bound}${unit}`, unit, verdict, profile });
  };
  const ratio = (a, b, of) => (a && b ? of(a) / of(b) : null);
  const cpu = (line) => line.cpu_us_per_call.all;
  const overNginx = (target) => ({ target, era: "legacy", sessions: 64, against: "nginx-static" });
  const nginx = find(kinds("nginx-static", "legacy", 64));
  hold("echo over HTTP, CPU a request over nginx's", ratio(find(kinds("http-core", "legacy", 64)), nginx, cpu), 1.15, true, " ×", overNginx("http-core"));
  hold("… of the gateway's built-in echo, a whole call", ratio(find(kinds("builtin", "legacy", 64)), nginx, cpu), 2, true, " ×", overNginx("builtin"));
  hold("… with a token checked", ratio(find(kinds("secured", "legacy", 64)), nginx, cpu), 2, true, " ×", overNginx("secured"));
  for (const era of ["legacy", "modern"]) {
    for (const sessions of [16, 64]) {
      const line = find(kinds("native", era, sessions));
      hold(`native stdio server, ${sessions} ${era} sessions, calls a second`, line?.calls_per_second, 25_000, false, "", { target: "native", era, sessions });
      hold(`native stdio server, ${sessions} ${era} sessions, CPU a call`, line && cpu(line), 50, true, " µs", { target: "native", era, sessions });
    }
  }
  const own = find(kinds("everything-http", "legacy", 16));
  const rate = (line) => line.calls_per_second;
  hold("server-everything over stdio, calls a second over its own HTTP mode's", ratio(find(kinds("everything", "legacy", 16)), own, rate), 5, false, " ×");
  for (const era of ["legacy", "modern"]) {
    const latency = find(kinds("native", era, 1))?.groups[0].latency_us;
    hold(`one ${era} session, p50 of a whole call`, latency && latency.p50 / 1000, 0.15, true, " ms", { target: "native", era, sessions: 1 });
    hold(`one ${era} session, p99 of a whole call`, latency && latency.p99 / 1000, 0.4, true, " ms", { target: "native", era, sessions: 1 });
    const start = find(kinds("native", era, 64))?.start_us;
    hold(`${era} session start on a warm server, p95`, start && start.p95 / 1000, 1, true, " ms");
  }
  const memory = find(kinds("native", "legacy", 64));
  hold("memory (PSS) at 64 sessions", memory && memory.own.pss_kb / inKb.mb, 15, true, " MB");
  for (const era of ["legacy", "modern"]) {
    const idle = find({ kind: "idle streams", era });
    // Fewer streams than the budget speaks of: what one costs, beyond the gateway itself, so many times.
    const wanted = 10_000;
    const reckoned = idle && idle.streams < wanted ? `, reckoned from ${idle.streams}` : "";
    const full = idle && memory && memory.own.pss_kb + (idle.own.pss_kb - memory.own.pss_kb) * Math.max(1, wanted / idle.streams);
    hold(`memory (PSS) with ${wanted} idle ${era} streams${reckoned}`, full && full / inKb.mb, 60, true, " MB");
  }
  for (const line of results.filter(({ kind, skipped }) => kind === "large" && !skipped)) {
    hold(`memory per result of ${line.size >> 20} MB in flight, ${line.era}, over its size`, heldPerResult(line), 1.2, true, " ×");
  }
  const started = (target) => find({ kind: "start", target })?.ways;
  const echo = started("start-echo");
  hold("a start in the sandbox, over posix_spawn's, fastest of each", echo && (echo.sandbox.min_us - echo.posix_spawn.min_us) / 1000, 2, true, " ms");
  const cold = started("start-native");
  hold("a native server's `initialize` in the sandbox, over a plain one's, fastest of each", cold && (cold.sandbox.min_us - cold.posix_spawn.min_us) / 1000, 5, true, " ms");
  const node = started("start-node");
  hold("node's `initialize` in the sandbox, over one without", node && node.sandbox.min_us / node.posix_spawn.min_us, 1.1, true, " ×");
  return list;
}

// What the gateway's own processes grew by, in sizes of a result, per call in flight: all of them had answers that had
// begun and that nobody read (`--together`).
export const heldPerResult = (line) =>
  ((line.own.peak_rss_kb - line.own_before.rss_kb) * 1024) / (line.sessions * line.size);
