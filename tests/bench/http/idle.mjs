// What an idle connection costs a server: opens them, waits until its memory stands still, prints the bytes for each.
// usage: node idle.mjs PID PORT [COUNT] [silent|kept|tls]
//   silent: they say nothing; kept: each had one answer; tls: each had one answer over TLS
import { readFileSync } from "node:fs";
import net from "node:net";
import tls from "node:tls";

const [pid, port, count = "5000", kind = "silent"] = process.argv.slice(2);

// Private memory only: the client's kernel buffers are not the server's.
const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))[1]) * 1024;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const request = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

function open() {
  return new Promise((resolve, reject) => {
    const options = { port: Number(port), host: "127.0.0.1", rejectUnauthorized: false };
    const socket = kind === "tls" ? tls.connect(options, opened) : net.connect(options, opened);
    function opened() {
      if (kind === "silent") return resolve(socket);
      socket.once("data", () => resolve(socket));
      socket.write(request);
    }
    socket.once("error", reject);
  });
}

async function settled() {
  let before = -1;
  for (let now = memory(); now !== before; now = memory()) {
    before = now;
    await pause(2500); // longer than a connection takes to give its memory back
  }
  return before;
}

const warm = [];
for (let i = 0; i < 50; i++) warm.push(await open()); // the allocator's first pages are nobody's
const before = await settled();
const sockets = [];
while (sockets.length < Number(count)) {
  sockets.push(...(await Promise.all(Array.from({ length: 50 }, open))));
  if (kind !== "silent") await pause(100); // all at once, all would hold their memory at once
}
const after = await settled();
console.log(`${kind}: ${sockets.length} connections, ${Math.round((after - before) / sockets.length)} bytes each`);
process.exit(0);
