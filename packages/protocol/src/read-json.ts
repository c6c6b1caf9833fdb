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
 * @param options.what names the text in messages: `frame`, `body`
 * @throws PublicError 413 for too many bytes, 400 for too deep nesting and for what is not JSON; in our own words
 */
export function readJson(
  text: Uint8Array | string,
  options: { readonly what: string; readonly maxBytes: number },
): unknown {
  const { what, maxBytes } = options;
  const bytes = typeof text === 'string' ? encoder.encode(text) : text;
  if (bytes.length > maxBytes) throw new PublicError(413, `${what}: ${bytes.length} bytes, at most ${maxBytes}`);
  if (isDeeperThan(bytes, MAX_JSON_DEPTH)) {
    throw new PublicError(400, `${what}: nested deeper than ${MAX_JSON_DEPTH} levels`);
  }
  try {
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

/** Counts brackets outside of strings. All of JSON's own characters are one byte in UTF-8, and no part of others. */
function isDeeperThan(bytes: Uint8Array, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (inString) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) {
      inString = true;
    } else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      if (++depth > limit) return true;
    } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
      depth--;
    }
  }
  return false;
}
