// A song as a picture to share: name, verdict, bars, mel spectrogram and ribbon.

import { download } from "./dom.js";
import { colour } from "./palette.js";
import { bands, HEIGHT, labels, WIDTH } from "./ribbon.js";
import { doubt, headline } from "./verdict.js";
import { clock, number, percent } from "./words.js";

const [WIDE, TALL, EDGE] = [1200, 630, 60];
const FONT = "system-ui, sans-serif";
const INK = "#eceae4";
const QUIET = "#a5adb6";
const BARS = { left: 730, right: 1140, top: 92, step: 42 };
const MEL = { top: 318, tall: 96 };
const RIBBON = { top: 422, tall: 124 };

/** Draws the song and hands the PNG to the user. */
export async function saveStill(song) {
  const blob = await still(song.analysis);
  download(blob, `${song.name.replace(/\.[^.]*$/, "") || "song"}.png`);
}

async function still({ name, seconds, models, picture, tempo }) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: WIDE, height: TALL });
  const pen = canvas.getContext("2d");
  const [first, ...others] = models;
  pen.fillStyle = "#14171b";
  pen.fillRect(0, 0, WIDE, TALL);
  write(pen, name, EDGE, 92, { size: 30, room: 610, fill: QUIET });
  verdict(pen, first);
  const more = [clock(seconds), tempo && `${number(tempo.bpm)} beats a minute`, ...others.map((model) => `${model.model}: ${headline(model)}`)];
  write(pen, more.filter(Boolean).join("  \u00b7  "), EDGE, 270, { size: 22, room: 610, fill: QUIET });
  first.verdict.top.slice(0, 5).forEach(({ genre, probability }, i) => bar(pen, genre, probability, BARS.top + i * BARS.step));
  if (picture) await mel(pen, picture);
  ribbon(pen, first.ribbon, seconds, picture ? RIBBON.top : MEL.top, picture ? RIBBON.tall : RIBBON.top + RIBBON.tall - MEL.top);
  write(pen, "0:00", EDGE, 575, { size: 18, fill: QUIET });
  write(pen, clock(seconds), WIDE - EDGE, 575, { size: 18, fill: QUIET, align: "right" });
  write(pen, `gtzan \u00b7 ${first.model}`, WIDE / 2, 600, { size: 18, fill: QUIET, align: "center" });
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

function verdict(pen, model) {
  const why = doubt(model);
  if (!why) {
    const width = write(pen, model.verdict.genre, EDGE, 190, { size: 84, weight: 700, room: 440 });
    return write(pen, percent(model.verdict.confidence), EDGE + width + 24, 190, { size: 52, fill: QUIET });
  }
  write(pen, "unsure", EDGE, 170, { size: 76, weight: 700 });
  return write(pen, why, EDGE, 216, { size: 26, room: 610 });
}

function bar(pen, genre, probability, y) {
  const [from, to] = [BARS.left + 120, BARS.right - 80];
  write(pen, genre, BARS.left, y, { size: 22, room: 112 });
  pen.fillStyle = "#2a3038";
  pen.fillRect(from, y - 16, to - from, 16);
  pen.fillStyle = colour(genre).fill;
  pen.fillRect(from, y - 16, (to - from) * probability, 16);
  write(pen, percent(probability), BARS.right, y, { size: 22, align: "right" });
}

async function mel(pen, picture) {
  const image = new Image();
  image.src = picture.mel;
  try {
    await image.decode();
  } catch {
    return;
  }
  pen.drawImage(image, EDGE, MEL.top, WIDE - 2 * EDGE, MEL.tall);
}

function ribbon(pen, data, seconds, top, tall) {
  const wide = WIDE - 2 * EDGE;
  pen.save();
  pen.translate(EDGE, top);
  pen.fillStyle = "#2a3038";
  pen.fillRect(0, 0, wide, tall);
  pen.scale(wide / WIDTH, tall / HEIGHT);
  for (const { genre, path } of bands(data, seconds)) {
    pen.fillStyle = colour(genre).fill;
    pen.fill(new Path2D(path));
  }
  pen.restore();
  for (const { genre, x, y } of labels(data, seconds, wide, tall, 10, 22)) {
    write(pen, genre, EDGE + x * wide, top + y * tall + 6, { size: 18, weight: 600, fill: colour(genre).ink, align: "center" });
  }
}

/** Writes a line, cut with an ellipsis where it has no room; gives its width. */
function write(pen, text, x, y, { size, weight = 400, fill = INK, align = "left", room = Infinity }) {
  Object.assign(pen, { font: `${weight} ${size}px ${FONT}`, fillStyle: fill, textAlign: align });
  let shown = text;
  const letters = [...text];
  while (letters.length && pen.measureText(shown).width > room) {
    letters.pop();
    shown = `${letters.join("").trimEnd()}\u2026`;
  }
  pen.fillText(shown, x, y);
  return pen.measureText(shown).width;
}
