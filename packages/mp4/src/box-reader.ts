import { Cursor } from './cursor.ts';
import { Mp4Error } from './errors.ts';

type FieldValue = number | string | Uint8Array | readonly (readonly number[])[];

/** A box as read: its place in the file, its fields under the standard's names, the boxes inside it. */
export interface Box {
  readonly type: string;
  /** Of the first byte of `size`, from the start of the buffer. */
  readonly offset: number;
  readonly size: number;
  /** Version and flags of a full box. */
  readonly version?: number;
  readonly flags?: number;
  readonly fields: Readonly<Record<string, FieldValue>>;
  readonly children: readonly Box[];
}

interface Content {
  readonly fields?: Record<string, FieldValue>;
  readonly children?: readonly Box[];
}

interface BoxFormat {
  /** Allowed versions; present on full boxes only. */
  readonly versions?: readonly number[];
  readonly read: (c: Cursor, context: { view: DataView; end: number; version: number; flags: number }) => Content;
}

/**
 * Reads what this package writes and refuses everything else: unknown boxes, other versions, reserved bytes that are
 * set, bytes left over. Meant as a judge in tests, not as a demuxer.
 * @throws Mp4Error
 */
export function readBoxes(bytes: Uint8Array): Box[] {
  return readRange(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, bytes.byteLength);
}

function readRange(view: DataView, offset: number, end: number): Box[] {
  const boxes: Box[] = [];
  for (let at = offset; at < end; ) {
    const read = readBox(view, at, end);
    boxes.push(read);
    at += read.size;
  }
  return boxes;
}

function readBox(view: DataView, offset: number, end: number): Box {
  const header = new Cursor(view, offset, end, `box at ${offset}`);
  const size = header.u32();
  const type = header.ascii(4);
  if (size < 8 || size > end - offset) {
    throw new Mp4Error(
      'malformed',
      `box ${JSON.stringify(type)} at ${offset}: size is ${size}, allowed 8–${end - offset}`,
    );
  }
  const format = FORMATS[type];
  if (!format) throw new Mp4Error('unsupported', `box ${JSON.stringify(type)} at ${offset} is not known`);
  const boxEnd = offset + size;
  const c = new Cursor(view, offset + 8, boxEnd, `${type} at ${offset}`);
  let version = 0;
  let flags = 0;
  if (format.versions) {
    version = c.u8();
    flags = c.u8() * 0x10000 + c.u16();
    c.expect('version', version, ...format.versions);
  }
  const { fields = {}, children = [] } = format.read(c, { view, end: boxEnd, version, flags });
  if (children.length === 0 && c.remaining > 0) {
    throw new Mp4Error('malformed', `${type} at ${offset}: ${c.remaining} bytes left over`);
  }
  return { type, offset, size, ...(format.versions ? { version, flags } : {}), fields, children };
}

const container: BoxFormat = {
  read: (c, { view, end }) => {
    const children = readRange(view, c.offset, end);
    return { children };
  },
};

/** Boxes from the cursor on fill the rest. */
const rest = (c: Cursor, context: { view: DataView; end: number }): readonly Box[] =>
  readRange(context.view, c.offset, context.end);

const opaque: BoxFormat = { read: (c) => ({ fields: { data: c.bytes(c.remaining) } }) };

const emptyTable: BoxFormat = {
  versions: [0],
  read: (c) => {
    c.expect('entry_count', c.u32(), 0);
    return {};
  },
};

/** A full box of which only zeros are allowed. */
const zeroed = (count: number): BoxFormat => ({
  versions: [0],
  read: (c) => {
    c.zeros(count);
    return {};
  },
});

function brands(c: Cursor): Content {
  const major = c.ascii(4);
  const minor = c.u32();
  const compatible: string[] = [];
  while (c.remaining > 0) compatible.push(c.ascii(4));
  return { fields: { major, minor, compatible: compatible.join(' ') } };
}

const matrix = (c: Cursor): void => {
  for (const value of [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000]) c.expect('matrix', c.u32(), value);
};

/** Of H.264 (ISO/IEC 14496-15, 5.4.2) and AV1 (AV1 in ISOBMFF, 2.2). */
const visualEntry: BoxFormat = {
  read: (c, context) => {
    c.zeros(6);
    c.expect('data_reference_index', c.u16(), 1);
    c.zeros(16);
    const width = c.u16();
    const height = c.u16();
    c.expect('horizresolution', c.u32(), 0x00480000);
    c.expect('vertresolution', c.u32(), 0x00480000);
    c.zeros(4);
    c.expect('frame_count', c.u16(), 1);
    c.zeros(32);
    c.expect('depth', c.u16(), 0x18);
    c.expect('pre_defined', c.u16(), 0xffff);
    return { fields: { width, height }, children: rest(c, context) };
  },
};

/** Of AAC (ISO/IEC 14496-14, 5.6) and Opus (Opus in ISOBMFF, 4.3.1). */
const audioEntry: BoxFormat = {
  read: (c, context) => {
    c.zeros(6);
    c.expect('data_reference_index', c.u16(), 1);
    c.zeros(8);
    const channelCount = c.u16();
    c.expect('samplesize', c.u16(), 16);
    c.zeros(4);
    return { fields: { channelCount, sampleRate: c.u32() / 65536 }, children: rest(c, context) };
  },
};

