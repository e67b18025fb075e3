// Plays a song: the file itself, or, where the browser can't, what the server decoded of it.

import { decoded } from "./api.js";

// One song sounds at a time; all share the volume.
let sounding = null;
let volume = 1;

/** A player. Events: "time" when the position changed (some 60 a second in playback), "state" when it starts, stops or has something to say. */
export class Player extends EventTarget {
  #audio = new Audio();
  #url = null;
  #loaded = false;
  #substituted = false;
  #frame = 0;
  #abort = new AbortController();
  #wanted = 0;

  /** What to tell the user, if anything. */
  message = "";

  constructor(name, file, seconds) {
    super();
    Object.assign(this, { name, file, seconds });
    // Nothing is read before the first play.
    this.#audio.preload = "none";
    this.#audio.addEventListener("error", () => this.#failed());
    this.#audio.addEventListener("loadedmetadata", () => this.#place());
    for (const event of ["play", "pause", "ended"]) this.#audio.addEventListener(event, () => this.#state());
    this.#audio.addEventListener("timeupdate", () => this.#tick());
  }

  get playing() {
    return !this.#audio.paused && !this.#audio.ended;
  }

  /** Position in seconds. */
  get time() {
    return this.#audio.readyState > 0 ? Math.min(this.#audio.currentTime, this.seconds) : this.#wanted;
  }

  get volume() {
    return volume;
  }

  set volume(value) {
    volume = value;
    this.#audio.volume = value;
  }

  toggle() {
    this.playing ? this.pause() : this.play();
  }

  pause() {
    this.#audio.pause();
  }

  async play() {
    if (sounding && sounding !== this) sounding.pause();
    sounding = this;
    if (!this.#loaded) this.#load(this.file);
    if (this.#audio.ended || this.time >= this.seconds) this.seek(0);
    this.#audio.volume = volume;
    // A refusal is told by the "error" event too, which knows what to do.
    await this.#audio.play().catch(() => {});
  }

  seek(seconds) {
    this.#wanted = Math.min(Math.max(seconds, 0), this.seconds);
    if (this.#audio.readyState > 0) this.#audio.currentTime = this.#wanted;
    this.dispatchEvent(new Event("time"));
  }

  /** Stops and frees the sound. */
  close() {
    this.#abort.abort();
    this.pause();
    cancelAnimationFrame(this.#frame);
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#audio.removeAttribute("src");
    if (sounding === this) sounding = null;
  }

  #load(blob) {
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = URL.createObjectURL(blob);
    this.#loaded = true;
    this.#audio.src = this.#url;
  }

  #place() {
    if (this.#wanted > 0) this.#audio.currentTime = this.#wanted;
  }

  async #failed() {
    if (this.#abort.signal.aborted) return;
    if (this.#substituted) return this.#say("This browser can't play the song.");
    this.#substituted = true;
    this.#say("This browser can't play this kind of file; fetching the sound from the server\u2026");
    try {
      this.#load(await decoded(this.name, this.file, this.#abort.signal));
      this.#say("");
      if (sounding === this) await this.play();
    } catch (error) {
      if (!this.#abort.signal.aborted) this.#say(`It can't be played: ${error.message}`);
    }
  }

  #say(message) {
    this.message = message;
    this.dispatchEvent(new Event("state"));
  }

  #state() {
    this.dispatchEvent(new Event("state"));
    cancelAnimationFrame(this.#frame);
    // Those who want less motion get the browser's own four steps a second.
    if (this.playing && !matchMedia("(prefers-reduced-motion: reduce)").matches) this.#frame = requestAnimationFrame(() => this.#follow());
    this.#tick();
  }

  #follow() {
    this.#tick();
    if (this.playing) this.#frame = requestAnimationFrame(() => this.#follow());
  }

  #tick() {
    if (this.#audio.readyState > 0) this.#wanted = this.#audio.currentTime;
    this.dispatchEvent(new Event("time"));
  }
}
