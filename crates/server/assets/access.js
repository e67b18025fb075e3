// The server's token: from the address's fragment, from this tab's session, or asked for in a form.

import { byId, show } from "./dom.js";

const KEY = "gtzan-token";
// Headers carry Latin-1 only; no token of the server's has anything else than this.
const SENDABLE = /^[\x21-\x7e]+$/;
let waiting = [];
let check = async () => true;
let token = stored();

function stored() {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    // A browser that blocks storage: the token lasts until the page is left.
    return null;
  }
}

function remember(given) {
  token = given;
  try {
    sessionStorage.setItem(KEY, given);
  } catch {
    // As above.
  }
}

/** The header that says who asks; empty without a token. */
export function authorization() {
  return token ? { Authorization: `Bearer ${token}` } : {};
}

/** Resolves once there is a token to try after `refused`, the header that was turned down. */
export function admitted(refused, signal) {
  const now = authorization().Authorization;
  if (now && now !== refused.Authorization) return Promise.resolve();
  ask(Boolean(refused.Authorization));
  return new Promise((resolve, reject) => {
    waiting.push(resolve);
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** Starts: takes `#token=…` out of the address and readies the form; `verify` tells whether the server takes the token. */
export function start(verify) {
  check = verify;
  fromAddress();
  addEventListener("hashchange", fromAddress);
  byId("token-form").addEventListener("submit", given);
}

function fromAddress() {
  const match = /^#token=(.+)$/s.exec(location.hash);
  if (!match) return;
  let given = match[1];
  try {
    given = decodeURIComponent(given);
  } catch {
    // Not percent-encoded after all: taken as it stands.
  }
  if (SENDABLE.test(given)) remember(given);
  // Out of the address bar, and so out of history and screenshots.
  history.replaceState(null, "", location.pathname + location.search);
  goOn();
}

function ask(refused) {
  const form = byId("token-form");
  byId("token-trouble").textContent = refused ? "The server doesn't take this token." : "";
  if (!form.hidden) return;
  show(form, true);
  byId("token").focus();
}

async function given(event) {
  event.preventDefault();
  const field = byId("token");
  const typed = field.value.trim();
  if (!typed) return;
  if (!SENDABLE.test(typed)) {
    byId("token-trouble").textContent = "A token has only letters, digits and signs of plain ASCII, and no spaces.";
    return;
  }
  remember(typed);
  if (await check()) {
    field.value = "";
    show(byId("token-form"), false, byId("files"));
    goOn();
  } else {
    byId("token-trouble").textContent = "The server doesn't take this token. Is it the one that gtzan serve printed last?";
    field.focus();
  }
}

function goOn() {
  const all = waiting;
  waiting = [];
  for (const resolve of all) resolve();
}
