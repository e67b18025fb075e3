// What a model says of a song: genre and percent, or unsure and why; the most probable genres as bars.

import { el } from "./dom.js";
import { colour } from "./palette.js";
import { clock, count, percent } from "./words.js";

const BARS = 5;

const DOUBTS = {
  "low-confidence": "no genre is probable enough",
  unfamiliar: "unlike all music learnt from",
  silent: "silence",
  "channels-cancel": "the channels cancel each other out: turn the phase of one",
};

/** Why a verdict is unsure; `null` if it isn't. */
export function doubt({ verdict }) {
  return verdict.genre === "unsure" && verdict.doubt ? (DOUBTS[verdict.doubt] ?? verdict.doubt) : null;
}

/** The verdict in one line. */
export function headline(model) {
  const why = doubt(model);
  if (why) return `unsure: ${why}`;
  return `${model.verdict.genre} ${percent(model.verdict.confidence)}`;
}

/** What all models say, in one line. */
export function summary(models) {
  return models.map((model) => (models.length > 1 ? `${model.model}: ${headline(model)}` : headline(model))).join(" \u00b7 ");
}

/** The verdict, large. */
export function verdictView(model, named) {
  const why = doubt(model);
  const best = model.verdict.top[0];
  return [
    named && el("p", { class: "model-name" }, model.model),
    el(
      "p",
      { class: "verdict", "data-testid": "verdict", "data-genre": model.verdict.genre },
      why
        ? [el("span", { class: "genre unsure" }, "unsure"), el("span", { class: "doubt" }, `: ${why}`)]
        : [el("span", { class: "genre" }, model.verdict.genre), " ", el("span", { class: "sure" }, percent(model.verdict.confidence))],
    ),
    why && best && best.probability > 0 && model.verdict.doubt !== "silent" ? el("p", { class: "hint" }, `closest: ${best.genre} ${percent(best.probability)}`) : null,
  ];
}

/** The most probable genres as bars, the rest folded; the model's own clips, if there are several; how well it was tested. */
export function bars(model, tested) {
  const { top, clips = [] } = model.verdict;
  const rest = top.slice(BARS);
  return [
    el("ol", { class: "bars", "data-testid": "bars" }, top.slice(0, BARS).map(bar)),
    rest.length > 0 && el("details", {}, el("summary", {}, `The other ${rest.length}`), el("ol", { class: "bars", start: BARS + 1 }, rest.map(bar))),
    clips.length > 1 && clipList(clips),
    tested && el("p", { class: "hint" }, `${model.model} was right about ${percent(tested.accuracy)} of ${count(tested.tracks, "song")} that it hadn't learnt from (${percent(tested.low)} to ${percent(tested.high)}, allowing for chance).`),
  ];
}

function bar({ genre, probability }) {
  const length = el("span", { class: "length" });
  length.style.width = `${probability * 100}%`;
  length.style.background = colour(genre).fill;
  return el("li", {}, el("span", { class: "bar-genre" }, genre), el("span", { class: "bar-track", "aria-hidden": "true" }, length), el("span", { class: "bar-share" }, percent(probability)));
}

function clipList(clips) {
  const items = clips.map((clip) => el("li", {}, `${clock(clip.start)}–${clock(clip.end)} `, clip.silent ? "silence" : `${clip.genre} ${percent(clip.probability)}`));
  return el("details", {}, el("summary", {}, `The verdict's ${clips.length} parts`), el("ol", { class: "clips" }, items));
}
