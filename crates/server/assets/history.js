// The visit so far: a list that leads to each song. In this tab's memory only.

import { byId, download, el, name, say, show } from "./dom.js";
import { csv, json } from "./export.js";
import { summary } from "./verdict.js";
import { failure } from "./status.js";
import { count } from "./words.js";

/** Keeps the list and its buttons in step with `songs`. */
export function start(songs, version) {
  const over = () => songs.list.filter((song) => song.over);
  const save = (text, type, ending) => download(new Blob([text], { type }), `gtzan-${new Date().toISOString().slice(0, 10)}.${ending}`);
  byId("export-json").addEventListener("click", () => save(json(over(), version()), "application/json", "json"));
  byId("export-csv").addEventListener("click", () => save(csv(over()), "text/csv;charset=utf-8", "csv"));
  byId("clear").addEventListener("click", () => {
    const cleared = over().length;
    songs.clear();
    byId("files").focus();
    say(`${count(cleared, "song")} cleared`);
  });
  songs.addEventListener("change", () => list(songs, over()));
}

let shown = "";

function list(songs, over) {
  // Progress of the others changes nothing here.
  const key = over.map((song) => `${song.id} ${song.state}`).join();
  if (key === shown) return;
  shown = key;
  show(byId("history"), over.length > 0, byId("files"));
  show(byId("history-link"), over.length > 0, byId("files"));
  byId("history-link").textContent = `This visit (${over.length})`;
  byId("history-list").replaceChildren(...over.map((song) => entry(songs, song)));
}

function entry(songs, song) {
  const link = el("a", { href: `#${song.id}` }, name(song.name));
  link.addEventListener("click", (event) => {
    event.preventDefault();
    songs.reveal(song);
  });
  const said = song.state === "done" ? summary(song.analysis.models) : failure(song.problem).toLowerCase();
  return el("li", {}, link, el("span", { class: "said" }, said));
}