/** One entry per box, named for it; the section is of ISO/IEC 14496-12 unless another part is told. */
const FORMATS: Readonly<Record<string, BoxFormat>> = {
  moov: container,
  trak: container,
  mdia: container,
  minf: container,
  dinf: container,
  stbl: container,
  mvex: container,
  moof: container,
  traf: container,
  mdat: opaque,
  avcC: opaque,
  av1C: opaque,
  ftyp: { read: brands },
  styp: { read: brands },
  mvhd: {
    versions: [0],
    read: (c) => {
      c.zeros(8);
      const timescale = c.u32();
      const duration = c.u32();
      c.expect('rate', c.u32(), 0x10000);
      c.expect('volume', c.u16(), 0x0100);
      c.zeros(10);
      matrix(c);
      c.zeros(24);
      return { fields: { timescale, duration, nextTrackId: c.u32() } };
    },
  },
  tkhd: {
    versions: [0],
    read: (c) => {
      c.zeros(8);
      const trackId = c.u32();
      c.zeros(4);
      const duration = c.u32();
      c.zeros(12);
      const volume = c.u16();
      c.zeros(2);
      matrix(c);
      return { fields: { trackId, duration, volume, width: c.u32() / 65536, height: c.u32() / 65536 } };
    },
  },
  mdhd: {
    versions: [0],
    read: (c) => {
      c.zeros(8);
      const fields = { timescale: c.u32(), duration: c.u32(), language: c.u16() };
      c.zeros(2);
      return { fields };
    },
  },
  hdlr: {
    versions: [0],
    read: (c) => {
      c.zeros(4);
      const handler = c.ascii(4);
      c.zeros(12);
      const name = c.ascii(c.remaining);
      if (!name.endsWith('\0')) throw new Mp4Error('malformed', 'hdlr: name has no terminator');
      return { fields: { handler, name: name.slice(0, -1) } };
    },
  },
  vmhd: zeroed(8), // graphicsmode 0 (copy), opcolor

  smhd: zeroed(4), // balance, reserved

  dref: {
    versions: [0],
    read: (c, context) => {
      c.expect('entry_count', c.u32(), 1);
      return { children: rest(c, context) };
    },
  },
  'url ': { versions: [0], read: () => ({}) },
  stsd: {
    versions: [0],
    read: (c, context) => {
      c.expect('entry_count', c.u32(), 1);
      return { children: rest(c, context) };
    },
  },
  stts: emptyTable,
  stsc: emptyTable,
  stco: emptyTable,
  stsz: zeroed(8), // sample_size, sample_count
  avc1: visualEntry,
  av01: visualEntry,
  mp4a: audioEntry,
  Opus: audioEntry,
  // Opus in ISOBMFF, 4.3.2
  dOps: {
    read: (c) => {
      c.zeros(1);
      const fields = { channelCount: c.u8(), preSkip: c.u16(), sampleRate: c.u32() };
      c.zeros(3);
      return { fields };
    },
  },
  // ISO/IEC 14496-1, 7.2.6
  esds: {
    versions: [0],
    read: (c) => {
      c.expect('ES descriptor tag', c.u8(), 3);
      c.expect('ES descriptor size', c.u8(), c.remaining);
      const esId = c.u16();
      c.zeros(1);
      c.expect('decoder configuration tag', c.u8(), 4);
      c.expect('decoder configuration size', c.u8(), c.remaining - 3);
      c.expect('objectTypeIndication', c.u8(), 0x40);
      c.expect('streamType', c.u8(), 0x15);
      c.zeros(3);
      const maxBitrate = c.u32();
      const avgBitrate = c.u32();
      c.expect('decoder specific tag', c.u8(), 5);
      const config = c.bytes(c.u8());
      c.expect('SL configuration tag', c.u8(), 6);
      c.expect('SL configuration size', c.u8(), 1);
      c.expect('SL predefined', c.u8(), 2);
      return { fields: { esId, maxBitrate, avgBitrate, config } };
    },
  },
  btrt: { read: (c) => ({ fields: { bufferSize: c.u32(), maxBitrate: c.u32(), avgBitrate: c.u32() } }) },
  trex: {
    versions: [0],
    read: (c) => ({
      fields: {
        trackId: c.u32(),
        descriptionIndex: c.u32(),
        duration: c.u32(),
        sampleSize: c.u32(),
        sampleFlags: c.u32(),
      },
    }),
  },
  mfhd: { versions: [0], read: (c) => ({ fields: { sequenceNumber: c.u32() } }) },
  tfhd: {
    versions: [0],
    read: (c, { flags }) => {
      c.expect('flags', flags, 0x020000);
      return { fields: { trackId: c.u32() } };
    },
  },
  tfdt: { versions: [1], read: (c) => ({ fields: { baseDecodeTime: c.u64() } }) },
  trun: {
    versions: [0],
    read: (c, { flags }) => {
      c.expect('flags', flags, 0x000701);
      const count = c.u32();
      const dataOffset = c.i32();
      c.expect('bytes of the sample table', c.remaining, count * 12);
      const samples: number[][] = [];
      for (let i = 0; i < count; i++) samples.push([c.u32(), c.u32(), c.u32()]);
      return { fields: { dataOffset, samples } };
    },
  },
};
