// Elements of the page. Strings only ever become text nodes, so that a song's name can't be markup.

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element. Attributes that are `false`, `null` or `undefined` are left out; `on…` are listeners. */
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element, likewise. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** The element of the page with this id. */
export function byId(id) {
  return document.getElementById(id);
}

/** A name from outside: isolated, so that letters written from right to left don't turn the text around it. */
export function name(text) {
  return el("bdi", {}, text);
}

/** Shows or hides; keyboard focus inside of what is hidden goes to `refuge`. */
export function show(element, shown, refuge) {
  const losesFocus = !shown && element.contains(document.activeElement);
  element.hidden = !shown;
  if (losesFocus) refuge?.focus({ preventScroll: true });
}

/** Hands `blob` to the user as a file. */
export function download(blob, filename) {
  const url = URL.createObjectURL(blob);
  const link = el("a", { href: url, download: filename });
  document.body.append(link);
  link.click();
  link.remove();
  // The browser reads the blob after the click has returned.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

let spoken;

/** Says something to those who use a screen reader, once they have heard out what is being said. */
export function say(text) {
  const box = byId("said");
  box.append(el("p", {}, text));
  while (box.childElementCount > 5) box.firstElementChild.remove();
  clearTimeout(spoken);
  spoken = setTimeout(() => box.replaceChildren(), 15_000);
}
