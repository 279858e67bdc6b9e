// Bytes that came in and were not looked at yet, and the one place where the runner waits.
const DEADLINE_MS = Number(process.env.DIALOGUE_DEADLINE_MS ?? 20_000);

export class Failure extends Error {}

// The moment when whoever begins to wait now has waited long enough.
export const deadlineFromNow = () => Date.now() + DEADLINE_MS;

export class Inbox {
  bytes = Buffer.alloc(0);
  items = [];
  ended = false;
  #wake = [];

  add(chunk) {
    this.bytes = Buffer.concat([this.bytes, chunk]);
    this.changed();
  }

  push(item) {
    this.items.push(item);
    this.changed();
  }

  end() {
    this.ended = true;
    this.changed();
  }

  changed() {
    for (const wake of this.#wake.splice(0)) wake();
  }

  // Waits until look() gives something else than undefined.
  async until(look, what, deadline = deadlineFromNow()) {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      const left = deadline - Date.now();
      if (left <= 0) throw new Failure(`${what} did not come within ${DEADLINE_MS} ms`);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake.push(() => (clearTimeout(timer), resolve()));
      });
    }
  }

  takeBytes(count) {
    const taken = this.bytes.subarray(0, count);
    this.bytes = this.bytes.subarray(count);
    return taken;
  }

  // The text up to `separator`, which is dropped; undefined when it is not there yet.
  takeThrough(separator) {
    const at = this.bytes.indexOf(separator);
    if (at < 0) return undefined;
    const text = this.takeBytes(at).toString();
    this.takeBytes(separator.length);
    return text;
  }
}

export const item = (inbox) => inbox.items.shift();
