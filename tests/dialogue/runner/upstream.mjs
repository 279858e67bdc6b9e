// A server behind the gateway whose part the dialogue speaks: over stdio (a child that only passes bytes on to us)
// or over HTTP. A "legacy" or "modern" one answers the handshake and its lists by itself; "by hand" answers nothing.
import http from "node:http";
import net from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { Failure, Inbox, item } from "./inbox.mjs";
import { memberOf, parse } from "./pattern.mjs";

const BRIDGE = path.join(path.dirname(fileURLToPath(import.meta.url)), "bridge.mjs");
const LISTS = { "tools/list": "tools", "prompts/list": "prompts", "resources/list": "resources", "resources/templates/list": "templates" };
const MEMBERS = { templates: "resourceTemplates" };
const MODERN = '"resultType":"complete","ttlMs":0,"cacheScope":"private"';

const textOf = (node) => (node?.kind === "string" ? node.value : undefined);

export class Upstream {
  inbox = new Inbox();
  closedCount = 0;
  startCount = 0;
  knownStarts = 0;

  constructor(declared) {
    this.name = declared.name;
    this.says = declared.says;
    this.extra = declared.toml;
    this.era = /^(legacy|modern|by hand)/.exec(declared.kind)?.[1];
    this.isHttp = /\bhttp$/.test(declared.kind);
    if (!this.era) throw new SyntaxError(`server ${declared.name}: unknown kind "${declared.kind}"`);
  }

  get answersByItself() {
    return this.era !== "by hand";
  }

  async start(folder) {
    this.listener = this.isHttp ? http.createServer((request, response) => this.#asked(request, response)) : net.createServer((socket) => this.#joined(socket));
    const address = this.isHttp ? { port: 0, host: "127.0.0.1" } : { path: path.join(folder, `${this.name}.sock`) };
    await new Promise((resolve) => this.listener.listen(address, resolve));
    const where = this.listener.address();
    this.toml = this.isHttp
      ? [`url = "http://127.0.0.1:${where.port}/mcp"`]
      : [`command = ${JSON.stringify(process.execPath)}`, `args = [${JSON.stringify(BRIDGE)}, ${JSON.stringify(where)}]`, `read = [${JSON.stringify(where)}]`];
    if (!this.extra.some((line) => line.startsWith("prefix"))) this.toml.push('prefix = ""');
    this.toml.push(...this.extra);
  }

  stop() {
    this.listener.close();
    this.listener.closeAllConnections?.();
    this.socket?.destroy();
  }

  #capabilities() {
    if (this.says.has("capabilities")) return this.says.get("capabilities");
    const offered = ["tools", "prompts", "resources"].filter((kind) => this.says.has(kind) || (kind === "resources" && this.says.has("templates")));
    return `{${offered.map((kind) => `"${kind}":{}`).join(",")}}`;
  }

