// The songs of the visit: at most three in work, the others wait; cards newest batch first.

import { Card } from "./card.js";
import { byId, say, show } from "./dom.js";
import { Song } from "./song.js";
import { summary } from "./verdict.js";
import { failure } from "./status.js";

const AT_ONCE = 3;
// A batch larger than this comes folded: verdicts at a glance, the pictures when asked for.
const UNFOLDED = 3;

/** All songs. Tells of every change by a "change" event. */
export class Songs extends EventTarget {
  list = [];
  limits = null;
  #cards = new Map();
  #line = [];
  #working = 0;

  /** Takes songs, each a `{ name, load }`. */
  add(sources) {
    const songs = sources.map(({ name, load }) => new Song(name, load, sources.length <= UNFOLDED));
    this.list.unshift(...songs);
    byId("song-list").prepend(...songs.map((song) => this.#card(song)));
    for (const song of songs) {
      song.addEventListener("change", () => this.#changed(song));
      this.#enqueue(song);
    }
    this.#told();
    this.#cards.get(songs[0]).bringIntoView();
  }

  /** Forgets a song; focus goes to its neighbour. */
  remove(song) {
    const at = this.list.indexOf(song);
    this.list.splice(at, 1);
    song.cancel();
    const card = this.#cards.get(song);
    this.#cards.delete(song);
    const had = card.element.contains(document.activeElement);
    card.close();
    const next = this.list[at] ?? this.list[at - 1];
    if (had) next ? this.#cards.get(next).focus() : byId("files").focus();
    this.#told();
  }

  /** Forgets every song that is over. */
  clear() {
    for (const song of this.list.filter((song) => song.over)) this.remove(song);
  }

  /** Unfolds a song's card and puts focus on it. */
  reveal(song) {
    this.#cards.get(song).reveal();
  }

  #card(song) {
    const card = new Card(song, { remove: () => this.remove(song), again: () => this.#again(song) });
    this.#cards.set(song, card);
    return card.element;
  }

  #again(song) {
    song.reset();
    this.#enqueue(song);
  }

  #enqueue(song) {
    this.#line.push(song);
    this.#next();
  }

  #next() {
    while (this.#working < AT_ONCE && this.#line.length) {
      const song = this.#line.shift();
      if (song.over) continue;
      this.#working++;
      song.run(this.limits).finally(() => {
        this.#working--;
        this.#next();
      });
    }
  }

  #changed(song) {
    if (song.state === "done") say(`${song.name}: ${summary(song.analysis.models)}`);
    if (song.state === "failed" && song.problem.kind !== "cancelled") say(`${song.name}: ${failure(song.problem)}. ${song.problem.detail}`);
    this.#told();
  }

  #told() {
    show(byId("no-songs"), this.list.length === 0);
    this.dispatchEvent(new Event("change"));
  }
}
