import { malformed } from './errors.ts';

/** decimal-integer (rfc8216bis, Attribute Lists), kept to what a number holds exactly. */
export function parseInteger(text: string, what: string): number {
  const value = /^\d{1,20}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) {
    throw malformed(`${what}: got ${JSON.stringify(text)}, allowed is a whole number below 2^53`);
  }
  return value;
}

/** decimal-floating-point: digits and at most one point, no sign. */
export function parseDecimal(text: string, what: string): number {
  if (!/^(\d{1,20}(\.\d*)?|\.\d+)$/.test(text)) {
    throw malformed(`${what}: got ${JSON.stringify(text)}, allowed is a decimal number without sign`);
  }
  return Number(text);
}

const PLACES = 5;
const SCALE = 10 ** PLACES;

/** Seconds with up to five decimals, the nearest; 10 µs are far below a frame and a sample pair. */
export function formatSeconds(value: number): string {
  return String(Math.round(value * SCALE) / SCALE);
}

/** A bound that nothing may exceed: the durations it bounds are rounded to the nearest, so it is rounded up. */
export function formatSecondsUp(value: number): string {
  return String(roundSecondsUp(value));
}

/** A bound as its text will say it, for bounds that depend on it. */
export function roundSecondsUp(value: number): number {
  return Math.ceil(value * SCALE - 1e-6) / SCALE;
}
