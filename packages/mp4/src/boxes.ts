/**
 * ISO base media file format boxes as functions (ISO/IEC 14496-12, 4.2): what is nested in the code is nested in the
 * file. Each function returns the finished bytes.
 */

/** Anything that may stand inside a box. */
export type BoxContent = Uint8Array;

/** The contents one after another, copied once. */
export function concat(...contents: readonly BoxContent[]): Uint8Array {
  let size = 0;
  for (const content of contents) size += content.byteLength;
  const out = new Uint8Array(size);
  let at = 0;
  for (const content of contents) {
    out.set(content, at);
    at += content.byteLength;
  }
  return out;
}

/** `size`, `type`, contents. */
export function box(type: string, ...contents: readonly BoxContent[]): Uint8Array {
  let size = 8;
  for (const content of contents) size += content.byteLength;
  return concat(u32(size), ascii(type), ...contents);
}

/** A box with `version` and 24 bits of `flags`. */
export function fullBox(type: string, version: number, flags: number, ...contents: readonly BoxContent[]): Uint8Array {
  return box(type, u32(version * 0x1000000 + flags), ...contents);
}

export function u8(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values);
}

export function u16(...values: readonly number[]): Uint8Array {
  const out = new Uint8Array(values.length * 2);
  const view = new DataView(out.buffer);
  values.forEach((value, i) => {
    view.setUint16(i * 2, value);
  });
  return out;
}

export function u32(...values: readonly number[]): Uint8Array {
  const out = new Uint8Array(values.length * 4);
  const view = new DataView(out.buffer);
  values.forEach((value, i) => {
    view.setUint32(i * 4, value);
  });
  return out;
}

/** @param value an integer below 2^53 */
export function u64(value: number): Uint8Array {
  return u32(Math.floor(value / 2 ** 32), value % 2 ** 32);
}

/** One byte per character; no terminator. */
export function ascii(text: string): Uint8Array {
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
  return out;
}

/** `count` zero bytes, for reserved fields. */
export function zeros(count: number): Uint8Array {
  return new Uint8Array(count);
}
