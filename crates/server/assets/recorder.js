// Songs from the microphone.

import { byId, say, show } from "./dom.js";
import { clock } from "./words.js";

const TYPES = { "audio/webm": "webm", "audio/mp4": "m4a", "audio/ogg": "ogg" };

const REFUSALS = {
  NotAllowedError: "The browser was told not to give this page the microphone. Allow it in the browser's settings for this page, then try again.",
  NotFoundError: "No microphone was found. Plug one in, then try again.",
  NotReadableError: "The microphone is in use by another program. Close that one, then try again.",
};

/** Readies the button; `take` gets each recording as a `File`, `tell` what to tell the user. */
export function start(take, tell) {
  const button = byId("record");
  let stop = null;
  let number = 0;
  button.addEventListener("click", async () => {
    if (stop) return stop();
    tell("");
    button.setAttribute("aria-disabled", "true");
    try {
      stop = await record((blob, ending) => {
        stop = null;
        button.textContent = "Record";
        button.classList.remove("on");
        show(byId("recording"), false);
        if (blob.size) take(new File([blob], `recording ${++number}.${ending}`, { type: blob.type }));
        else tell("Nothing was recorded. Try again, and let it run for a few seconds.");
      });
      button.textContent = "Stop";
      button.classList.add("on");
      show(byId("recording"), true);
      say("Recording. Press Stop when you have enough; 10 seconds or more tell most.");
    } catch (error) {
      tell(REFUSALS[error.name] ?? `The microphone can't be used: ${error.message}`);
    } finally {
      button.removeAttribute("aria-disabled");
    }
  });
}

/** Starts to record; gives the function that stops. */
async function record(done) {
  if (!navigator.mediaDevices || !window.MediaRecorder) {
    throw new Error("browsers give it only to pages on this machine (127.0.0.1, localhost) or behind https.");
  }
  // As it sounds: what makes speech clear bends music.
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
  const type = Object.keys(TYPES).find((type) => MediaRecorder.isTypeSupported(type));
  const recorder = new MediaRecorder(stream, type ? { mimeType: type } : {});
  const parts = [];
  const meter = level(stream);
  recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
  recorder.addEventListener("stop", () => {
    meter();
    for (const track of stream.getTracks()) track.stop();
    const kind = recorder.mimeType.split(";")[0];
    done(new Blob(parts, { type: kind }), TYPES[kind] ?? "audio");
  });
  recorder.start();
  return () => recorder.state === "inactive" || recorder.stop();
}

/** Shows time and level until told to stop. */
function level(stream) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  // A little more than passes between two looks, so that no peak is missed.
  analyser.fftSize = 8192;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const began = performance.now();
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    // From -60 dB to full scale.
    const share = Math.min(Math.max(1 + (20 * Math.log10(peak || 1e-9)) / 60, 0), 1);
    byId("recording-level").style.width = `${share * 100}%`;
    byId("recording-time").textContent = `recording ${clock((performance.now() - began) / 1000)}`;
  }, 100);
  return () => {
    clearInterval(timer);
    context.close();
  };
}
