// A song over time: waveform, mel spectrogram and ribbon above one axis, under one cursor that is a slider.

import { el, svg } from "./dom.js";
import { colour } from "./palette.js";
import { moment, ribbonTable, ribbonView } from "./ribbon.js";
import { clock } from "./words.js";

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400];
const TICK = 64;
// Share of the spectrogram's height that the name of a frequency takes.
const CLEAR = 0.12;
// More beats than this in a picture are a grey smear.
const BEATS = 150;

/** The timeline of an analysis, moved by `player`. */
export class Timeline {
  #seconds;
  #models;
  #player;
  #ribbons;
  #told = -1;
  #second = -1;
  #watch;

  constructor(title, { seconds, models, picture, tempo }, player) {
    this.#seconds = seconds;
    this.#models = models;
    this.#player = player;
    this.#ribbons = models.map(({ ribbon }) => ribbonView(ribbon, seconds));
    this.#controls(title);
    this.played = el("div", { class: "played" });
    this.cursor = el("div", { class: "cursor", "data-testid": "cursor" });
    this.glance = el("div", { class: "glance", hidden: true });
    this.slider = el(
      "div",
      {
        class: "plane", role: "slider", tabindex: "0", "data-testid": "timeline", "aria-label": `Position in ${title}`,
        "aria-valuemin": "0", "aria-valuemax": seconds.toFixed(1), "aria-orientation": "horizontal",
      },
      this.played, this.glance, this.cursor,
    );
    this.axis = el("div", { class: "axis", "aria-hidden": "true" });
    this.readout = el("div", { class: "readout", "data-testid": "readout" });
    const several = models.length > 1;
    this.element = el(
      "section",
      { class: "timeline" },
      el("h4", {}, "Moment by moment"),
      this.controls,
      el(
        "div",
        { class: "lanes" },
        picture && lane("Waveform", "wave", waveform(picture, tempo)),
        picture && lane("Pitches", "mel", spectrogram(picture)),
        models.map(({ model }, i) => lane(several ? `Genre, ${model}` : "Genre", "ribbon", this.#ribbons[i].element, { "data-testid": "ribbon" })),
        el("div", { class: "lane" }, el("span", { class: "lane-name" }), el("div", { class: "lane-picture" }, this.axis)),
        el("div", { class: "lane-plane" }, this.slider),
      ),
      !picture && el("p", { class: "hint" }, "Too long for a picture of its sound; the genres are all there."),
      this.readout,
      legend(models),
      el("p", { class: "hint" }, around(models[0].ribbon)),
      models.map(({ model, ribbon }) => ribbonTable(ribbon, several ? `Genres over time as a table, ${model}` : "Genres over time as a table", title)),
    );
    this.#listen();
    this.#watch = new ResizeObserver(() => this.#sized());
    this.#watch.observe(this.element);
    this.#moved();
    this.#state();
  }

  /** Stops watching. */
  close() {
    this.#watch.disconnect();
  }

  #controls(title) {
    this.play = el("button", { type: "button", class: "main play", "data-testid": "play", onclick: () => this.#player.toggle() });
    this.play.dataset.title = title;
    this.clock = el("span", { class: "clock", "data-testid": "clock" });
    this.volume = el("input", { type: "range", min: "0", max: "1", step: "0.05", value: String(this.#player.volume), "aria-label": "Volume", class: "volume" });
    this.volume.addEventListener("input", () => (this.#player.volume = Number(this.volume.value)));
    this.message = el("span", { class: "player-message", role: "status" });
    this.controls = el("div", { class: "controls" }, this.play, this.clock, el("span", { class: "volume-box" }, el("span", { "aria-hidden": "true" }, "Volume"), this.volume), this.message);
  }

  #listen() {
    const at = (event) => {
      const { left, width } = this.slider.getBoundingClientRect();
      return (Math.min(Math.max(event.clientX - left, 0), width) / width) * this.#seconds;
    };
    let dragging = false;
    this.slider.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      dragging = true;
      this.slider.setPointerCapture(event.pointerId);
      this.#player.seek(at(event));
    });
    this.slider.addEventListener("pointermove", (event) => {
      if (dragging) this.#player.seek(at(event));
      else if (event.pointerType === "mouse") this.#glance(at(event));
    });
    for (const end of ["pointerup", "pointercancel"]) this.slider.addEventListener(end, () => (dragging = false));
    this.slider.addEventListener("pointerleave", () => this.#glance(null));
    this.slider.addEventListener("keydown", (event) => this.#key(event));
    this.#player.addEventListener("time", () => this.#moved());
    this.#player.addEventListener("state", () => this.#state());
  }

  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const { time } = this.#player;
    const to = {
      ArrowRight: time + 1, ArrowUp: time + 1, ArrowLeft: time - 1, ArrowDown: time - 1,
      PageUp: time + 10, PageDown: time - 10, Home: 0, End: this.#seconds,
    }[event.key];
    if (to === undefined && event.key !== " ") return;
    event.preventDefault();
    if (to === undefined) this.#player.toggle();
    else {
      // A move by hand is told at once.
      this.#told = -1;
      this.#player.seek(to);
    }
  }

  // What a moment under the mouse holds, without going there.
  #glance(time) {
    this.glance.hidden = time === null;
    if (time !== null) this.glance.style.left = `${(time / this.#seconds) * 100}%`;
    this.#read(time ?? this.#player.time);
  }

  #moved() {
    const { time, playing } = this.#player;
    const share = `${(time / this.#seconds) * 100}%`;
    this.cursor.style.left = share;
    this.played.style.width = share;
    this.clock.textContent = `${clock(time)} / ${clock(this.#seconds)}`;
    if (this.glance.hidden && Math.floor(time) !== this.#second) this.#read(time);
    // A focused slider is read out at each change of its value: in playback once a hop, not sixty times a second.
    const step = playing ? Math.floor(time / this.#models[0].ribbon.hop) : time;
    if (step === this.#told) return;
    this.#told = step;
    this.slider.setAttribute("aria-valuenow", time.toFixed(1));
    this.slider.setAttribute("aria-valuetext", `${clock(time)} of ${clock(this.#seconds)}, ${this.#models.map(({ ribbon }) => moment(ribbon, time).split(", ")[0]).join("; ")}`);
  }

  #read(time) {
    this.#second = Math.floor(time);
    const several = this.#models.length > 1;
    this.readout.replaceChildren(
      ...this.#models.map(({ model, ribbon }) => el("p", {}, el("strong", {}, `At ${clock(time)}`), several ? `, ${model}: ` : ": ", moment(ribbon, time))),
    );
  }

  #state() {
    const { playing, message, volume } = this.#player;
    this.volume.value = String(volume);
    this.play.textContent = playing ? "Pause" : "Play";
    this.play.setAttribute("aria-label", `${playing ? "Pause" : "Play"} ${this.play.dataset.title}`);
    this.play.dataset.playing = String(playing);
    if (this.message.textContent !== message) this.message.textContent = message;
    this.#told = -1;
    this.#moved();
  }

  #sized() {
    for (const { relabel } of this.#ribbons) relabel();
    const width = this.axis.clientWidth;
    if (!width) return;
    const step = STEPS.find((step) => (this.#seconds / step) * TICK <= width) ?? STEPS.at(-1);
    const ticks = [];
    for (let t = 0; t <= this.#seconds; t += step) {
      const tick = el("span", {}, clock(t));
      tick.style.left = `${(t / this.#seconds) * 100}%`;
      ticks.push(tick);
    }
    this.axis.replaceChildren(...ticks);
  }
}

function lane(title, kind, picture, attributes = {}) {
  return el("div", { class: `lane ${kind}`, ...attributes }, el("span", { class: "lane-name" }, title), el("div", { class: "lane-picture" }, picture));
}

function waveform({ waveform: columns, seconds }, tempo) {
  const upper = columns.map(([, high], i) => `${i} ${(1 - high).toFixed(3)}`);
  const lower = columns.map(([low], i) => `${i} ${(1 - low).toFixed(3)}`).reverse();
  const shape = svg("path", { d: `M${upper.join("L")}L${lower.join("L")}Z` });
  const beats = tempo && tempo.beats.length <= BEATS ? tempo.beats : [];
  const marks = svg("path", { class: "beats", d: beats.map((beat) => `M${((beat / seconds) * columns.length).toFixed(1)} 1.9V2`).join("") });
  return svg("svg", { viewBox: `0 0 ${columns.length} 2`, preserveAspectRatio: "none", "aria-hidden": "true" }, shape, marks);
}

function spectrogram({ mel, mel_ticks: ticks }) {
  // Names that would lie on one another are left out, from the top down.
  const clear = ticks.toReversed().reduce((kept, tick) => (kept.length && kept.at(-1).at - tick.at < CLEAR ? kept : [...kept, tick]), []);
  const marks = clear.map(({ hz, at }) => {
    const mark = el("span", {}, hz >= 1000 ? `${Math.round(hz / 100) / 10} kHz` : `${hz} Hz`);
    mark.style.bottom = `${at * 100}%`;
    return mark;
  });
  return [el("img", { src: mel, alt: "Spectrogram: which pitches sound when, low ones at the bottom, loud ones bright", draggable: "false" }), el("div", { class: "hz", "aria-hidden": "true" }, marks)];
}

/** What a moment of a ribbon is judged from. */
function around({ hop, window }) {
  return window > hop
    ? `A model needs more than a moment: each ${hop} s are judged from the ${window} s around them. The verdict is that of the whole song.`
    : `Each ${hop} s are judged by themselves. The verdict is that of the whole song.`;
}

function legend(models) {
  const genres = [...new Set(models.flatMap(({ ribbon }) => ribbon.genres))];
  return el(
    "ul",
    { class: "legend", "aria-label": "Colours of the genres, from the bottom of the ribbon up" },
    genres.map((genre) => {
      const swatch = el("span", { class: "swatch", "aria-hidden": "true" });
      swatch.style.background = colour(genre).fill;
      return el("li", {}, swatch, genre);
    }),
  );
}
