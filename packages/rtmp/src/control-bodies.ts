/** What stands in messages of protocol and user control, both ways (Adobe RTMP 1.0, 5.4 and 7.1.7). */

/** Event types of user control. */
export const PING_REQUEST = 6;
export const PING_RESPONSE = 7;

/** The number that a body begins with: bytes, of sizes and windows; 0 for a body that is too short. */
export function numberIn(body: Uint8Array): number {
  return body.byteLength < 4 ? 0 : new DataView(body.buffer, body.byteOffset).getUint32(0);
}

/** @param value 0 to 2³² - 1 @returns four bytes, big-endian */
export function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
