// How a client speaks: what goes without saying in a dialogue.
import { memberOf, parse } from "./pattern.mjs";

export const MODERN = "2026-07-28";

// What the Mcp-* header of a parameter says (2026-07-28 transports, "Value Encoding").
function headerValue(text) {
  const plain = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !/^=\?base64\?.*\?=$/.test(text);
  return plain ? text : `=?base64?${Buffer.from(text).toString("base64")}?=`;
}

// How one client speaks: its era, and with it the headers that go without saying.
export class Voice {
  era = "none";
  always = [];
  path = "/mcp";

  constructor(parent) {
    if (parent) Object.assign(this, parent, { always: [...parent.always] });
  }

  headers(method, body) {
    const headers = [];
    if (method === "POST") headers.push(["Content-Type", "application/json"]);
    headers.push(["Accept", method === "GET" ? "text/event-stream" : "application/json, text/event-stream"]);
    if (this.era === "legacy") {
      headers.push(["Mcp-Session-Id", this.session]);
      if (this.revision >= "2025-06-18") headers.push(["MCP-Protocol-Version", this.revision]);
    }
    if (this.era === "modern") headers.push(["MCP-Protocol-Version", MODERN], ...this.mirrored(body));
    return [...headers, ...this.always];
  }

  mirrored(body) {
    let message;
    try {
      message = parse(body);
    } catch {
      return [];
    }
    const text = (node) => (node?.kind === "string" ? node.value : undefined);
    const method = text(memberOf(message, "method"));
    const params = memberOf(message, "params") ?? {};
    const keys = {
      "tools/call": "name", "prompts/get": "name", "resources/read": "uri",
      "tasks/get": "taskId", "tasks/update": "taskId", "tasks/cancel": "taskId",
    };
    const key = keys[method];
    const name = text(memberOf(params, key));
    const headers = method === undefined ? [] : [["Mcp-Method", headerValue(method)]];
    return name === undefined ? headers : [...headers, ["Mcp-Name", headerValue(name)]];
  }

  // What a message needs and the dialogue leaves out: "jsonrpc", and in the modern era "_meta".
  complete(text) {
    if (!text.startsWith("{")) return text;
    if (!text.includes('"jsonrpc"')) text = text.replace("{", '{"jsonrpc":"2.0",');
    if (this.era !== "modern" || text.includes('"_meta"') || !text.includes('"method"')) return text;
    if (/"params":\s*\{\s*\}/.test(text)) return text.replace(/"params":\s*\{\s*\}/, '"params":{"_meta":{$meta}}');
    if (/"params":\s*\{/.test(text)) return text.replace(/"params":\s*\{/, '"params":{"_meta":{$meta},');
    return text.replace(/\}$/, ',"params":{"_meta":{$meta}}}');
  }
}
