// A song's state in words.

import { bytes, clock, count, lasting, percent, taken } from "./words.js";

const FAILURES = {
  unsupported: "This kind of file isn't known",
  corrupt: "The file is damaged",
  truncated: "The file is cut short",
  no_audio: "There is no sound in this file",
  too_short: "Too short to tell",
  too_long: "Too long",
  silent: "Nothing but silence",
  not_finite: "The file holds numbers that are no sound",
  crashed: "The decoder failed on this file",
  timeout: "It took too long",
  too_large: "Too large",
  queue_full: "The server has too much to do",
  too_many: "Too many songs at once",
  slow_upload: "The upload was too slow",
  stopping: "The server is shutting down",
  network: "The server can't be reached",
  cut: "The answer was cut short",
  unreadable: "The file can't be read",
  cancelled: "Cancelled",
};

/** What went wrong, in a few words. */
export function failure(problem) {
  return FAILURES[problem.kind] ?? "It didn't work";
}

/** What a song is at. */
export function status(song) {
  const { state, progress } = song;
  switch (state) {
    case "waiting":
      return waiting(progress);
    case "uploading":
      return progress.share >= 1 ? "uploaded" : `uploading ${percent(progress.share)} of ${bytes(song.file.size)}`;
    case "queued":
      return progress.ahead ? `in the server's queue, ${count(progress.ahead, "song")} ahead` : "in the server's queue, next in line";
    case "decoding":
      return `decoding, ${clock(progress.seconds ?? 0)} of sound so far`;
    case "listening":
      return "listening";
    case "done":
      return done(song);
    default:
      return failure(song.problem);
  }
}

function waiting({ why, left, again, tries }) {
  if (why === "busy") return `the server is busy: trying again in ${lasting(left)} (${again} of ${tries})`;
  if (why === "token") return "waiting for the server's token";
  if (why === "file") return "reading the song";
  return "waiting for its turn";
}

function done({ analysis, took }) {
  const { decoding, listening } = analysis.took;
  return `${clock(analysis.seconds)} long, done in ${taken(took)} (decoding ${taken(decoding)}, listening ${taken(listening)})`;
}
