/** Elements of EBML (RFC 8794), as far as Matroska needs them. Ids are written as they stand in the file, with their marker. */

const SIZE_BYTES = 8;
/** All bits of the size set: until the end of the file, or the next element of a level above. */
const UNKNOWN_SIZE = Buffer.from([0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);

export function element(id: number, ...contents: readonly Uint8Array[]): Buffer {
  const length = contents.reduce((sum, { byteLength }) => sum + byteLength, 0);
  return Buffer.concat([idBytes(id), sizeBytes(length), ...contents]);
}

/** The head of an element that is still being written. */
export function openElement(id: number): Buffer {
  return Buffer.concat([idBytes(id), UNKNOWN_SIZE]);
}

/** Head of an element whose size takes eight bytes, as in `openElement`: to be put in its place. */
export function closedElement(id: number, length: number): Buffer {
  return Buffer.concat([idBytes(id), wideSizeBytes(length)]);
}

export function unsigned(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  const first = bytes.findIndex((byte) => byte !== 0);
  return element(id, bytes.subarray(first < 0 ? 7 : first));
}

/** In eight bytes, however small: as many for each value. */
export function float(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return element(id, bytes);
}

export function text(id: number, value: string): Buffer {
  return element(id, Buffer.from(value, 'utf8'));
}

const VOID = 0xec;

/** Room for `bytes`, at least 9, that means nothing. */
export function padding(bytes: number): Buffer {
  return Buffer.concat([closedElement(VOID, bytes - 9), Buffer.alloc(bytes - 9)]);
}

function idBytes(id: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(id);
  return bytes.subarray(bytes.findIndex((byte) => byte !== 0));
}

/** In as few bytes as it takes; all bits set would be an unknown size. */
function sizeBytes(length: number): Buffer {
  if (length < 0x7f) return Buffer.from([0x80 | length]);
  if (length < 0x3fff) return Buffer.from([0x40 | (length >> 8), length & 0xff]);
  return wideSizeBytes(length);
}

function wideSizeBytes(length: number): Buffer {
  const bytes = Buffer.alloc(SIZE_BYTES);
  bytes.writeBigUInt64BE(BigInt(length));
  bytes[0] = 0x01;
  return bytes;
}

/** An element as it is found. */
export interface ElementHead {
  readonly id: number;
  /** Of id and size. */
  readonly headBytes: number;
  /** Of the content; undefined: not known. */
  readonly length: number | undefined;
}

/** Head of the element that `bytes` begins with; undefined when it is cut off, or none. */
export function readHead(bytes: Uint8Array): ElementHead | undefined {
  const idLength = vintLength(bytes[0]);
  const sizeLength = vintLength(bytes[idLength]);
  const headBytes = idLength + sizeLength;
  if (idLength === 0 || idLength > 4 || sizeLength === 0 || headBytes > bytes.byteLength) return undefined;
  let id = 0;
  for (const byte of bytes.subarray(0, idLength)) id = id * 256 + byte;
  const marker = 2 ** (8 - sizeLength);
  let length = bytes[idLength]! - marker;
  let isUnknown = length === marker - 1;
  for (const byte of bytes.subarray(idLength + 1, headBytes)) {
    length = length * 256 + byte;
    isUnknown &&= byte === 0xff;
  }
  return { id, headBytes, length: isUnknown ? undefined : length };
}

/** By the zeros before its first one; 0: no such number begins so. */
function vintLength(first: number | undefined): number {
  return first === undefined || first === 0 ? 0 : Math.clz32(first) - 23;
}
