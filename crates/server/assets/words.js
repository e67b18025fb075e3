// Numbers as the page says them.

const NBSP = "\u00a0";

/** A share of 1 as "62 %"; neither 0 nor 1 unless it is. */
export function percent(share) {
  const rounded = Math.round(share * 100);
  if (rounded === 0 && share > 0) return `<1${NBSP}%`;
  if (rounded === 100 && share < 1) return `>99${NBSP}%`;
  return `${rounded}${NBSP}%`;
}

/** Seconds as a clock shows them: "0:12", "1:02:05". */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds + 1e-6));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** A length for a sentence: "30 seconds", "2 hours". */
export function lasting(seconds) {
  const [n, unit] = seconds >= 7200 ? [seconds / 3600, "hour"] : seconds >= 120 ? [seconds / 60, "minute"] : [seconds, "second"];
  const shown = Math.round(n * 10) / 10;
  return `${shown}${NBSP}${unit}${shown === 1 ? "" : "s"}`;
}

/** Wall time: "0.21 s", "1 min 12 s". */
export function taken(seconds) {
  if (seconds >= 100) return `${Math.floor(seconds / 60)}${NBSP}min ${Math.round(seconds % 60)}${NBSP}s`;
  return `${seconds.toFixed(seconds < 1 ? 2 : seconds < 10 ? 1 : 0)}${NBSP}s`;
}

/** Bytes as "5.1 MB" (powers of 1024, as file managers have it). */
export function bytes(count) {
  const units = ["bytes", "KB", "MB", "GB"];
  let [n, unit] = [count, 0];
  while (n >= 1024 && unit < units.length - 1) [n, unit] = [n / 1024, unit + 1];
  return `${unit && n < 10 ? n.toFixed(1) : Math.round(n)}${NBSP}${units[unit]}`;
}

/** A measurement with three digits that count and a true minus sign. */
export function number(value) {
  return value.toLocaleString("en", { maximumSignificantDigits: 3 }).replace("-", "\u2212");
}

/** A measurement with its unit, if it has one. */
export function measure(value, unit) {
  return unit ? `${number(value)}${NBSP}${unit}` : number(value);
}

/** A share of 1 as signed percentage points: "+3.4". */
export function points(share) {
  const shown = Math.abs(share * 100).toFixed(1);
  return `${share < 0 ? "\u2212" : "+"}${shown}`;
}

/** "1 song", "3 songs". */
export function count(n, noun) {
  return `${n}${NBSP}${noun}${n === 1 ? "" : "s"}`;
}
