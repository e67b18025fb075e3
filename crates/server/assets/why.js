// Why a model says so: the measurements that speak most for and against its first genre.

import { el, svg } from "./dom.js";
import { measure, points } from "./words.js";

const BAND = 120;
// Of each side; the rest is folded.
const SHOWN = 3;

/** The reasons of one model. */
export function whyView({ model, verdict, why }, named) {
  const forIt = why.columns.filter(({ effect }) => effect > 0);
  const against = why.columns.filter(({ effect }) => effect < 0);
  const most = Math.max(...why.columns.map(({ effect }) => Math.abs(effect)));
  return el(
    "div",
    { class: "model why" },
    el("h4", {}, verdict.genre === why.genre ? `Why ${why.genre}?` : `For and against ${why.genre}`, named ? ` ${model}` : ""),
    el("div", { class: "sides" }, side(`Speaks for ${why.genre}`, forIt, why.genre, most), side(`Speaks against ${why.genre}`, against, why.genre, most)),
    el("p", { class: "hint" }, method(why)),
  );
}

function method({ method: how, genre }) {
  const measured = how === "counterfactual"
    ? `Counterfactual: by how many percentage points the probability of ${genre} would change if this one measurement were average.`
    : `Method: ${how}; percentage points of the probability of ${genre}.`;
  return `${measured} Measurements are related, so the numbers don\u2019t add up. The bar is where the middle half of the ${genre} songs lie that the model learnt from; the mark is this song.`;
}

function side(title, columns, genre, most) {
  const reasons = columns.map((column) => reason(column, genre, most));
  const rest = reasons.slice(SHOWN);
  return el(
    "div",
    { class: "side" },
    el("h5", {}, title),
    reasons.length ? el("ol", {}, reasons.slice(0, SHOWN)) : el("p", { class: "hint" }, "nothing of note"),
    rest.length > 0 && el("details", {}, el("summary", {}, `${rest.length} more`), el("ol", { start: SHOWN + 1 }, rest)),
  );
}

function reason({ words, unit, value, low, high, effect }, genre, most) {
  const weight = el("span", { class: "weight", "aria-hidden": "true" });
  weight.style.width = `${(Math.abs(effect) / most) * 100}%`;
  const known = low !== null && high !== null && low !== undefined && high !== undefined;
  const where = !known ? "" : value < low ? `, below what is usual for ${genre}` : value > high ? `, above what is usual for ${genre}` : `, usual for ${genre}`;
  return el(
    "li",
    { class: effect > 0 ? "for" : "against" },
    el("span", { class: "effect" }, points(effect), el("span", { class: "unseen" }, " percentage points")),
    el("span", { class: "words" }, words, weight),
    el("span", { class: "value" }, measure(value, unit), known ? `${where} (${range(low, high, unit)})` : ""),
    known ? band(value, low, high) : null,
  );
}

function range(low, high, unit) {
  return `${measure(low)} to ${measure(high, unit)}`;
}

function band(value, low, high) {
  const [from, to] = [Math.min(low, value), Math.max(high, value)];
  const margin = (to - from || Math.abs(value) || 1) * 0.12;
  const x = (v) => ((v - from + margin) / (to - from + 2 * margin)) * BAND;
  return svg(
    "svg",
    { class: "band", viewBox: `0 0 ${BAND} 14`, "aria-hidden": "true" },
    svg("path", { class: "scale", d: `M0 7H${BAND}` }),
    svg("rect", { class: "usual", x: x(low), y: 4, width: Math.max(x(high) - x(low), 1), height: 6, rx: 2 }),
    svg("path", { class: "mark", d: `M${x(value)} 1V13` }),
  );
}
