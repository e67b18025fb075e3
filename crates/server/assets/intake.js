// How songs come in: dropped anywhere on the page, chosen, pasted.

import { byId } from "./dom.js";
import { count } from "./words.js";

const SOUND = /\.(wav|wave|flac|mp3|mp2|mp1|ogg|oga|opus|m4a|m4b|mp4|aac|alac|caf|aif|aiff|aifc|au|snd|mka|mkv|webm)$/i;

/** Gives every file that comes in to `take`, and tells what was left out. */
export function start(take, tell) {
  const zone = byId("drop");
  const field = byId("files");
  field.addEventListener("change", () => {
    take([...field.files]);
    // The same file may be chosen again.
    field.value = "";
  });
  addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    zone.classList.add("over");
  });
  addEventListener("dragleave", (event) => event.relatedTarget ?? zone.classList.remove("over"));
  addEventListener("drop", async (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    zone.classList.remove("over");
    tell("");
    take(await dropped(event.dataTransfer, tell));
  });
  addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files];
    if (!files.length) return;
    event.preventDefault();
    take(files);
  });
}

/** Files of a drop; of folders, those that look like sound. */
async function dropped(transfer, tell) {
  const entries = [...transfer.items].filter((item) => item.kind === "file").map((item) => item.webkitGetAsEntry?.() ?? null);
  if (!entries.some((entry) => entry?.isDirectory)) return [...transfer.files];
  const files = [];
  const left = [];
  for (const entry of entries) {
    try {
      await walk(entry, files, left, true);
    } catch (error) {
      left.push(`${entry.name} (${error.message})`);
    }
  }
  if (left.length) tell(`Left out what doesn't look like sound (${count(left.length, "file")}): ${left.slice(0, 5).join(", ")}${left.length > 5 ? "\u2026" : ""}`);
  return files;
}

async function walk(entry, files, left, named) {
  if (entry.isFile) {
    if (named || SOUND.test(entry.name)) files.push(await new Promise((resolve, reject) => entry.file(resolve, reject)));
    else left.push(entry.name);
    return;
  }
  const reader = entry.createReader();
  // A folder comes in parts, until an empty one.
  for (;;) {
    const part = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!part.length) return;
    for (const inner of part) await walk(inner, files, left, false);
  }
}
