// The server's API, as this page uses it. Every failure is a `Problem`; a refused token is asked for and the call made again.

import { admitted, authorization } from "./access.js";
import { Events } from "./sse.js";

/** What went wrong: `kind` and `detail` of the server's problem details, or of our own where no answer came. */
export class Problem extends Error {
  constructor({ status = 0, kind = "unknown", detail = "", retryAfter = null }) {
    super(detail);
    Object.assign(this, { status, kind, detail, retryAfter });
  }
}

const lost = () => new Problem({ kind: "network", detail: "the connection to the gtzan server broke; see whether it still runs, then try again" });
const garbled = (status) => new Problem({ status, kind: "garbled", detail: `the server answered ${status} with something that isn't gtzan's; see whether something else sits between` });

function problemFrom(status, text, retryAfter) {
  let said;
  try {
    said = JSON.parse(text);
  } catch {
    return garbled(status);
  }
  const seconds = retryAfter && /^\d+$/.test(retryAfter) ? Number(retryAfter) : null;
  return new Problem({ status, kind: said.kind ?? "unknown", detail: said.detail ?? said.title ?? String(status), retryAfter: seconds });
}

async function call(path, options = {}) {
  for (;;) {
    const credentials = authorization();
    let answer;
    try {
      answer = await fetch(path, { ...options, headers: { ...options.headers, ...credentials }, credentials: "omit", cache: "no-store" });
    } catch (error) {
      throw error.name === "AbortError" ? error : lost();
    }
    if (answer.ok) return answer;
    if (answer.status !== 401) throw problemFrom(answer.status, await answer.text(), answer.headers.get("Retry-After"));
    await admitted(credentials, options.signal);
  }
}

/** JSON of a GET. */
export async function get(path) {
  const answer = await call(path);
  try {
    return await answer.json();
  } catch {
    throw garbled(answer.status);
  }
}

/** Whether the server takes the token that is set now. */
export async function verify() {
  const answer = await fetch("/api/v1/models", { headers: authorization(), credentials: "omit", cache: "no-store" }).catch(() => null);
  return answer !== null && answer.status !== 401;
}

/** Body of a GET. */
export async function blob(path, signal) {
  return (await call(path, { signal })).blob().catch((error) => {
    throw error.name === "AbortError" ? error : lost();
  });
}

function body(path, name, file) {
  const whole = name.toWellFormed?.() ?? name;
  return [`${path}?name=${encodeURIComponent(whole)}`, { method: "POST", body: file, headers: { "Content-Type": "application/octet-stream" } }];
}

/** The song as the server decoded it: WAV that every browser plays. */
export async function decoded(name, file, signal) {
  const [path, options] = body("/api/v1/audio", name, file);
  return (await call(path, { ...options, signal })).blob();
}

/** Everything about a song. `on` is told the stages: uploading (with `share`), queued, decoding, listening. */
export async function analyse(name, file, on, signal) {
  // A folder, or a file that is gone since it was picked, would look like a server that doesn't answer.
  await file.slice(0, 1).arrayBuffer().catch(() => {
    throw new Problem({ kind: "unreadable", detail: "the browser can't read it; see whether it is a file and still there" });
  });
  for (;;) {
    signal.throwIfAborted();
    const credentials = authorization();
    try {
      return await attempt(name, file, credentials, on, signal);
    } catch (error) {
      if (error.status !== 401) throw error;
      on({ stage: "token" });
      await admitted(credentials, signal);
    }
  }
}

// XMLHttpRequest, because fetch doesn't tell how far an upload is.
function attempt(name, file, credentials, on, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const [path, { headers }] = body("/api/v1/analyse", name, file);
    const abort = () => request.abort();
    let outcome = null;
    const events = new Events((event, data) => {
      if (event === "progress") on(data);
      if (event === "result") outcome = () => resolve(data);
      if (event === "problem") outcome = () => reject(problemFrom(data.status, JSON.stringify(data), null));
    });
    const streamed = () => request.status === 200 && request.getResponseHeader("Content-Type")?.startsWith("text/event-stream");
    const settle = (finish) => {
      signal.removeEventListener("abort", abort);
      finish();
    };
    const read = () => {
      try {
        events.feed(request.responseText);
      } catch {
        outcome = () => reject(garbled(request.status));
      }
    };
    request.open("POST", path);
    for (const [key, value] of Object.entries({ ...headers, ...credentials, Accept: "text/event-stream" })) request.setRequestHeader(key, value);
    request.upload.onprogress = ({ loaded, total }) => on({ stage: "uploading", share: total ? loaded / total : 0 });
    request.onprogress = () => streamed() && read();
    request.onabort = () => settle(() => reject(signal.reason));
    request.onerror = () => settle(outcome ?? (() => reject(lost())));
    request.onload = () => {
      if (streamed()) {
        read();
        settle(outcome ?? (() => reject(new Problem({ kind: "cut", detail: "the server's answer ended early; try again" }))));
      } else {
        settle(() => reject(problemFrom(request.status, request.responseText, request.getResponseHeader("Retry-After"))));
      }
    };
    signal.addEventListener("abort", abort, { once: true });
    on({ stage: "uploading", share: 0 });
    request.send(file);
  });
}
