import { constants, crc32, deflateRawSync } from 'node:zlib';

/**
 * Text that is put together from pieces of which most stay the same. A piece is encoded once and, when somebody wants
 * it compressed, deflated once: blocks that end on a byte and refer to nothing before them can be joined (RFC 1951, 3.2.3).
 */
export class TextPiece {
  readonly bytes: Buffer;
  #deflated: Buffer | undefined;
  #crc: { readonly before: number; readonly after: number } | undefined;

  constructor(text: string) {
    this.bytes = Buffer.from(text);
  }

  get deflated(): Buffer {
    this.#deflated ??= deflateRawSync(this.bytes, { finishFlush: constants.Z_FULL_FLUSH });
    return this.#deflated;
  }

  /** Of what stands before this piece and this piece. */
  crcAfter(before: number): number {
    if (this.#crc?.before !== before) this.#crc = { before, after: crc32(this.bytes, before) };
    return this.#crc.after;
  }
}

export function joinPieces(pieces: readonly TextPiece[]): Buffer {
  return Buffer.concat(pieces.map(({ bytes }) => bytes));
}

/** Magic number, deflate, no flags, no time, no hint about the level, system unknown (RFC 1952, 2.3). */
const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
/** A last block with nothing in it. */
const LAST_BLOCK = Buffer.from([3, 0]);

/** One gzip member of all pieces. */
export function gzipPieces(pieces: readonly TextPiece[]): Buffer {
  let crc = 0;
  let length = 0;
  for (const piece of pieces) {
    crc = piece.crcAfter(crc);
    length += piece.bytes.byteLength;
  }
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc, 0);
  trailer.writeUInt32LE(length % 2 ** 32, 4);
  return Buffer.concat([GZIP_HEADER, ...pieces.map(({ deflated }) => deflated), LAST_BLOCK, trailer]);
}
