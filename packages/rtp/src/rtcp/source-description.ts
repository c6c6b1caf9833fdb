import { viewOf } from '../bytes.ts';

/** A source description with the one mandatory item, CNAME (RFC 3550, 6.5.1). @param cname ASCII, at most 255 bytes */
export function serializeSourceDescription(ssrc: number, cname: string): Uint8Array {
  const name = Uint8Array.from(cname, (c) => c.charCodeAt(0) & 0x7f).subarray(0, 255);
  // The list of items ends with at least one zero byte and is padded to whole words.
  const chunk = Math.ceil((4 + 2 + name.length + 1) / 4) * 4;
  const bytes = new Uint8Array(4 + chunk);
  const view = viewOf(bytes);
  view.setUint8(0, 0x81);
  view.setUint8(1, 202);
  view.setUint16(2, bytes.length / 4 - 1);
  view.setUint32(4, ssrc);
  bytes[8] = 1;
  bytes[9] = name.length;
  bytes.set(name, 10);
  return bytes;
}
