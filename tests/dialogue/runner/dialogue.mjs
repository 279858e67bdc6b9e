// A dialogue file as a list of steps. The notation is explained in ../README.md.
import { isWhole } from "./pattern.mjs";

const SPOKEN = /^([\w.]*)([<>])(?: (.*))?$/;
const DIRECTIVE = /^(serve|config|file|server|handshake|modern|with|without|always|route|now|ready)\b:? ?(.*)$/;

class Parser {
  steps = [];
  setup = { serve: "", config: [], files: new Map(), servers: [] };

  constructor(name, text) {
    this.name = name;
    this.lines = text.split("\n");
  }

  run() {
    for (this.at = 0; this.at < this.lines.length; ) {
      const line = this.lines[this.at];
      if (line.trim() === "" || line.startsWith("#")) ++this.at;
      else if (SPOKEN.test(line)) this.spoken();
      else this.directive(line);
    }
    if (this.steps.length === 0) throw new SyntaxError(`${this.name}: no step`);
    return { name: this.name, setup: this.setup, steps: this.steps };
  }

  // Lines of one speaker that follow each other. Three blanks or more behind the mark continue the line before.
  spoken() {
    const [, label, mark] = SPOKEN.exec(this.lines[this.at]);
    const step = { line: this.at + 1, kind: mark === ">" ? "send" : "expect", label, lines: [] };
    for (; this.at < this.lines.length; ++this.at) {
      const found = SPOKEN.exec(this.lines[this.at]);
      if (!found || found[1] !== label || found[2] !== mark) break;
      const text = found[3] ?? "";
      const last = step.lines.at(-1);
      if (last && text.startsWith("   ") && !isWhole(last.text)) last.text += text.trim();
      else step.lines.push({ text, line: this.at + 1 });
    }
    this.steps.push(step);
  }

  directive(line) {
    const found = DIRECTIVE.exec(line);
    if (!found) throw new SyntaxError(`${this.name}:${this.at + 1}: not understood: ${line}`);
    const [, word, rest] = found;
    const number = ++this.at;
    const block = [];
    while (/^\s+\S/.test(this.lines[this.at] ?? "")) block.push(this.lines[this.at++].trim());
    if (word === "serve") this.setup.serve = rest;
    else if (word === "config") this.setup.config.push(...block);
    else if (word === "file") this.setup.files.set(rest.replace(/:$/, ""), block.join("\n"));
    else if (word === "server") this.server(rest, block);
    else this.steps.push({ line: number, kind: word, rest: rest.trim() });
  }

  server(rest, block) {
    const [name, kind] = rest.split(/:\s*/);
    const server = { name, kind: kind.trim(), toml: [], says: new Map() };
    for (const line of block) {
      const said = /^(tools|prompts|resources|templates|capabilities|instructions) +(.*)$/.exec(line);
      if (said) server.says.set(said[1], said[2]);
      else server.toml.push(line);
    }
    this.setup.servers.push(server);
  }
}

export const parseDialogue = (name, text) => new Parser(name, text).run();
