// Server-sent events out of a text that grows.

/** Calls `on(event, data)` for each event; feed it the whole text so far, again and again. */
export class Events {
  #seen = 0;
  #rest = "";
  #on;

  constructor(on) {
    this.#on = on;
  }

  /** Takes what has come since the last time. */
  feed(text) {
    this.#rest += text.slice(this.#seen);
    this.#seen = text.length;
    // Events end at an empty line; the last piece may still be on its way.
    const pieces = this.#rest.split(/\r\n\r\n|\n\n|\r\r/);
    this.#rest = pieces.pop();
    for (const piece of pieces) this.#event(piece);
  }

  #event(piece) {
    let event = "message";
    const data = [];
    for (const line of piece.split(/\r\n|\n|\r/)) {
      const colon = line.indexOf(":");
      if (colon === 0) continue;
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "event") event = value;
      if (field === "data") data.push(value);
    }
    if (data.length) this.#on(event, JSON.parse(data.join("\n")));
  }
}
