import { Mp4Error } from './errors.ts';

/** Reads big-endian fields within `[offset, end)` of a buffer; never beyond. */
export class Cursor {
  readonly #view: DataView;
  readonly #end: number;
  readonly #name: string;
  #at: number;

  /** @param name told in errors */
  constructor(view: DataView, offset: number, end: number, name: string) {
    this.#view = view;
    this.#at = offset;
    this.#end = end;
    this.#name = name;
  }

  get offset(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#end - this.#at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  i32(): number {
    return this.#view.getInt32(this.#take(4));
  }

  /** @throws Mp4Error `unsupported` from 2^53 on */
  u64(): number {
    const value = this.u32() * 2 ** 32 + this.u32();
    if (!Number.isSafeInteger(value))
      throw new Mp4Error('unsupported', `${this.#name}: a 64-bit field is 2^53 or more`);
    return value;
  }

  /** A view, not a copy. */
  bytes(count: number): Uint8Array {
    const at = this.#take(count);
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + at, count);
  }

  ascii(count: number): string {
    return String.fromCharCode(...this.bytes(count));
  }

  /** Fields the standard wants to be zero. */
  zeros(count: number): void {
    if (this.bytes(count).some((byte) => byte !== 0)) {
      throw new Mp4Error('malformed', `${this.#name}: reserved bytes at ${this.#at - count} are not zero`);
    }
  }

  expect(what: string, got: number | string, ...allowed: readonly (number | string)[]): void {
    if (!allowed.includes(got)) {
      throw new Mp4Error('malformed', `${this.#name}: ${what} is ${got}, allowed ${allowed.join(', ')}`);
    }
  }

  #take(count: number): number {
    const at = this.#at;
    if (count > this.#end - at) {
      throw new Mp4Error('truncated', `${this.#name}: needs ${count} bytes at ${at}, ends at ${this.#end}`);
    }
    this.#at += count;
    return at;
  }
}
