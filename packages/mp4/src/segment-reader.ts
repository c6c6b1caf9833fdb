import { type Box, readBoxes } from './box-reader.ts';
import { Mp4Error } from './errors.ts';
import { NON_SYNC_SAMPLE_FLAGS, SYNC_SAMPLE_FLAGS } from './fragment.ts';
import type { Sample, Track } from './track.ts';

export interface ReadFragment {
  readonly sequenceNumber: number;
  readonly trackId: number;
  readonly baseDecodeTime: number;
  readonly samples: readonly Sample[];
}

/**
 * Reads back what `createInitSegment` made of one track.
 * @throws Mp4Error when a box is missing, doubled or out of place
 */
export function readInitSegment(bytes: Uint8Array): Track {
  const tracks = readTracks(bytes);
  if (tracks.length !== 1) throw new Mp4Error('malformed', `moov: holds ${tracks.length} tracks, must hold 1`);
  return tracks[0]!;
}

/**
 * Reads back what `createInitSegment` made of any number of tracks.
 * @throws Mp4Error when a box is missing, doubled or out of place
 */
export function readTracks(bytes: Uint8Array): Track[] {
  const boxes = readBoxes(bytes);
  expectTypes('initialization segment', boxes, ['ftyp', 'moov']);
  const moov = boxes[1]!;
  const traks = moov.children.filter(({ type }) => type === 'trak');
  expectTypes('moov', moov.children, ['mvhd', ...traks.map(() => 'trak'), 'mvex']);
  const defaults = at(moov, 'mvex').children;
  expectTypes(
    'mvex',
    defaults,
    traks.map(() => 'trex'),
  );
  return traks.map((trak, index) => readTrack(trak, defaults[index]!));
}

function readTrack(trak: Box, trex: Box): Track {
  const id = number(at(trak, 'tkhd'), 'trackId');
  if (number(trex, 'trackId') !== id) {
    throw new Mp4Error('malformed', `trex: trackId is ${number(trex, 'trackId')}, tkhd says ${id}`);
  }
  const mdia = at(trak, 'mdia');
  const timescale = number(at(mdia, 'mdhd'), 'timescale');
  const stsd = at(mdia, 'minf', 'stbl', 'stsd');
  const entry = stsd.children[0]!;
  const btrt = entry.children.find((child) => child.type === 'btrt');
  const bitrate = btrt ? { bitrateBps: number(btrt, 'avgBitrate') } : {};
  const common = { id, timescale, ...bitrate };
  if (entry.type === 'avc1' || entry.type === 'av01') {
    const video = { kind: 'video', ...common, width: number(entry, 'width'), height: number(entry, 'height') } as const;
    return entry.type === 'avc1'
      ? { ...video, avcConfig: bytesOf(at(entry, 'avcC'), 'data') }
      : { ...video, av1Config: bytesOf(at(entry, 'av1C'), 'data') };
  }
  const audio = {
    kind: 'audio',
    ...common,
    sampleRate: number(entry, 'sampleRate'),
    channelCount: number(entry, 'channelCount'),
  } as const;
  if (entry.type === 'mp4a') return { ...audio, audioSpecificConfig: bytesOf(at(entry, 'esds'), 'config') };
  if (entry.type === 'Opus') return { ...audio, preSkip: number(at(entry, 'dOps'), 'preSkip') };
  throw new Mp4Error('unsupported', `sample entry ${entry.type}, allowed avc1, av01, mp4a, Opus`);
}

/**
 * Reads back a part or a segment: one or more `moof` + `mdat`, in order, each following the one before in number and
 * time, sample sizes filling each `mdat` exactly.
 * @throws Mp4Error
 */
export function readFragments(bytes: Uint8Array): ReadFragment[] {
  const boxes = readBoxes(bytes);
  const fragments: ReadFragment[] = [];
  for (let i = 0; i < boxes.length; i += 2) {
    expectTypes('fragment', boxes.slice(i, i + 2), ['moof', 'mdat']);
    const fragment = readFragment(boxes[i]!, boxes[i + 1]!);
    const previous = fragments.at(-1);
    if (previous) expectContinuation(previous, fragment);
    fragments.push(fragment);
  }
  if (fragments.length === 0) throw new Mp4Error('truncated', 'no fragment');
  return fragments;
}

function readFragment(moof: Box, mdat: Box): ReadFragment {
  expectTypes('moof', moof.children, ['mfhd', 'traf']);
  const traf = moof.children[1]!;
  expectTypes('traf', traf.children, ['tfhd', 'tfdt', 'trun']);
  const trun = at(traf, 'trun');
  const expectedOffset = mdat.offset + 8 - moof.offset;
  if (number(trun, 'dataOffset') !== expectedOffset) {
    throw new Mp4Error(
      'malformed',
      `trun: data_offset is ${number(trun, 'dataOffset')}, mdat data are at ${expectedOffset}`,
    );
  }
  const data = bytesOf(mdat, 'data');
  const samples: Sample[] = [];
  let offset = 0;
  for (const [duration, size, flags] of trun.fields.samples as readonly (readonly [number, number, number])[]) {
    if (flags !== SYNC_SAMPLE_FLAGS && flags !== NON_SYNC_SAMPLE_FLAGS) {
      throw new Mp4Error('unsupported', `trun: sample flags 0x${flags.toString(16)}`);
    }
    if (offset + size > data.length) throw new Mp4Error('truncated', 'trun: samples run past the end of mdat');
    samples.push({ data: data.subarray(offset, offset + size), duration, isSync: flags === SYNC_SAMPLE_FLAGS });
    offset += size;
  }
  if (offset !== data.length)
    throw new Mp4Error('malformed', `mdat: ${data.length - offset} bytes belong to no sample`);
  return {
    sequenceNumber: number(at(moof, 'mfhd'), 'sequenceNumber'),
    trackId: number(at(traf, 'tfhd'), 'trackId'),
    baseDecodeTime: number(at(traf, 'tfdt'), 'baseDecodeTime'),
    samples,
  };
}

function expectContinuation(previous: ReadFragment, next: ReadFragment): void {
  const due = previous.samples.reduce((time, sample) => time + sample.duration, previous.baseDecodeTime);
  if (
    next.trackId !== previous.trackId ||
    next.baseDecodeTime !== due ||
    next.sequenceNumber <= previous.sequenceNumber
  ) {
    throw new Mp4Error(
      'malformed',
      `fragment ${next.sequenceNumber} of track ${next.trackId} at ${next.baseDecodeTime} does not follow ` +
        `fragment ${previous.sequenceNumber} of track ${previous.trackId}, which ends at ${due}`,
    );
  }
}

function expectTypes(where: string, boxes: readonly Box[], types: readonly string[]): void {
  const got = boxes.map((box) => box.type);
  if (got.length !== types.length || types.some((type, i) => got[i] !== type)) {
    throw new Mp4Error('malformed', `${where}: holds [${got.join(' ')}], must hold [${types.join(' ')}]`);
  }
}

function at(box: Box, ...path: readonly string[]): Box {
  let here = box;
  for (const type of path) {
    const found = here.children.filter((child) => child.type === type);
    if (found.length !== 1) throw new Mp4Error('malformed', `${here.type}: holds ${found.length} ${type}, must hold 1`);
    here = found[0]!;
  }
  return here;
}

const number = (box: Box, field: string): number => box.fields[field] as number;
const bytesOf = (box: Box, field: string): Uint8Array => box.fields[field] as Uint8Array;
