// An OTLP/HTTP collector: what it is sent is read by OpenTelemetry's own protocol buffers, strictly.
import assert from "node:assert/strict";
import { createServer } from "node:http";

import { eventually } from "./harness.mjs";
import { peer } from "./peers.mjs";

const { ExportTraceServiceRequest } = peer("@opentelemetry/otlp-transformer/build/src/generated/root.js").opentelemetry
  .proto.collector.trace.v1;

// OTLP's JSON differs from that of protocol buffers: ids are hexadecimal (OTLP, "JSON Protobuf Encoding").
const ids = new Set(["traceId", "spanId", "parentSpanId"]);
// A list without elements is the same as none.
const recoded = (value, from, to) => {
  if (Array.isArray(value)) return value.map((item) => recoded(item, from, to));
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value)
    .filter(([, item]) => !Array.isArray(item) || item.length > 0)
    .map(([key, item]) => [key, ids.has(key) ? Buffer.from(item, from).toString(to) : recoded(item, from, to)]);
  return Object.fromEntries(entries);
};

// Everything that was sent must come back from the encoded message: a field that the protocol does not have, or of
// another type, would be gone or different.
export function decoded(text) {
  const sent = JSON.parse(text);
  const message = ExportTraceServiceRequest.fromObject(recoded(sent, "hex", "base64"));
  assert.equal(ExportTraceServiceRequest.verify(message), null);
  const bytes = ExportTraceServiceRequest.encode(message).finish();
  const back = ExportTraceServiceRequest.toObject(ExportTraceServiceRequest.decode(bytes), {
    longs: String,
    bytes: String,
  });
  assert.deepEqual(recoded(back, "base64", "hex"), recoded(sent, "hex", "hex"));
  return sent;
}

const attributesOf = (list) =>
  Object.fromEntries((list ?? []).map(({ key, value }) => [key, value.stringValue ?? value.intValue]));

export class Collector {
  spans = []; // {service, name, traceId, spanId, parentSpanId, attributes, …}
  problems = [];
  heads = []; // of the requests

  static async start() {
    const collector = new Collector();
    collector.server = createServer((request, response) => collector.#take(request, response));
    await new Promise((resolve) => collector.server.listen(0, "127.0.0.1", resolve));
    collector.url = `http://127.0.0.1:${collector.server.address().port}`;
    return collector;
  }

  async #take(request, response) {
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += chunk;
    this.heads.push(request.headers);
    try {
      assert.equal(request.method, "POST");
      assert.equal(request.url, "/v1/traces");
      assert.equal(request.headers["content-type"], "application/json");
      for (const { resource, scopeSpans } of decoded(text).resourceSpans) {
        const service = attributesOf(resource.attributes)["service.name"];
        for (const { spans } of scopeSpans) {
          for (const span of spans) this.spans.push({ ...span, service, attributes: attributesOf(span.attributes) });
        }
      }
    } catch (error) {
      this.problems.push(error);
    }
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  }

  // The spans of one trace, once there are so many of them, each behind its parent.
  async trace(traceId, count) {
    const all = () => this.spans.filter((span) => span.traceId === traceId);
    await eventually(() => all().length >= count || this.problems.length > 0, () => `${count} spans: ${JSON.stringify(all())}`);
    assert.deepEqual(this.problems, []);
    const ordered = [];
    const add = (parent) => {
      for (const span of all().filter((one) => (one.parentSpanId || "") === parent)) {
        ordered.push(span);
        add(span.spanId);
      }
    };
    add("");
    return ordered;
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }
}
