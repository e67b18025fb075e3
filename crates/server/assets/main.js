// The page: puts its parts together.

import * as access from "./access.js";
import { blob, get, verify } from "./api.js";
import { byId, el, say, show } from "./dom.js";
import * as history from "./history.js";
import * as intake from "./intake.js";
import { keep } from "./models.js";
import { colour } from "./palette.js";
import * as recorder from "./recorder.js";
import { Songs } from "./songs.js";
import { summary } from "./verdict.js";
import { failure } from "./status.js";
import { bytes, count, lasting } from "./words.js";

const songs = new Songs();
const TITLE = document.title;
let version = "";

const tell = (text) => (byId("notice").textContent = text);

function take(files) {
  if (!files.length) return;
  if (files.length > 1) say(`${count(files.length, "song")} taken in`);
  songs.add(files.map((file) => ({ name: file.name, load: async () => file })));
}

async function server() {
  const trouble = byId("server-trouble");
  try {
    const { models, limits, version: said } = await get("/api/v1/models");
    keep(models);
    songs.limits = limits;
    version = said;
    byId("limits").textContent = `Any usual kind of sound file, up to ${bytes(limits.bytes)} and ${lasting(limits.seconds)} each.`;
    byId("about").textContent = `gtzan ${said}, hearing with ${models.map(({ name, inputs }) => `${name} (${inputs})`).join(" and ")}.`;
    demos((await get("/api/v1/demos")).demos);
    show(trouble, false, byId("files"));
  } catch (error) {
    byId("server-trouble-words").textContent = `${failure(error)}: ${error.message}.`;
    show(trouble, true);
  }
}

function demos(list) {
  byId("demo-list").replaceChildren(
    ...list.map(({ name, genre, url }) => {
      const swatch = el("span", { class: "swatch", "aria-hidden": "true" });
      swatch.style.background = colour(genre).fill;
      const play = () => songs.add([{ name, load: (signal) => blob(url, signal) }]);
      return el("li", {}, el("button", { type: "button", "data-testid": "demo", "data-genre": genre, onclick: play }, swatch, genre));
    }),
  );
  show(byId("demos"), list.length > 0);
}

function title() {
  const working = songs.list.filter((song) => !song.over).length;
  const [latest] = songs.list;
  if (working) document.title = `${count(working, "song")} in work \u2013 gtzan`;
  else if (!latest) document.title = TITLE;
  else if (latest.state === "failed") document.title = `${failure(latest.problem)}: ${latest.name} \u2013 gtzan`;
  else document.title = `${summary(latest.analysis.models)}: ${latest.name} \u2013 gtzan`;
}

access.start(verify);
intake.start(take, tell);
recorder.start((file) => take([file]), tell);
history.start(songs, () => version);
songs.addEventListener("change", title);
byId("server-again").addEventListener("click", server);
server();
