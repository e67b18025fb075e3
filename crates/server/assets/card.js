// A song's card: its state while it is worked on, then all that was heard.

import { el, name, show } from "./dom.js";
import { facts } from "./facts.js";
import { tested } from "./models.js";
import { Player } from "./player.js";
import { status } from "./status.js";
import { saveStill } from "./still.js";
import { Timeline } from "./timeline.js";
import { bars, verdictView } from "./verdict.js";
import { whyView } from "./why.js";
import { percent } from "./words.js";

/** The card of `song`. `actions` has what else can be done to it: `remove`, `again`. */
export class Card {
  #song;
  #player = null;
  #timeline = null;

  constructor(song, { remove, again }) {
    this.#song = song;
    const title = `${song.id}-name`;
    const labelled = (text, attributes) => el("button", { type: "button", "aria-describedby": title, ...attributes }, text);
    this.title = el("h3", { id: title, "data-testid": "song-name", tabindex: "-1" }, name(song.name));
    this.status = el("p", { class: "status", "data-testid": "status" });
    this.progress = el("progress", { "aria-label": `Progress of ${song.name}`, max: "1" });
    this.problem = el("p", { class: "problem", "data-testid": "problem" });
    this.verdicts = el("div", { class: "models" });
    this.body = el("div", { class: "body", id: `${song.id}-body` });
    this.cancel = labelled("Cancel", { onclick: () => song.cancel(), "data-testid": "cancel" });
    this.again = labelled("Try again", { onclick: () => this.#refuge(again), "data-testid": "again" });
    this.fold = labelled("More", { onclick: () => this.#unfold(!song.open), "aria-controls": `${song.id}-body`, "data-testid": "fold" });
    this.still = labelled("Save picture", { onclick: () => saveStill(song), "data-testid": "still" });
    this.remove = labelled("Remove", { onclick: remove, "data-testid": "remove" });
    this.element = el(
      "article",
      { class: "card", id: song.id, "data-testid": "song", "aria-labelledby": title },
      el("header", {}, el("div", { class: "card-title" }, this.title, this.status), el("div", { class: "actions" }, this.cancel, this.again, this.fold, this.still, this.remove)),
      this.progress,
      this.problem,
      this.verdicts,
      this.body,
    );
    song.addEventListener("change", () => this.#update());
    this.#update();
  }

  /** Puts focus on the card. */
  focus() {
    this.title.focus();
  }

  /** Scrolls to the card if it begins where one doesn't see it, as on a phone; focus stays. */
  bringIntoView() {
    const { top } = this.element.getBoundingClientRect();
    if (top > innerHeight * 0.7 || top < 0) this.element.scrollIntoView({ block: "start" });
  }

  /** Unfolds the card and puts focus on it. */
  reveal() {
    if (this.#song.state === "done") this.#unfold(true);
    this.title.focus();
    this.element.scrollIntoView({ block: "start" });
  }

  /** Takes the card off the page, and frees what it held. */
  close() {
    this.#drop();
    this.element.remove();
  }

  #drop() {
    this.#timeline?.close();
    this.#player?.close();
    this.#timeline = this.#player = null;
    this.body.replaceChildren();
  }

  #refuge(act) {
    this.title.focus({ preventScroll: true });
    act();
  }

  #update() {
    const song = this.#song;
    const { state, progress, problem } = song;
    this.element.dataset.state = state;
    this.status.textContent = status(song);
    show(this.progress, !song.over && state !== "waiting");
    if (state === "uploading" && progress.share < 1) {
      this.progress.value = progress.share;
      this.progress.setAttribute("aria-valuetext", percent(progress.share));
    } else {
      this.progress.removeAttribute("value");
      this.progress.removeAttribute("aria-valuetext");
    }
    show(this.cancel, !song.over, this.title);
    show(this.again, state === "failed", this.title);
    show(this.fold, state === "done");
    show(this.still, state === "done");
    show(this.remove, song.over);
    show(this.problem, state === "failed" && problem.kind !== "cancelled");
    this.problem.classList.toggle("mild", state === "done");
    if (problem) this.problem.replaceChildren(name(song.name), `: ${problem.detail}`);
    show(this.verdicts, state === "done");
    if (state === "done") this.#heard();
    else if (this.#timeline) this.#drop();
  }

  #heard() {
    const { models, lost } = this.#song.analysis;
    this.verdicts.classList.toggle("single", models.length === 1);
    this.verdicts.replaceChildren(...models.map((model) => el("div", { class: "model" }, el("div", {}, verdictView(model, models.length > 1)), el("div", { class: "model-bars" }, bars(model, tested(model.model))))));
    if (lost) {
      this.problem.replaceChildren(name(this.#song.name), `: ${lost} could not be decoded; the rest was heard`);
      show(this.problem, true);
    }
    this.#unfold(this.#song.open);
  }

  #unfold(open) {
    this.#song.open = open;
    this.element.dataset.open = String(open);
    this.fold.textContent = open ? "Less" : "More";
    this.fold.setAttribute("aria-expanded", String(open));
    if (open && !this.#timeline) this.#build();
    if (!open) this.#player?.pause();
    show(this.body, open);
  }

  // Not before it is looked at: twenty songs are twenty pictures.
  #build() {
    const { analysis, name: title, file } = this.#song;
    this.#player = new Player(title, file, analysis.seconds);
    this.#timeline = new Timeline(title, analysis, this.#player);
    const whys = analysis.models.filter((model) => model.why).map((model) => whyView(model, analysis.models.length > 1));
    this.body.replaceChildren(
      this.#timeline.element,
      facts(analysis),
      ...(whys.length ? [el("section", { class: "models", "data-testid": "why" }, whys)] : []),
    );
  }
}
