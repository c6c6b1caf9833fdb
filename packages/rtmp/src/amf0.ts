import { RtmpError } from './errors.ts';

/** What commands are written in (Action Message Format, AMF 0). Arrays of the other side are read as what they hold. */
export type AmfValue =
  | number
  | boolean
  | string
  | null
  | undefined
  | readonly AmfValue[]
  | { readonly [name: string]: AmfValue };

/** Markers of types (AMF 0, 2.1). */
const NUMBER = 0;
const BOOLEAN = 1;
const STRING = 2;
const OBJECT = 3;
const NULL = 5;
const UNDEFINED = 6;
const ECMA_ARRAY = 8;
const OBJECT_END = 9;
const STRICT_ARRAY = 10;
const DATE = 11;
const LONG_STRING = 12;

/** Answers of servers are two objects deep. */
const MAX_DEPTH = 8;

/** Values one after another. Strings of at most 65,535 bytes. */
export function writeAmf(...values: readonly AmfValue[]): Uint8Array {
  const bytes: number[] = [];
  for (const value of values) write(bytes, value);
  return Uint8Array.from(bytes);
}

/** @throws RtmpError `rtmp_malformed` */
export function readAmf(data: Uint8Array): AmfValue[] {
  const reader = new AmfReader(data);
  const values: AmfValue[] = [];
  while (!reader.isAtEnd) values.push(reader.value(0));
  return values;
}

function write(bytes: number[], value: AmfValue): void {
  if (typeof value === 'number') bytes.push(NUMBER, ...doubleBytes(value));
  else if (typeof value === 'boolean') bytes.push(BOOLEAN, value ? 1 : 0);
  else if (typeof value === 'string') {
    bytes.push(STRING);
    writeText(bytes, value);
  } else if (value === null) bytes.push(NULL);
  else if (value === undefined) bytes.push(UNDEFINED);
  else if (Array.isArray(value)) {
    bytes.push(STRICT_ARRAY, ...u32Bytes(value.length));
    for (const element of value) write(bytes, element);
  } else {
    bytes.push(OBJECT);
    for (const [name, property] of Object.entries(value)) {
      writeText(bytes, name);
      write(bytes, property);
    }
    bytes.push(0, 0, OBJECT_END);
  }
}

function writeText(bytes: number[], text: string): void {
  const encoded = new TextEncoder().encode(text);
  if (encoded.byteLength > 0xffff)
    throw new RtmpError('rtmp_malformed', `a text of ${encoded.byteLength} bytes, at most 65535`);
  bytes.push(encoded.byteLength >> 8, encoded.byteLength & 0xff, ...encoded);
}

function doubleBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return bytes;
}

function u32Bytes(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

class AmfReader {
  readonly #data: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#data.byteLength;
  }

  value(depth: number): AmfValue {
    if (depth > MAX_DEPTH) throw new RtmpError('rtmp_malformed', `objects nested more than ${MAX_DEPTH} deep`);
    const marker = this.#u8();
    switch (marker) {
      case NUMBER:
        return this.#view.getFloat64(this.#take(8));
      case BOOLEAN:
        return this.#u8() !== 0;
      case STRING:
        return this.#text(this.#u16());
      case LONG_STRING:
        return this.#text(this.#u32());
      case NULL:
        return null;
      case UNDEFINED:
        return undefined;
      case OBJECT:
        return this.#properties(depth);
      case ECMA_ARRAY:
        // How many there are is a guess (2.10); the end is told as in an object.
        this.#u32();
        return this.#properties(depth);
      case STRICT_ARRAY: {
        const values: AmfValue[] = [];
        // Each takes a byte at least, so that what is claimed cannot be more than what is there.
        for (let left = this.#u32(); left > 0; left--) values.push(this.value(depth + 1));
        return values;
      }
      case DATE: {
        const at = this.#view.getFloat64(this.#take(8));
        this.#take(2);
        return at;
      }
      default:
        throw new RtmpError('rtmp_malformed', `a value of the type ${marker}, which no answer needs`);
    }
  }

  #properties(depth: number): AmfValue {
    const properties: [string, AmfValue][] = [];
    for (;;) {
      const name = this.#text(this.#u16());
      if (name === '' && this.#data[this.#at] === OBJECT_END) {
        this.#at++;
        return Object.fromEntries(properties);
      }
      properties.push([name, this.value(depth + 1)]);
    }
  }

  #text(bytes: number): string {
    const at = this.#take(bytes);
    return new TextDecoder().decode(this.#data.subarray(at, at + bytes));
  }

  #u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  #u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  #u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  #take(count: number): number {
    const at = this.#at;
    if (count > this.#data.byteLength - at) throw new RtmpError('rtmp_malformed', `a value is cut off at byte ${at}`);
    this.#at += count;
    return at;
  }
}

/** The properties of an object; none of what is none. */
export function propertiesOf(value: AmfValue | undefined): { readonly [name: string]: AmfValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { readonly [name: string]: AmfValue })
    : {};
}
