// Plays the steps of a dialogue against a running gateway.
import { Connection } from "./http.mjs";
import { deadlineFromNow, Failure } from "./inbox.mjs";
import { fill, fillPlain, glob, memberOf, mismatch, parse, textNode } from "./pattern.mjs";
import { MODERN, Voice } from "./voice.mjs";

const REQUEST_LINE = /^[A-Za-z]+ [/*]\S*( HTTP\/\d\.\d)?$/;
const META_PREFIX = "io.modelcontextprotocol/";

const isLateChange = (line) => /"method":"notifications\/\w+\/list_changed"/.test(line ?? "");

export class Player {
  variables = new Map();
  voices = new Map([["", new Voice()]]);
  connections = new Map();
  adjustments = []; // of the next message's headers

  constructor(gateway) {
    this.gateway = gateway;
    this.variables.set("port", { kind: "number", raw: String(gateway.port) });
    this.#setMeta("{}");
  }

  async play(step) {
    this.line = step.line;
    if (step.kind === "send") return this.#send(step);
    if (step.kind === "expect") return this.#expect(step);
    return this.#directive(step);
  }

  // What was said at the end and nobody expected.
  leftover() {
    const lines = this.gateway.isStdio ? this.gateway.out.bytes.toString().split("\n") : [];
    const line = lines.find((text) => text !== "" && !isLateChange(text));
    if (line) return `on stdout: ${line.slice(0, 300)}`;
    for (const upstream of this.gateway.upstreams.values()) {
      const more = upstream.inbox.items[0];
      if (more) return `to server ${upstream.name}: ${more.text || more.head}`;
    }
    return undefined;
  }

  closeAll() {
    for (const connection of this.connections.values()) connection.close();
  }

  #voice(label) {
    return this.voices.get(label) ?? this.voices.get(label.split(".")[0]) ?? this.voices.get("");
  }

  #setMeta(capabilities) {
    const raw = `"${META_PREFIX}protocolVersion":"${MODERN}","${META_PREFIX}clientInfo":{"name":"dialogue","version":"1"},"${META_PREFIX}clientCapabilities":${capabilities}`;
    this.variables.set("meta", { kind: "members", raw });
  }

  async #directive({ kind, rest }) {
    const [, words, capabilities, label = ""] = /^(.*?)(?: ?capabilities (\{.*\}))?(?: ?as (\w+))?$/.exec(rest);
    if (kind === "now") return this.#now(rest);
    if (kind === "ready") return this.gateway.settled();
    if (kind === "with" || kind === "without") return this.adjustments.push({ kind, text: rest });
    const voice = label === "" ? this.#voice("") : new Voice(this.voices.get(""));
    this.voices.set(label, voice);
    if (kind === "always") voice.always.push(rest.split(/: (.*)/).slice(0, 2));
    if (kind === "route") voice.path = rest;
    if (kind === "modern") {
      voice.era = "modern";
      this.#setMeta(capabilities ?? "{}");
    }
    if (kind === "handshake") await this.#handshake(voice, words, capabilities ?? "{}", label);
  }

  // From here on a scripted server lists something else.
  #now(rest) {
    const [, name, what, value] = /^(\w+) (\w+) (.*)$/.exec(rest);
    this.gateway.upstreams.get(name).says.set(what, value);
  }

  async #handshake(voice, revision, capabilities, label) {
    Object.assign(voice, { era: "none", revision });
    const hello = `{"id":"hello","method":"initialize","params":{"protocolVersion":"${revision}","capabilities":${capabilities},"clientInfo":{"name":"dialogue","version":"1"}}}`;
    await this.#send({ label, lines: [{ text: hello }] });
    const answer = `{"id":"hello","result":{"protocolVersion":"${revision}"}}`;
    if (this.gateway.isStdio) {
      await this.#expect({ label, lines: [{ text: answer }] });
      return this.#send({ label, lines: [{ text: '{"method":"notifications/initialized"}' }] });
    }
    const session = label === "" ? "session" : label;
    await this.#expect({ label, lines: [{ text: "200" }, { text: `Mcp-Session-Id: $${session}` }, { text: answer }] });
    Object.assign(voice, { era: "legacy", session: this.variables.get(session).value });
    await this.#send({ label, lines: [{ text: '{"method":"notifications/initialized"}' }] });
    await this.#expect({ label, lines: [{ text: "202" }] });
  }

  async #send({ label, lines }) {
    const upstream = this.gateway.upstreams.get(label);
    if (upstream) return upstream.send(lines.map(({ text }) => fill(this.#asMessage(text), this.variables)));
    if (this.gateway.isStdio) return lines.forEach((line) => this.#say(line.text));
    const text = lines[0].text;
    if (REQUEST_LINE.test(text)) return this.#sendRaw(label, lines);
    for (const line of lines) {
      this.line = line.line ?? this.line;
      if (line.text === "close") this.#connection(label, false).close();
      else await this.#post(label, line.text);
    }
  }

  #asMessage(text) {
    return text.startsWith("{") && !text.includes('"jsonrpc"') ? text.replace("{", '{"jsonrpc":"2.0",') : text;
  }

  #say(text) {
    const { stdin } = this.gateway.child;
    if (text === "close") return stdin.end();
    stdin.write(`${this.#body(this.#voice(""), text)}\n`);
  }

  #body(voice, text) {
    if (text.startsWith("exactly ")) return fill(text.slice(8), this.variables);
    return fill(voice.complete(text), this.variables);
  }

  #connection(label, isNew) {
    let connection = this.connections.get(label);
    if (isNew && !connection?.free) {
      if (connection?.response?.isStream && !connection.inbox.ended && !connection.response.complete) {
        throw new Failure(`the stream of "${label}" is still open: give this exchange a name, as in other> …`);
      }
      connection?.close();
      connection = new Connection(this.gateway.port);
      this.connections.set(label, connection);
    }
    if (!connection) throw new Failure(`nothing was sent as "${label}"`);
    return connection;
  }

  // The rest of the last response is read before the connection is used again: whether it came as JSON or as a stream
  // depends on how long it took.
  async #finishLast(label) {
    const connection = this.connections.get(label);
    const response = connection?.response;
    if (!response || response.complete || connection.inbox.ended) return;
    if (response.isStream && connection.method === "GET") return;
    while (response.isStream && !connection.answered) this.#noteAnswer(connection, parse(await response.message()));
    await response.whole();
  }

  async #post(label, text) {
    await this.#finishLast(label);
    const voice = this.#voice(label);
    const body = this.#body(voice, text);
    const headers = this.#adjusted(voice.headers("POST", body));
    this.#transmit(label, "POST", `POST ${voice.path} HTTP/1.1`, headers, body);
  }

  #adjusted(headers) {
    for (const { kind, text } of this.adjustments.splice(0)) {
      const [name, value] = text.split(/: ?(.*)/).slice(0, 2);
      headers = headers.filter(([key]) => key.toLowerCase() !== name.toLowerCase());
      if (kind === "with") headers.push([name, fillPlain(value, this.variables)]);
    }
    return headers;
  }

  // A request written out. A line of three dots stands for the usual headers.
  async #sendRaw(label, lines) {
    await this.#finishLast(label);
    const texts = lines.map(({ text }) => text);
    const end = texts.indexOf("");
    const body = end < 0 ? "" : fill(texts.slice(end + 1).join("\n"), this.variables);
    const method = texts[0].split(" ")[0];
    let headers = [];
    const written = new Set(); // headers of the dialogue, which may stand twice
    for (const text of texts.slice(1, end < 0 ? undefined : end)) {
      if (text === "…") headers = this.#voice(label).headers(method, body);
      else {
        const [name, value] = fillPlain(text, this.variables).split(/: ?(.*)/);
        const usual = headers.findIndex((header) => header[0] === name && !written.has(header));
        if (usual >= 0) headers.splice(usual, 1);
        headers.push([name, value]);
        written.add(headers.at(-1));
      }
    }
    const start = / HTTP\//.test(texts[0]) ? texts[0] : `${texts[0]} HTTP/1.1`;
    this.#transmit(label, method, fillPlain(start, this.variables), this.#adjusted(headers), body);
  }

  #transmit(label, method, start, headers, body) {
    const has = (name) => headers.some(([key]) => key.toLowerCase() === name.toLowerCase());
    const all = has("Host") ? headers : [["Host", `127.0.0.1:${this.gateway.port}`], ...headers];
    const bytes = Buffer.from(body);
    if (!has("Content-Length") && !has("Transfer-Encoding") && (method === "POST" || bytes.length > 0)) {
      all.push(["Content-Length", String(bytes.length)]);
    }
    const head = [start, ...all.map(([name, value]) => `${name}: ${value}`)].join("\r\n");
    const connection = this.#connection(label, true);
    connection.answered = false;
    connection.send(Buffer.concat([Buffer.from(`${head}\r\n\r\n`), bytes]), method);
  }

  async #expect({ label, lines }) {
    const upstream = this.gateway.upstreams.get(label);
    for (const line of lines) {
      this.line = line.line ?? this.line;
      if (line.text.startsWith("verbatim ")) this.#verbatim(line.text.slice(9));
      else if (upstream) await this.#expectUpstream(upstream, line.text);
      else if (/^(exit|stderr) /.test(line.text)) await this.#expectProcess(line.text);
      else if (this.gateway.isStdio) await this.#expectLine(line.text);
      else await this.#expectHttp(label, line.text);
    }
  }

  #match(expected, text, where) {
    this.last = text;
    let message;
    try {
      message = parse(text);
    } catch {
      throw new Failure(`${where} is no JSON: ${text.slice(0, 300)}`);
    }
    const wrong = mismatch(parse(expected), message, this.variables);
    if (wrong) throw new Failure(`${wrong}\n  in ${text.slice(0, 1000)}`);
    return message;
  }

  #verbatim(text) {
    if (!this.last?.includes(text)) throw new Failure(`these bytes do not occur\n  in ${this.last}`);
  }

  async #expectLine(text) {
    // A server that comes up late makes the lists change at any time.
    let line = await this.gateway.line();
    while (isLateChange(line) && !text.includes("list_changed")) line = await this.gateway.line();
    if (text === "closed") {
      if (line !== null) throw new Failure(`a line came: ${line}`);
      return;
    }
    if (line === null) throw new Failure("stdout was closed");
    this.#match(text, line, "the line");
  }

  async #expectProcess(text) {
    const [, what, rest] = /^(\w+) (.*)$/.exec(text);
    if (what === "exit") {
      const { code, signal } = await this.gateway.exit();
      this.gateway.expectedExit = [Number(rest)];
      if (code !== Number(rest)) throw new Failure(`it ended with ${signal ?? `status ${code}`}`);
      return;
    }
    const { err } = this.gateway;
    const found = () => (glob(`…${fillPlain(rest, this.variables)}…`, err.bytes.toString()) ? true : undefined);
    await err.until(found, `"${rest}" on stderr`);
  }

  #checkHeader(text, get) {
    const absent = /^no ([A-Za-z-]+)$/.exec(text);
    if (absent) {
      const value = get(absent[1]);
      if (value !== undefined) throw new Failure(`${absent[1]} is there: ${value}`);
      return true;
    }
    const found = /^([A-Za-z][A-Za-z0-9-]*): (.*)$/.exec(text);
    if (!found) return false;
    const [, name, pattern] = found;
    const value = get(name);
    if (value === undefined) throw new Failure(`header ${name} is missing`);
    const variable = /^\$(\w+)$/.exec(pattern)?.[1];
    if (variable && !this.variables.has(variable)) this.variables.set(variable, textNode(value));
    else if (!this.#textMatches(pattern, value)) throw new Failure(`header ${name} is "${value}"`);
    return true;
  }

  #textMatches(pattern, text) {
    const expression = /^\/(.*)\/$/.exec(pattern)?.[1];
    return expression ? new RegExp(expression).test(text) : glob(fillPlain(pattern, this.variables), text);
  }

  async #expectUpstream(upstream, text) {
    if (text === "closed") return upstream.released();
    if (text === "started") return upstream.started();
    if (this.#checkHeader(text, (name) => upstream.current?.headers?.[name.toLowerCase()])) return;
    if (text.startsWith("{")) return this.#match(text, (await upstream.next()).text, "the message");
    const { head } = await upstream.next();
    if (!glob(text, head ?? "")) throw new Failure(`the request is ${head}`);
  }

  async #expectHttp(label, text) {
    const connection = this.#connection(label, false);
    if (/^\dxx$|^\d{3}$/.test(text)) {
      const response = await connection.head();
      if (glob(text.replace("xx", "…"), String(response.status))) return;
      const body = response.isStream ? "" : await response.whole().catch(() => "");
      throw new Failure(`the status is ${response.status}\n  ${body.slice(0, 500)}`);
    }
    if (text === "closed") return connection.closed();
    const { response } = connection;
    if (!response) throw new Failure("write the status first");
    if (this.#checkHeader(text, (name) => response.header(name))) return;
    if (text === "empty" || text === "end") return this.#expectEnd(response);
    if (text.startsWith("comment")) return this.#expectComment(response);
    if (text.startsWith("event")) return this.#expectEvent(connection, text.slice(5).trim());
    if (/^[{[]/.test(text)) return this.#noteAnswer(connection, this.#match(text, await response.message(), "the message"));
    const body = await response.whole();
    if (!glob(text, body)) throw new Failure(`the body is ${body.slice(0, 500)}`);
  }

  #noteAnswer(connection, message) {
    connection.answered = memberOf(message, "result") !== undefined || memberOf(message, "error") !== undefined;
  }

  async #expectEnd(response) {
    for (let event; response.isStream && (event = await response.event()) !== null; ) {
      if (event.data) throw new Failure(`more came: ${event.data.slice(0, 500)}`);
    }
    const rest = await response.whole();
    if (rest !== "") throw new Failure(`more came: ${rest.slice(0, 500)}`);
  }

  async #expectComment(response) {
    const event = await response.event();
    if (event?.comment === undefined) throw new Failure(`came instead: ${JSON.stringify(event)}`);
  }

  // event id=$x retry=1000 {…}; "no id" when it must have none; "empty" when its data is.
  async #expectEvent(connection, text) {
    let event;
    const deadline = deadlineFromNow();
    do event = await connection.response.event(deadline);
    while (event && event.comment !== undefined && event.data === undefined);
    if (event === null) throw new Failure("the stream ended");
    const [, fields, noId, data] = /^((?:(?:id|retry|event)=\S+ ?)*)(no id ?)?(.*)$/.exec(text);
    if (noId && event.id !== undefined) throw new Failure(`the event has the id ${event.id}`);
    for (const field of fields.split(" ").filter(Boolean)) {
      const [name, pattern] = field.split("=");
      this.#checkHeader(`${name}: ${pattern}`, () => event[name]);
    }
    if (data === "empty" && event.data !== "") throw new Failure(`the event's data is ${event.data}`);
    if (data.startsWith("{")) this.#noteAnswer(connection, this.#match(data, event.data ?? "", "the event's data"));
  }
}
