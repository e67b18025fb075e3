// What is known of the server's models.

import { introduce } from "./palette.js";

const known = new Map();

/** Keeps what the server says of its models; the first gives genres their colours. */
export function keep(models) {
  for (const model of models) {
    known.set(model.name, model);
    introduce(model.genres);
  }
}

/** How a model did on its test, or `null`. */
export function tested(name) {
  return known.get(name)?.tested ?? null;
}