  // The raw outcome ("result":… or "error":…) that needs no line in the dialogue; "" for a notification.
  #automatic(message) {
    if (!this.answersByItself) return undefined;
    const method = textOf(memberOf(message, "method"));
    const modern = this.era === "modern";
    if (method === "notifications/initialized") return "";
    if (method === "ping" && !modern) return '"result":{}';
    const instructions = this.says.has("instructions") ? `,"instructions":${this.says.get("instructions")}` : "";
    const hello = `"capabilities":${this.#capabilities()}${instructions}`;
    const info = `{"name":${JSON.stringify(this.name)},"version":"1"}`;
    if (method === "server/discover") {
      if (!modern) return '"error":{"code":-32601,"message":"Method not found"}';
      return `"result":{${MODERN},"supportedVersions":["2026-07-28"],${hello},"_meta":{"io.modelcontextprotocol/serverInfo":${info}}}`;
    }
    if (method === "initialize") {
      const wanted = memberOf(memberOf(message, "params"), "protocolVersion").raw;
      if (modern) return `"error":{"code":-32022,"message":"Unsupported protocol version","data":{"supported":["2026-07-28"],"requested":${wanted}}}`;
      return `"result":{"protocolVersion":${wanted},${hello},"serverInfo":${info}}`;
    }
    const list = LISTS[method];
    if (list && (this.says.has(list) || !this.says.has("capabilities"))) {
      return `"result":{"${MEMBERS[list] ?? list}":${this.says.get(list) ?? "[]"}${modern ? `,${MODERN}` : ""}}`;
    }
    return undefined;
  }

  #answer(message) {
    const outcome = this.#automatic(message);
    return outcome ? `{"jsonrpc":"2.0","id":${memberOf(message, "id").raw},${outcome}}` : outcome;
  }

  #joined(socket) {
    this.socket = socket;
    ++this.startCount;
    this.inbox.changed();
    const bytes = new Inbox();
    socket.on("error", () => {});
    socket.on("close", () => {
      ++this.closedCount;
      this.inbox.changed();
    });
    socket.on("data", (chunk) => {
      bytes.add(chunk);
      for (let text; (text = bytes.takeThrough("\n")) !== undefined; ) {
        const message = parse(text);
        const answer = this.#answer(message);
        if (answer) socket.write(`${answer}\n`);
        if (answer === undefined) this.inbox.push({ text, message, socket });
      }
    });
  }

  #asked(request, response) {
    const bytes = new Inbox();
    request.on("data", (chunk) => bytes.add(chunk));
    request.on("end", () => {
      const text = bytes.bytes.toString();
      const message = text ? parse(text) : undefined;
      const handed = { text, message, response, head: `${request.method} ${request.url}`, headers: request.headers };
      response.on("close", () => {
        handed.over = true;
        this.inbox.changed();
      });
      const resumes = request.headers["last-event-id"] !== undefined;
      if (request.method !== "POST" && this.answersByItself && !resumes) return response.writeHead(request.method === "GET" ? 405 : 200).end();
      const answer = message && this.#answer(message);
      const isRequest = message && memberOf(message, "method") && memberOf(message, "id");
      if (message && !isRequest && this.answersByItself) response.writeHead(202).end();
      if (answer && textOf(memberOf(message, "method")) === "initialize" && this.era === "legacy") {
        response.setHeader("Mcp-Session-Id", `${this.name}-${++this.startCount}`);
        this.inbox.changed();
      }
      if (answer) response.writeHead(200, { "Content-Type": "application/json" }).end(answer);
      if (answer === undefined) this.inbox.push(handed);
    });
  }

  // What the gateway says to this server and no automatic answer covers.
  async next() {
    this.current = await this.inbox.until(() => item(this.inbox), `a message to server ${this.name}`);
    return this.current;
  }

  send(lines) {
    if (this.isHttp) return this.#respond([...lines]);
    const socket = this.current?.socket ?? this.socket;
    if (!socket) throw new Failure(`server ${this.name} was not started`);
    for (const text of lines) {
      if (text === "close") {
        this.knownStarts = this.startCount;
        socket.destroy();
      } else {
        socket.write(`${text}\n`);
      }
    }
  }

  #respond(lines) {
    const { response } = this.current ?? {};
    if (!response) throw new Failure(`server ${this.name} was asked nothing`);
    if (lines[0] === "404") this.knownStarts = this.startCount;
    if (/^\d{3}$/.test(lines[0])) {
      response.statusCode = Number(lines.shift());
      while (/^[\w-]+: /.test(lines[0] ?? "")) {
        const [, name, value] = /^([\w-]+): (.*)$/.exec(lines.shift());
        response.setHeader(name, value);
      }
      if (lines.length === 0) return void response.end();
    }
    for (const text of lines) {
      if (text === "close") setImmediate(() => response.destroy()); // node sends what was written at the end of this turn
      else if (text === "end") response.end();
      else if (text.startsWith("event ")) this.#event(response, text.slice(6));
      else {
        if (!response.hasHeader("Content-Type")) response.setHeader("Content-Type", "application/json");
        response.end(text);
      }
    }
  }

  #event(response, text) {
    if (!response.headersSent) response.writeHead(200, { "Content-Type": "text/event-stream" });
    const [, fields, data] = /^((?:\w+=\S+ )*)(.*)$/.exec(text);
    for (const field of fields.split(" ").filter(Boolean)) response.write(`${field.replace("=", ": ")}\n`);
    response.write(`data: ${data === "empty" ? "" : data}\n\n`);
  }

  // The gateway started it again after its end, or began a new session after 404.
  async started() {
    await this.inbox.until(() => (this.startCount > this.knownStarts ? true : undefined), `a start of server ${this.name}`);
  }

  // The gateway let go of the request (HTTP) or of the process (stdio).
  async released() {
    if (this.isHttp) return this.inbox.until(() => (this.current?.over ? true : undefined), `the end of the request to ${this.name}`);
    const before = this.seenClosed ?? 0;
    await this.inbox.until(() => (this.closedCount > before ? true : undefined), `the end of server ${this.name}`);
    this.seenClosed = before + 1;
    return true;
  }
}
