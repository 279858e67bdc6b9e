// What the fault tests share: a gateway with a good neighbour beside the faulty ones, calls that carry a nonce and are
// answered exactly once, and the resources that have to be what they were when a fault is over.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";

import { Gateway, check, commandOf, eventually, hostPid, processesOf, within } from "./harness.mjs";
import { RawSession, accepts, send } from "./raw_http.mjs";

const program = process.env.MCP_FAULTY;
const sanitized = (process.env.MCP_SANITIZE ?? "") !== "";

// A stdio server of tests/fixtures/faulty as a configuration entry.
export const faulty = (fault, more = {}) => ({ command: program, args: [fault], ...more });

// What a gateway may hold more than at the start when everything is over: pages that the allocator keeps.
const slack = 16 << 20;

// Descriptors of the gateway and of the helpers that watch its children, not of the children.
function descriptorsOf(gateway) {
  return processesOf(gateway.home)
    .filter((pid) => commandOf(pid).includes(" serve --json "))
    .map((pid) => {
      try {
        return readdirSync(`/proc/${pid}/fd`).length;
      } catch {
        return 0; // gone meanwhile
      }
    })
    .reduce((sum, count) => sum + count, 0);
}
const memoryOf = (gateway) =>
  1024 * Number(/^Pss: +(\d+) kB/m.exec(readFileSync(`/proc/${gateway.child.pid}/smaps_rollup`, "utf8"))[1]);

const resourcesOf = (gateway) => ({
  processes: processesOf(gateway.home).length,
  descriptors: descriptorsOf(gateway),
  memory: memoryOf(gateway),
});

// The responses on an answer that has ended, however it came.
function responsesOf(answer) {
  const streamed = (answer.headers["content-type"] ?? "").startsWith("text/event-stream");
  const messages = streamed ? answer.events.map((event) => event.message).filter(Boolean) : [JSON.parse(answer.body)].flat();
  return messages.filter((message) => "result" in message || "error" in message);
}

// The one response that a call was given: a result with its nonce, or an error. Anything else is a failure.
async function onlyResponse(posted, id, nonce) {
  const answer = await posted;
  await answer.end();
  const responses = responsesOf(answer);
  assert.equal(responses.length, 1, `one response to ${id}: ${JSON.stringify(responses)}`);
  const [response] = responses;
  assert.equal(response.id, id);
  if (response.error) {
    assert.equal(typeof response.error.code, "number");
    assert.ok(response.error.message, "an error says something");
  } else {
    const text = response.result.content.map((block) => block.text).join("");
    assert.ok(text === nonce, `the answer to ${nonce.slice(0, 40)} has ${text.slice(0, 40)}`);
  }
  return response;
}

// A request of the modern era: {headers, body}.
export function modernRequest(id, method, params, name) {
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": { name: "scene", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const headers = { ...accepts, "mcp-protocol-version": "2026-07-28", "mcp-method": method };
  if (name) headers["mcp-name"] = name;
  return { headers, body: JSON.stringify({ jsonrpc: "2.0", id, method, params: { ...params, _meta } }) };
}
export const legacyCall = (session, id, name, nonce) => ({
  headers: session.headers,
  body: JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: { nonce } } }),
});

// A request on a connection of its own that nobody reads: the socket. socket.connected resolves.
export function post(url, { method = "POST", headers, body }, options = {}) {
  const { hostname, host, port, pathname } = new URL(url);
  const socket = connect({ host: hostname, port, ...options });
  socket.connected = new Promise((resolve) => socket.once("connect", resolve));
  socket.on("error", () => {});
  socket.pause();
  const fields = Object.entries({ "content-length": Buffer.byteLength(body), ...headers, host });
  socket.write(`${method} ${pathname} HTTP/1.1\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`);
  return socket;
}

// A client of either era. call() resolves to the one response of a call.
export class LegacyCaller {
  static async open(url) {
    const caller = new LegacyCaller();
    caller.session = await RawSession.open(url);
    return caller;
  }
  // {id, nonce, posted}: under way.
  begin(name, args = {}) {
    const nonce = args.nonce ?? randomUUID();
    const posted = this.session.call(name, { ...args, nonce });
    return { id: this.session.lastId, nonce, posted };
  }
  async call(name, args) {
    const { id, nonce, posted } = this.begin(name, args);
    return onlyResponse(posted, id, nonce);
  }
  async close() {
    await (await send(this.session.url, "DELETE", this.session.headers)).end();
  }
}

