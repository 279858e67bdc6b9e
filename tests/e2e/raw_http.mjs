// MCP over HTTP by hand, for what no client library lets one do.
import assert from "node:assert/strict";
import { request } from "node:http";

import { within } from "./harness.mjs";

// Events as they come: {id, event, data, retry}, data parsed where it is JSON.
class EventParser {
  #parts = []; // of an event that is not whole; joined once, for some events are large
  #atLineEnd = false;

  *feed(chunk) {
    this.#parts.push(chunk);
    const whole = chunk.includes("\n\n") || (this.#atLineEnd && chunk.startsWith("\n"));
    if (chunk !== "") this.#atLineEnd = chunk.endsWith("\n");
    if (!whole) return;
    const texts = this.#parts.join("").split("\n\n");
    this.#parts = [texts.pop()];
    for (const text of texts) {
      const event = {};
      for (const line of text.split("\n")) {
        const [, field, value] = /^([a-z]*): ?(.*)$/.exec(line) ?? [];
        if (field) event[field] = value;
      }
      if (event.data && event.event !== "endpoint") event.message = JSON.parse(event.data);
      if (Object.keys(event).length > 0) yield event;
    }
  }
}

// One answer: status and headers at once, the body as text or, by next(), as events. cut() destroys the connection.
class Answer {
  events = [];
  body = "";
  over = false;
  #waiting = [];
  #parser = new EventParser();

  constructor(message) {
    this.message = message;
    this.status = message.statusCode;
    this.headers = message.headers;
    const streams = (this.headers["content-type"] ?? "").startsWith("text/event-stream");
    message.setEncoding("utf8").on("data", (chunk) => {
      if (streams) this.events.push(...this.#parser.feed(chunk));
      else this.body += chunk;
      this.#wake();
    });
    message.on("error", () => {});
    message.on("close", () => {
      this.over = true;
      this.#wake();
    });
  }

  #wake() {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #changed(done) {
    while (!done() && !this.over) await new Promise((resolve) => this.#waiting.push(resolve));
  }

  // The next event that fits; events before it are dropped.
  async next(fits = () => true, what = "an event") {
    const find = async () => {
      for (;;) {
        await this.#changed(() => this.events.length > 0);
        assert.ok(this.events.length > 0, `the stream ended before ${what}`);
        const event = this.events.shift();
        if (fits(event)) return event;
      }
    };
    return within(find(), what);
  }

  async end() {
    await within(this.#changed(() => false), "the end of the answer");
    return this;
  }

  async json() {
    await this.end();
    return JSON.parse(this.body);
  }

  cut() {
    this.message.destroy();
  }
}

export function send(url, method, headers = {}, body) {
  const answered = new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (message) => resolve(new Answer(message)));
    sent.on("error", reject);
    sent.end(body);
  });
  return within(answered, `the answer to ${method} ${url}`);
}

export const accepts = { accept: "application/json, text/event-stream", "content-type": "application/json" };

// A legacy session by hand.
export class RawSession {
  #id = 0;

  static async open(url, headers = {}) {
    const session = new RawSession();
    session.url = url;
    session.headers = { ...accepts, ...headers };
    const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } };
    const answer = await session.post("initialize", params);
    session.initialized = (await session.result(answer)).result;
    session.headers["mcp-session-id"] = answer.headers["mcp-session-id"];
    session.headers["mcp-protocol-version"] = session.initialized.protocolVersion;
    const noted = await send(url, "POST", session.headers, '{"jsonrpc":"2.0","method":"notifications/initialized"}');
    assert.equal((await noted.end()).status, 202);
    return session;
  }

  post(method, params) {
    this.lastId = ++this.#id;
    return send(this.url, "POST", this.headers, JSON.stringify({ jsonrpc: "2.0", id: this.lastId, method, params }));
  }

  call(name, args, progressToken) {
    const _meta = progressToken === undefined ? undefined : { progressToken };
    return this.post("tools/call", { name, arguments: args, _meta });
  }

  resume(lastEventId) {
    return send(this.url, "GET", { ...this.headers, accept: "text/event-stream", "last-event-id": lastEventId });
  }

  // The response on an answer, whether it came as JSON or on a stream.
  async result(answer) {
    if (!(answer.headers["content-type"] ?? "").startsWith("text/event-stream")) return answer.json();
    return (await answer.next((event) => event.message && "id" in event.message, "the response")).message;
  }
}
