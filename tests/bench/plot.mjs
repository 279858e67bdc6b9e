// Bars as SVG, on their own: no library, no script, readable on white and on black.
const escape = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;");

// bars: [{ label, value, ours }]; the longest fills the width.
export function barChart({ title, unit, bars, digits = 0 }) {
  const height = 22;
  const left = 330;
  const width = 860;
  const most = Math.max(...bars.map(({ value }) => value), 1e-9);
  const room = width - left - 110;
  const rows = bars.map(({ label, value, ours }, index) => {
    const y = 44 + index * height;
    const length = Math.max(1, (value / most) * room);
    const figure = value.toLocaleString("en", { maximumFractionDigits: digits });
    return (
      `<text x="${left - 8}" y="${y + 14}" text-anchor="end">${escape(label)}</text>` +
      `<rect x="${left}" y="${y + 2}" width="${length.toFixed(1)}" height="${height - 6}" fill="${ours ? "#2b7de9" : "#8a8f98"}"/>` +
      `<text x="${left + length + 6}" y="${y + 14}">${figure} ${escape(unit)}</text>`
    );
  });
  const bottom = 56 + bars.length * height;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${bottom}" width="${width}" height="${bottom}" ` +
    `font-family="sans-serif" font-size="12" fill="#6a6f78" role="img" aria-label="${escape(title)}">\n` +
    `<text x="${left}" y="22" font-size="14" font-weight="bold">${escape(title)}</text>\n${rows.join("\n")}\n</svg>\n`
  );
}

const isRaw = (line) => line.target.startsWith("nginx") || line.target === "http-core";
const isOurs = (line) => /^(mcp serve|…|our)/.test(line.what);

function bars(run, fits, value) {
  return run.results
    .filter((line) => line.kind === "load" && !line.skipped && fits(line))
    .map((line) => ({
      label: isRaw(line) ? line.what : `${line.what}, ${line.era}`,
      value: value(line),
      ours: isOurs(line),
    }));
}

// file name: chart. Each target at the largest number of sessions that all of its kind were run with.
export function charts(run) {
  const nodeSessions = 16;
  const fast = (line) => line.sessions === 64 && !line.target.includes("everything") && !line.target.includes("proxy-native");
  const node = (line) => line.sessions === nodeSessions && (line.target.includes("everything") || line.target.endsWith("-native"));
  return {
    "performance-rate.svg": barChart({
      title: "Calls a second, 64 sessions", unit: "", bars: bars(run, fast, (line) => line.calls_per_second),
    }),
    "performance-cpu.svg": barChart({
      title: "CPU a call, 64 sessions, servers included", unit: "µs", digits: 1, bars: bars(run, fast, (line) => line.cpu_us_per_call.all),
    }),
    "performance-peers.svg": barChart({
      title: `Calls a second beside the npm gateways, ${nodeSessions} sessions`, unit: "",
      bars: bars(run, (line) => node(line) || (line.target === "native" && line.sessions === nodeSessions), (line) => line.calls_per_second),
    }),
    "performance-latency.svg": barChart({
      title: "p99 of a call, one session", unit: "ms", digits: 2, bars: bars(run, (line) => line.sessions === 1, (line) => line.groups[0].latency_us.p99 / 1000),
    }),
  };
}
