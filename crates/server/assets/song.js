// One song: where its sound comes from, how far it is, and what came of it. No elements here; see card.js.

import { analyse, Problem } from "./api.js";

const TRIES = 5;
const PATIENCE = 2;

let last = 0;

/** A song. Tells of every change by a "change" event. `state` is one of
 * waiting, uploading, queued, decoding, listening, done, failed; `progress` has what belongs to it. */
export class Song extends EventTarget {
  /** `load` gives the file, once it is this song's turn. */
  constructor(name, load, open) {
    super();
    this.id = `song-${++last}`;
    this.name = name;
    this.open = open;
    this.load = load;
    this.file = null;
    this.reset();
  }

  /** As at first, to try again. */
  reset() {
    this.abort = new AbortController();
    this.analysis = null;
    this.problem = null;
    this.took = 0;
    this.#be("waiting", { why: "turn" });
  }

  get over() {
    return this.state === "done" || this.state === "failed";
  }

  /** Stops the work; what the server is doing for this song stops as well. */
  cancel() {
    if (this.over) return;
    this.abort.abort(new Problem({ kind: "cancelled", detail: "cancelled" }));
    this.#fail(this.abort.signal.reason);
  }

  /** Does the work; never rejects. */
  async run(limits) {
    const { signal } = this.abort;
    if (signal.aborted) return;
    const began = performance.now();
    try {
      this.#be("waiting", { why: "file" });
      this.file ??= await this.load(signal);
      if (limits && this.file.size > limits.bytes) {
        throw new Problem({ kind: "too_large", detail: `the server takes at most ${limits.bytes} bytes, and this has ${this.file.size}; cut it, or convert it to FLAC or MP3` });
      }
      if (this.file.size === 0) throw new Problem({ kind: "no_audio", detail: "the file is empty; look where it came from" });
      const analysis = await this.#patiently(signal);
      if (signal.aborted) return;
      this.analysis = analysis;
      this.took = (performance.now() - began) / 1000;
      this.#be("done", {});
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    }
  }

  // A full server says when to come back.
  async #patiently(signal) {
    for (let again = 1; ; again++) {
      try {
        return await analyse(this.name, this.file, (progress) => signal.aborted || this.#progress(progress), signal);
      } catch (error) {
        if ((error.status !== 503 && error.status !== 429) || again > TRIES) throw error;
        const seconds = error.retryAfter ?? PATIENCE;
        for (let left = seconds; left > 0; left--) {
          this.#be("waiting", { why: "busy", left, again, tries: TRIES });
          await pause(1000, signal);
        }
      }
    }
  }

  #progress(progress) {
    if (progress.stage === "token") this.#be("waiting", { why: "token" });
    else this.#be(progress.stage, progress);
  }

  #fail(error) {
    // Anything but a problem is a mistake of this page's; said all the same.
    this.problem = error instanceof Problem ? error : new Problem({ kind: "page", detail: String(error) });
    this.#be("failed", {});
  }

  #be(state, progress) {
    this.state = state;
    this.progress = progress;
    this.dispatchEvent(new Event("change"));
  }
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    signal.addEventListener("abort", stop, { once: true });
  });
}
