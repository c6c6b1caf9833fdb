import { PublicError } from './errors.ts';

/**
 * Deepest nesting of arrays and objects in what strangers send; the protocols need fewer than ten. With it whatever walks
 * over a foreign value, our code or a library's, may recurse.
 */
export const MAX_JSON_DEPTH = 64;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The one way from a stranger's bytes to a value: size, nesting, then `JSON.parse`; a schema comes next (`parseOrThrow`).
 * Each step bounds what the next may cost, and none recurses on what was not bounded.
 *
 * Texts are what any database and any client can hold: U+0000, which PostgreSQL has no place for, is refused; half a
 * surrogate pair, which is no character and which some parsers refuse together with all that is around it, becomes
 * U+FFFD, as it does where bytes are decoded. Clients make halves by cutting an emoji, so they are not refused for it.
 * @param options.what names the text in messages: `frame`, `body`
 * @throws PublicError 413 for too many bytes, 400 for too deep nesting, U+0000 and what is not JSON; in our own words
 */
export function readJson(
  text: Uint8Array | string,
  options: { readonly what: string; readonly maxBytes: number },
): unknown {
  const { what, maxBytes } = options;
  const bytes = typeof text === 'string' ? encoder.encode(text) : text;
  if (bytes.length > maxBytes) throw new PublicError(413, `${what}: ${bytes.length} bytes, at most ${maxBytes}`);
  const seen = lookThrough(bytes);
  if (seen.isTooDeep) throw new PublicError(400, `${what}: nested deeper than ${MAX_JSON_DEPTH} levels`);
  if (seen.hasZero) throw new PublicError(400, `${what}: U+0000 is in no text`);
  try {
    if (seen.halves.length > 0) return JSON.parse(decoder.decode(withoutHalves(bytes, seen.halves)));
    return JSON.parse(typeof text === 'string' ? text : decoder.decode(text));
  } catch {
    throw new PublicError(400, `${what}: not JSON`);
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const LETTER_U = 0x75;
/** Bytes of an escape such as `\ud83d`. */
const ESCAPE_LENGTH = 6;
const REPLACEMENT = encoder.encode('\\ufffd');

interface Seen {
  isTooDeep: boolean;
  hasZero: boolean;
  /** Where the escapes of surrogates stand that have no other half. */
  readonly halves: number[];
}

/**
 * Counts brackets outside of strings and looks at escapes within. All of JSON's own characters are one byte in UTF-8, and
 * no part of others; U+0000 and halves of pairs can only come as escapes.
 */
function lookThrough(bytes: Uint8Array): Seen {
  const seen: Seen = { isTooDeep: false, hasZero: false, halves: [] };
  let depth = 0;
  let inString = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (inString) {
      if (byte === BACKSLASH) at += lengthOfEscape(bytes, at, seen) - 1;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) {
      inString = true;
    } else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      if (++depth > MAX_JSON_DEPTH) return { ...seen, isTooDeep: true };
    } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
      depth--;
    }
  }
  return seen;
}

/** How long the escape at `at` is, a pair of them counted as one, and notes what is wrong with it. */
function lengthOfEscape(bytes: Uint8Array, at: number, seen: Seen): number {
  const unit = escapedUnit(bytes, at);
  if (unit === undefined) return 2;
  if (unit === 0) seen.hasZero = true;
  if (!isSurrogate(unit)) return ESCAPE_LENGTH;
  const next = escapedUnit(bytes, at + ESCAPE_LENGTH);
  if (unit < 0xdc00 && next !== undefined && isSurrogate(next) && next >= 0xdc00) return 2 * ESCAPE_LENGTH;
  seen.halves.push(at);
  return ESCAPE_LENGTH;
}

/** The UTF-16 unit that is written at `at` as an escape with four digits. */
function escapedUnit(bytes: Uint8Array, at: number): number | undefined {
  if (bytes[at] !== BACKSLASH || bytes[at + 1] !== LETTER_U) return undefined;
  let unit = 0;
  for (let digit = at + 2; digit < at + ESCAPE_LENGTH; digit++) unit = unit * 16 + hexDigit(bytes[digit]);
  return Number.isNaN(unit) ? undefined : unit;
}

function hexDigit(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : Number.NaN;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

function withoutHalves(bytes: Uint8Array, halves: readonly number[]): Uint8Array {
  const mended = Uint8Array.from(bytes);
  for (const at of halves) mended.set(REPLACEMENT, at);
  return mended;
}
