// Genre probabilities over time as a stacked ribbon: its geometry, its picture, and what it says of a moment.

import { el, svg } from "./dom.js";
import { colour } from "./palette.js";
import { clock, percent } from "./words.js";

/** The ribbon's own coordinates: time runs over WIDTH, probability over HEIGHT, 1 at the top. */
export const WIDTH = 1000;
export const HEIGHT = 100;
// More columns than this can't be seen; neighbours are averaged.
const COLUMNS = 400;
// From one hop to the next in this share of a hop on both sides: held flat between, since a hop has one value.
const EASE = 0.3;
const LETTER = 6.7;

/** Columns to draw: `{ start, end, silent, shares }`, in seconds; several hops in one where there are too many. */
function columns({ hop, times, probabilities, silent }, seconds) {
  const each = Math.ceil(times.length / COLUMNS);
  const out = [];
  for (let i = 0; i < times.length; i += each) {
    const hops = probabilities.slice(i, i + each).filter((_, k) => !silent[i + k]);
    const end = Math.min(times[Math.min(i + each, times.length) - 1] + hop, seconds);
    const shares = hops.length ? hops[0].map((_, g) => hops.reduce((sum, hop) => sum + hop[g], 0) / hops.length) : [];
    if (end > times[i]) out.push({ start: times[i], end, silent: hops.length === 0, shares });
  }
  return out;
}

/** Runs of columns between silences. */
function runs(all) {
  const out = [];
  let run = null;
  for (const column of all) {
    if (column.silent) run = null;
    else if (run) run.push(column);
    else out.push((run = [column]));
  }
  return out;
}

/** Heights of band `g`'s lower edge from the top, one a column. */
const edge = (run, g) => run.map(({ shares }) => HEIGHT * (1 - shares.slice(0, g).reduce((a, b) => a + b, 0)));

/** Bands to fill, `{ genre, path }`, the first genre at the bottom. */
export function bands(ribbon, seconds) {
  const x = (t) => (t / seconds) * WIDTH;
  const f = (n) => n.toFixed(1);
  const parts = runs(columns(ribbon, seconds));
  return ribbon.genres.map((genre, g) => {
    const path = parts.map((run) => {
      const [low, high] = [edge(run, g), edge(run, g + 1)];
      const ease = (i) => EASE * Math.min(x(run[i].end) - x(run[i].start), x(run[i + 1].end) - x(run[i + 1].start));
      let d = `M${f(x(run[0].start))} ${f(high[0])}`;
      for (let i = 0; i + 1 < run.length; i++) {
        const [b, w] = [x(run[i].end), ease(i)];
        d += `H${f(b - w)}C${f(b)} ${f(high[i])} ${f(b)} ${f(high[i + 1])} ${f(b + w)} ${f(high[i + 1])}`;
      }
      d += `H${f(x(run.at(-1).end))}V${f(low.at(-1))}`;
      for (let i = run.length - 2; i >= 0; i--) {
        const [b, w] = [x(run[i].end), ease(i)];
        d += `H${f(b + w)}C${f(b)} ${f(low[i + 1])} ${f(b)} ${f(low[i])} ${f(b - w)} ${f(low[i])}`;
      }
      return `${d}H${f(x(run[0].start))}Z`;
    });
    return { genre, path: path.join("") };
  });
}

/** Where bands are wide enough for their names in a picture of these pixels: `{ genre, x, y }`, shares of width and height. */
export function labels(ribbon, seconds, pixels, tall, letter = LETTER, line = 15) {
  const all = columns(ribbon, seconds);
  const found = [];
  ribbon.genres.forEach((genre, g) => {
    const wide = ((genre.length * letter + 10) / pixels) * seconds;
    let best = { room: line / tall };
    for (let i = 0; i < all.length; i++) {
      let [room, bottom, top] = [1, 0, 1];
      let j = i;
      for (; j < all.length && !all[j].silent; j++) {
        const below = all[j].shares.slice(0, g).reduce((a, b) => a + b, 0);
        bottom = Math.max(bottom, below);
        top = Math.min(top, below + all[j].shares[g]);
        room = top - bottom;
        if (room <= best.room || all[j].end - all[i].start >= wide) break;
      }
      const enough = j < all.length && !all[j].silent && all[j].end - all[i].start >= wide;
      if (enough && room > best.room) best = { room, x: (all[i].start + all[j].end) / 2 / seconds, y: 1 - (bottom + top) / 2 };
    }
    if (best.x !== undefined) found.push({ genre, x: best.x, y: best.y });
  });
  return found;
}

/** The ribbon's picture; call `relabel` when its width has changed. */
export function ribbonView(ribbon, seconds) {
  const paths = bands(ribbon, seconds).map(({ genre, path }) => svg("path", { d: path, fill: colour(genre).fill }));
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" }, paths);
  const layer = el("div", { class: "labels", "aria-hidden": "true" });
  const element = el("div", { class: "ribbon-picture" }, picture, layer);
  const relabel = () => {
    const { clientWidth, clientHeight } = element;
    if (!clientWidth) return;
    layer.replaceChildren(
      ...labels(ribbon, seconds, clientWidth, clientHeight).map(({ genre, x, y }) => {
        const label = el("span", {}, genre);
        Object.assign(label.style, { left: `${x * 100}%`, top: `${y * 100}%`, color: colour(genre).ink, background: colour(genre).fill });
        return label;
      }),
    );
  };
  return { element, relabel };
}

/** The three most probable genres at a moment, in words. */
export function moment({ hop, times, genres, probabilities, silent }, time) {
  const i = Math.min(Math.max(Math.floor(time / hop), 0), times.length - 1);
  if (i < 0) return "nothing heard";
  if (silent[i]) return "silence";
  const best = genres.map((genre, g) => [genre, probabilities[i][g]]).sort((a, b) => b[1] - a[1]);
  return best.slice(0, 3).map(([genre, p]) => `${genre} ${percent(p)}`).join(", ");
}

/** The ribbon's numbers, made when they are unfolded. */
export function ribbonTable({ times, genres, probabilities, silent }, title, song) {
  const details = el("details", { "data-testid": "ribbon-table" }, el("summary", {}, title));
  details.addEventListener("toggle", () => {
    if (!details.open || details.childElementCount > 1) return;
    const head = el("tr", {}, el("th", { scope: "col" }, "Time"), genres.map((genre) => el("th", { scope: "col" }, genre)));
    const rows = times.map((time, i) => {
      const cells = silent[i] ? [el("td", { colspan: genres.length }, "silence")] : probabilities[i].map((p) => el("td", {}, percent(p)));
      return el("tr", {}, el("th", { scope: "row" }, clock(time)), cells);
    });
    details.append(el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `${title}: ${song}` }, el("table", {}, el("thead", {}, head), el("tbody", {}, rows))));
  });
  return details;
}
