// JSON as the dialogues write and compare it. Numbers keep their digits, so that 2^53 + 1 is not 2^53.
// A pattern is JSON with a few words more: `…` any value, `…` in a string any text, `…` last in an array any more
// elements, `$name` a value to remember or to meet again, `absent` a member that must not be there.
// Objects match when every member of the pattern does; further members are allowed.

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  fail(what) {
    throw new SyntaxError(`${what} at character ${this.at + 1} of ${this.text.slice(0, 200)}`);
  }

  blank() {
    while (/\s/.test(this.text[this.at] ?? "")) ++this.at;
    return this.text[this.at];
  }

  take(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at = pattern.lastIndex;
    return found?.[0];
  }

  value() {
    const first = this.blank();
    const from = this.at;
    const node = first === "{" ? this.object() : first === "[" ? this.array() : this.scalar();
    node.raw = this.text.slice(from, this.at);
    return node;
  }

  object() {
    const members = [];
    ++this.at;
    while (this.blank() !== "}") {
      if (this.take(/…\s*,?/y)) continue; // says only that there may be more, which holds anyway
      const key = JSON.parse(this.take(/"(?:[^"\\]|\\.)*"/y) ?? this.fail("a key is missing"));
      this.blank();
      if (!this.take(/:/y)) this.fail("a colon is missing");
      members.push([key, this.value()]);
      if (this.blank() !== "}" && !this.take(/,/y)) this.fail("a comma is missing");
    }
    ++this.at;
    return { kind: "object", members };
  }

  array() {
    const items = [];
    let open = false;
    ++this.at;
    while (this.blank() !== "]") {
      items.push(this.value());
      if (this.blank() !== "]" && !this.take(/,/y)) this.fail("a comma is missing");
    }
    ++this.at;
    if (items.at(-1)?.kind === "any") open = Boolean(items.pop());
    return { kind: "array", items, open };
  }

  scalar() {
    const text = this.take(/"(?:[^"\\]|\\.)*"/y);
    if (text) return { kind: "string", value: JSON.parse(text) };
    if (this.take(/-?\d[\d.eE+-]*/y)) return { kind: "number" };
    const word = this.take(/true|false|null/y);
    if (word) return { kind: "word", value: word };
    if (this.take(/…/y)) return { kind: "any" };
    if (this.take(/absent/y)) return { kind: "absent" };
    const name = this.take(/\$\w+/y);
    if (name) return { kind: "variable", name: name.slice(1) };
    return this.fail("a value is missing");
  }
}

export function parse(text) {
  const reader = new Reader(text);
  const node = reader.value();
  if (reader.blank() !== undefined) reader.fail("more text after the value");
  return node;
}

// Is `text` one whole value? What continues on the next line is not.
export function isWhole(text) {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

export function glob(pattern, text) {
  const parts = pattern.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^]*")}$`).test(text);
}

export const memberOf = (node, key) => node.members?.find(([name]) => name === key)?.[1];

const same = (a, b) => a.kind === b.kind && (a.kind === "string" ? a.value === b.value : a.raw === b.raw);
const shown = (node) => (node === undefined ? "nothing" : node.raw.slice(0, 300));

// undefined when `actual` matches, else where and why it does not. Unknown variables are bound in `variables`.
export function mismatch(pattern, actual, variables, path = "") {
  const at = path || "the message";
  switch (pattern.kind) {
    case "any":
      return undefined;
    case "variable": {
      const known = variables.get(pattern.name);
      if (!known) return void variables.set(pattern.name, actual);
      return same(known, actual) ? undefined : `${at} is ${shown(actual)}, not ${shown(known)} ($${pattern.name})`;
    }
    case "object":
      return actual.kind === "object" ? objectMismatch(pattern, actual, variables, path) : `${at} is no object: ${shown(actual)}`;
    case "array":
      return actual.kind === "array" ? arrayMismatch(pattern, actual, variables, path) : `${at} is no array: ${shown(actual)}`;
    case "string":
      if (actual.kind === "string" && glob(pattern.value, actual.value)) return undefined;
      break;
    default:
      if (same(pattern, actual)) return undefined;
  }
  return `${at} is ${shown(actual)}, not ${shown(pattern)}`;
}

function objectMismatch(pattern, actual, variables, path) {
  for (const [key, expected] of pattern.members) {
    const member = memberOf(actual, key);
    const here = `${path}/${key}`;
    if (expected.kind === "absent") {
      if (member) return `${here} should not be there; it is ${shown(member)}`;
      continue;
    }
    if (!member) return `${here} is missing`;
    const wrong = mismatch(expected, member, variables, here);
    if (wrong) return wrong;
  }
  return undefined;
}

function arrayMismatch(pattern, actual, variables, path) {
  const count = pattern.items.length;
  if (actual.items.length < count || (!pattern.open && actual.items.length > count)) {
    return `${path || "the message"} has ${actual.items.length} elements, not ${count}${pattern.open ? " or more" : ""}`;
  }
  for (const [index, item] of pattern.items.entries()) {
    const wrong = mismatch(item, actual.items[index], variables, `${path}/${index}`);
    if (wrong) return wrong;
  }
  return undefined;
}

// What a client line says once its variables are known. Outside strings a variable is the JSON value as it came,
// inside them and in header fields its text. `$repeat(N,TEXT)` is TEXT N times; an unknown `$name` stays as it is.
export function fill(text, variables) {
  const repeated = text.replace(/\$repeat\((\d+),([^()]*)\)/g, (all, count, what) => what.repeat(Number(count)));
  let inString = false;
  return repeated.replace(/\\.|"|\$\w+/g, (token) => {
    if (token === '"') inString = !inString;
    const known = token.startsWith("$") ? variables.get(token.slice(1)) : undefined;
    if (!known) return token;
    if (known.kind !== "string") return known.raw;
    return inString ? JSON.stringify(known.value).slice(1, -1) : known.raw;
  });
}

export const fillPlain = (text, variables) =>
  text.replace(/\$\w+/g, (token) => {
    const known = variables.get(token.slice(1));
    return known ? (known.value ?? known.raw) : token;
  });

export const textNode = (value) => ({ kind: "string", value, raw: JSON.stringify(value) });