export class ModernCaller {
  #id = 0;
  constructor(url) {
    this.url = url;
  }
  begin(name, args = {}) {
    const nonce = args.nonce ?? randomUUID();
    const id = args.id ?? ++this.#id;
    const { headers, body } = modernRequest(id, "tools/call", { name, arguments: { nonce } }, name);
    return { id, nonce, posted: send(this.url, "POST", headers, body) };
  }
  async call(name, args) {
    const { id, nonce, posted } = this.begin(name, args);
    return onlyResponse(posted, id, nonce);
  }
  async close() {}
}

// Calls a good server all the time, one call after the other.
class Neighbour {
  answered = 0;
  #going = true;

  constructor(caller) {
    this.over = this.#run(caller);
    this.over.catch(() => {}); // stop() tells
  }
  async #run(caller) {
    while (this.#going) {
      const response = await caller.call("neighbour__echo");
      assert.ok(response.result, `the neighbour is called: ${JSON.stringify(response.error)}`);
      this.answered += 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  async stop() {
    this.#going = false;
    await within(this.over, "the neighbour's last call");
    assert.ok(this.answered > 0, "the neighbour was called meanwhile");
  }
}

// A gateway with `servers` and the neighbour, and a caller of each era (legacy: false: no session stays open). check() is
// one fault: while it happens the neighbour is called, and when it is over everything is what it was at the start.
export class Scene {
  static async open({ servers, serve = {}, legacy = true }) {
    const scene = new Scene();
    const config = { serve: { drain_deadline: "1s", ...serve }, servers: { neighbour: faulty("none"), ...servers } };
    scene.gateway = await new Gateway({ config }).listening();
    await scene.#up();
    scene.modern = new ModernCaller(scene.gateway.url);
    await scene.modern.call("neighbour__echo");
    if (legacy) scene.legacy = await LegacyCaller.open(scene.gateway.url);
    scene.start = await scene.#quiet();
    return scene;
  }

  // Every server that can be is ready.
  #up() {
    return eventually(
      () => this.gateway.servers.length > 0 && this.gateway.servers.every((one) => one.state === "ready"),
      () => `all servers are ready: ${JSON.stringify(this.gateway.servers, null, 1)}`,
    );
  }

  // The resources once two looks in a row agree on what can be counted.
  async #quiet() {
    let last;
    return eventually(async () => {
      const now = resourcesOf(this.gateway);
      const same = last && now.processes === last.processes && now.descriptors === last.descriptors;
      last = now;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return same && now;
    }, "the gateway is at rest");
  }

  async #asAtTheStart() {
    const { start } = this;
    let now;
    const back = () => {
      now = resourcesOf(this.gateway);
      const counted = now.processes === start.processes && now.descriptors === start.descriptors;
      return counted && (sanitized || now.memory <= start.memory + slack);
    };
    await eventually(back, () => `the resources of the start: ${JSON.stringify({ start, now })}`);
  }

  check(name, body) {
    return check(name, async (context) => {
      const neighbour = new Neighbour(this.modern);
      try {
        await body(context);
        if (neighbour.answered === 0) await eventually(() => neighbour.answered > 0, "the neighbour is answered");
      } finally {
        await neighbour.stop();
      }
      await this.#up();
      await this.#asAtTheStart();
    });
  }

  // A call of a faulty server that must end with an error that names the server.
  async refused(caller, server, tool = "act", args = {}) {
    const response = await caller.call(`${server}__${tool}`, args);
    assert.ok(response.error, `${server} has no answer: ${JSON.stringify(response).slice(0, 200)}`);
    assert.ok(response.error.message.includes(server), `the error names the server: ${response.error.message}`);
    return response.error.message;
  }

  // A call that ends well, now or when the server is back.
  async well(caller, server, tool = "echo", args = {}) {
    return eventually(async () => (await caller.call(`${server}__${tool}`, args)).result, `${server} answers`);
  }

  // The one response of a call whose text is not its nonce.
  async response(caller, name) {
    const responses = responsesOf(await (await caller.begin(name).posted).end());
    assert.equal(responses.length, 1, `one response: ${JSON.stringify(responses).slice(0, 200)}`);
    return responses[0];
  }

  // The process that serves the legacy caller as `server`.
  async pidOf(server) {
    const { result } = await this.response(this.legacy, `${server}__pid`);
    return Number(hostPid(result?.content[0].text));
  }

  async stop() {
    await this.legacy?.close();
    assert.deepEqual(await this.gateway.stop(), { code: 0, signal: null });
  }
}
