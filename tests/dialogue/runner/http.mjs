// HTTP/1.1 on a plain socket: any byte can be sent, and answers are read as they come.
import net from "node:net";

import { deadlineFromNow, Failure, Inbox } from "./inbox.mjs";

export class Connection {
  inbox = new Inbox();
  response = undefined;

  constructor(port) {
    this.socket = net.connect(port, "127.0.0.1");
    this.socket.on("data", (chunk) => this.inbox.add(chunk));
    this.socket.on("end", () => this.inbox.end());
    this.socket.on("close", () => this.inbox.end());
    this.socket.on("error", () => this.inbox.end());
  }

  send(bytes, method) {
    this.method = method;
    this.socket.write(bytes);
    this.response = undefined;
  }

  // May another request be sent? Not before the last answer was read to its end.
  get free() {
    return !this.inbox.ended && (this.response === undefined || this.response.complete) && !this.response?.closes;
  }

  async head() {
    const text = await this.inbox.until(() => {
      const head = this.inbox.takeThrough("\r\n\r\n");
      return head ?? (this.inbox.ended ? null : undefined);
    }, "a response");
    if (text === null) throw new Failure("the connection was closed without a response");
    const [line, ...fields] = text.split("\r\n");
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(line)?.[1];
    if (!status) throw new Failure(`not a status line: ${line}`);
    const headers = fields.map((field) => [field.slice(0, field.indexOf(":")), field.slice(field.indexOf(":") + 1).trim()]);
    this.response = new Response(this, Number(status), headers);
    return this.response;
  }

  async closed() {
    const rest = await this.inbox.until(() => (this.inbox.ended ? this.inbox.bytes : undefined), "the end of the connection");
    if (rest.length > 0) throw new Failure(`more bytes before the end: ${rest.toString().slice(0, 300)}`);
  }

  close() {
    this.socket.destroy();
  }
}

export class Response {
  complete = false;
  body = Buffer.alloc(0); // decoded, not consumed yet

  constructor(connection, status, headers) {
    this.connection = connection;
    this.status = status;
    this.headers = headers;
    this.chunked = /chunked/i.test(this.header("Transfer-Encoding") ?? "");
    const bodiless = status === 204 || status === 304 || status < 200 || connection.method === "HEAD";
    this.left = bodiless ? 0 : this.chunked ? Infinity : Number(this.header("Content-Length") ?? Infinity);
    this.complete = this.left === 0;
    this.closes = /close/i.test(this.header("Connection") ?? "");
  }

  header(name) {
    return this.headers.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
  }

  get isStream() {
    return (this.header("Content-Type") ?? "").startsWith("text/event-stream");
  }

  // Takes what has come from the connection into the body.
  #advance() {
    const { inbox } = this.connection;
    while (!this.complete) {
      if (!this.chunked) {
        const part = inbox.takeBytes(Math.min(this.left, inbox.bytes.length));
        this.left -= part.length;
        this.body = Buffer.concat([this.body, part]);
        this.complete = this.left === 0 || inbox.ended;
        return;
      }
      const at = inbox.bytes.indexOf("\r\n");
      if (at < 0) break;
      const size = parseInt(inbox.bytes.subarray(0, at).toString(), 16);
      if (inbox.bytes.length < at + 2 + size + 2) break;
      inbox.takeBytes(at + 2);
      this.body = Buffer.concat([this.body, inbox.takeBytes(size)]);
      inbox.takeBytes(2);
      this.complete = size === 0;
    }
    // A chunked body whose connection ends is over, but was cut.
    if (this.chunked && inbox.ended) this.complete = true;
  }

  async read(look, what, deadline) {
    const advanced = () => (this.#advance(), look());
    return this.connection.inbox.until(advanced, what, deadline);
  }

  // The next SSE event {id, retry, comment, data}; null at the end of the stream.
  async event(deadline) {
    const text = await this.read(() => {
      const at = this.body.indexOf("\n\n");
      if (at < 0) return this.complete ? null : undefined;
      const found = this.body.subarray(0, at).toString();
      this.body = this.body.subarray(at + 2);
      return found;
    }, "an event", deadline);
    if (text === null) return null;
    const event = { data: [] };
    for (const line of text.split("\n")) {
      const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line.replace(/\r$/, ""));
      if (field === "data") event.data.push(value);
      else if (field === "") event.comment = value;
      else event[field] = value;
    }
    event.data = event.data.length > 0 ? event.data.join("\n") : undefined;
    return event;
  }

  // The next message, whether the answer is JSON or a stream. Priming events and comments are no messages.
  async message() {
    const deadline = deadlineFromNow();
    while (this.isStream) {
      const event = await this.event(deadline);
      if (event === null) throw new Failure("the stream ended");
      if (event.data) return event.data;
    }
    const text = await this.whole();
    if (text === "") throw new Failure(`${this.status} came without a body`);
    return text;
  }

  // The rest of the body.
  async whole() {
    await this.read(() => (this.complete ? true : undefined), "the end of the response");
    const text = this.body.toString();
    this.body = Buffer.alloc(0);
    return text;
  }
}
