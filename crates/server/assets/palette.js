// Colours of genres. Ten that stay apart for the colour-blind (a distance of 0.08 in OKLab or more under full protanopia,
// deuteranopia and tritanopia); dark and light take turns, so that neighbours in the ribbon differ in lightness as well. Every colour
// carries its own colour of text, 4.5:1 or better.

const COLOURS = [
  ["#51547c", "#ffffff"],
  ["#f9ca8e", "#14171b"],
  ["#8c6d11", "#ffffff"],
  ["#e795a8", "#14171b"],
  ["#7e5dc7", "#ffffff"],
  ["#71b2f7", "#14171b"],
  ["#913b11", "#ffffff"],
  ["#7de9fe", "#14171b"],
  ["#267d71", "#ffffff"],
  ["#b0b31f", "#14171b"],
];

const numbers = new Map();

/** Gives genres their colours in this order; those that have one keep it. */
export function introduce(genres) {
  for (const genre of genres) if (!numbers.has(genre)) numbers.set(genre, numbers.size);
}

/** Colour of a genre, and that of text on it; after ten they begin again. */
export function colour(genre) {
  introduce([genre]);
  const [fill, ink] = COLOURS[numbers.get(genre) % COLOURS.length];
  return { fill, ink };
}
