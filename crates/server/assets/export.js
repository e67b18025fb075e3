// The visit as JSON and as CSV.

/** Songs as JSON: the server's analyses without their pictures, and what failed. */
export function json(songs, version) {
  const entries = songs.map(({ name, analysis, problem }) => {
    if (!analysis) return { name, problem: { kind: problem.kind, detail: problem.detail } };
    const { picture: _, ...rest } = analysis;
    return rest;
  });
  return `${JSON.stringify({ gtzan: version, saved: new Date().toISOString(), songs: entries }, null, 2)}\n`;
}

/** Songs as CSV (RFC 4180), a row a song and model; a column a genre. */
export function csv(songs) {
  const genres = [...new Set(songs.flatMap(({ analysis }) => analysis?.models.flatMap(({ ribbon }) => ribbon.genres) ?? []))];
  const header = ["name", "seconds", "model", "genre", "confidence", "doubt", "tempo_bpm", "rms_dbfs", "peak_dbfs", ...genres.map((genre) => `p_${genre}`), "lost", "failure", "detail"];
  const rows = songs.flatMap((song) => (song.analysis ? heard(song.analysis, genres) : [failed(song, genres)]));
  return [header, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

function heard({ name, seconds, models, tempo, loudness, lost }, genres) {
  return models.map(({ model, verdict }) => {
    const shares = new Map(verdict.top.map(({ genre, probability }) => [genre, probability]));
    return [
      name, seconds, model, verdict.genre, verdict.confidence, verdict.doubt, tempo?.bpm, loudness?.rms_dbfs, loudness?.peak_dbfs,
      ...genres.map((genre) => shares.get(genre)), lost, "", "",
    ];
  });
}

function failed({ name, problem }, genres) {
  return [name, ...Array(8 + genres.length + 1).fill(""), problem.kind, problem.detail];
}

function cell(value) {
  if (value === undefined || value === null) return "";
  if (typeof value === "number") return String(value);
  // A spreadsheet would run a name that begins like a formula; the apostrophe makes it text.
  const text = /^[\s]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
