// Tempo, loudness and notes of a song.

import { el, svg } from "./dom.js";
import { number, percent } from "./words.js";

const NOTES = ["C", "C\u266f", "D", "D\u266f", "E", "F", "F\u266f", "G", "G\u266f", "A", "A\u266f", "B"];
const INNER = 16;
const OUTER = 72;

/** What was measured of the whole song. */
export function facts({ tempo, loudness, chroma }) {
  return el(
    "section",
    { class: "facts", "data-testid": "facts" },
    fact("Tempo", tempo ? [el("strong", {}, number(tempo.bpm)), " beats a minute"] : "no steady beat"),
    fact("Loudness", loudness ? [el("strong", {}, decibels(loudness.rms_dbfs)), " on average", el("br"), `${decibels(loudness.peak_dbfs)} at its peak (0\u00a0dB is full scale)`] : "not measured"),
    fact("Notes", notes(chroma)),
  );
}

function fact(title, content) {
  return el("div", { class: "fact" }, el("h4", {}, title), el("div", { class: "fact-body" }, content));
}

// Digital silence is minus infinity, which JSON can't say.
function decibels(value) {
  return !Number.isFinite(value) || value < -200 ? "silence" : `${number(value)}\u00a0dB`;
}

function notes(chroma) {
  const most = Math.max(...(chroma ?? []));
  if (!(most > 0)) return "none stands out";
  const order = NOTES.map((note, i) => [note, chroma[i]]).sort((a, b) => b[1] - a[1]);
  return [
    wheel(chroma.map((value) => value / most), order.map(([note, value]) => `${note} ${percent(value / most)}`).join(", ")),
    el("p", {}, "Strongest: ", el("strong", {}, order.slice(0, 3).map(([note]) => note).join(", "))),
  ];
}

function wheel(values, text) {
  const polar = (radius, turn) => [radius * Math.sin(turn * 2 * Math.PI), -radius * Math.cos(turn * 2 * Math.PI)].map((n) => n.toFixed(1)).join(" ");
  const sectors = values.map((value, i) => {
    const [from, to] = [(i - 0.46) / 12, (i + 0.46) / 12];
    const radius = INNER + (OUTER - INNER) * value;
    const ring = (r) => `M${polar(INNER, from)}L${polar(r, from)}A${r} ${r} 0 0 1 ${polar(r, to)}L${polar(INNER, to)}A${INNER} ${INNER} 0 0 0 ${polar(INNER, from)}Z`;
    const [x, y] = polar(OUTER + 13, i / 12).split(" ");
    return [svg("path", { class: "empty", d: ring(OUTER) }), svg("path", { class: "full", d: ring(radius) }), svg("text", { x, y, "text-anchor": "middle", dy: "0.36em" }, NOTES[i])];
  });
  return svg("svg", { class: "wheel", viewBox: "-96 -96 192 192", role: "img", "aria-label": `How strong each note is against the strongest: ${text}` }, sectors.flat());
}
