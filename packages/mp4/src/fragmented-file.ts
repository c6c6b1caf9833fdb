import { type Box, readBoxes } from './box-reader.ts';
import { Mp4Error } from './errors.ts';
import { SYNC_SAMPLE_FLAGS } from './fragment.ts';
import { SampleLog } from './sample-index.ts';
import { readTracks } from './segment-reader.ts';
import type { Track } from './track.ts';

/** A file, as its reader needs it. */
export interface FileBytes {
  readonly size: number;
  /** Fewer bytes only at the end of the file. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** What lies in a fragmented file, as far as it is whole. */
export interface FragmentedFile {
  /** Tracks without a sample are among them. */
  readonly tracks: readonly { readonly track: Track; readonly log: SampleLog }[];
  /** Where it begins: after the head of the progressive file that it was made into. */
  readonly offset: number;
  /** Up to the end of the last whole fragment; the logs count from the first of these bytes. */
  readonly bytes: number;
}

/** Holds a `moof` of two seconds and the head of its `mdat`. */
const WINDOW_BYTES = 4096;
const MAX_MOVIE_BYTES = 1024 * 1024;
const MAX_FRAGMENT_HEAD_BYTES = 1024 * 1024;

interface Head {
  readonly type: string;
  readonly size: number;
  /** Of the head itself: 16 for sizes that need 64 bits. */
  readonly headBytes: number;
}

/**
 * Reads where the samples of a fragmented file lie, without the samples. A killed writer leaves a file that ends
 * anywhere; what comes after its last whole fragment is as if it were not there. A file that `createProgressiveHead` was
 * put before is read as the one that it was.
 * @returns undefined when not even the head is whole
 * @throws Mp4Error for anything else than what this package writes
 */
export async function indexFragmentedFile(file: FileBytes): Promise<FragmentedFile | undefined> {
  const offset = await startOfFragments(file);
  if (offset === undefined) return undefined;
  const movie = await wholeMovie(file, offset);
  if (!movie) return undefined;
  const lanes = new Map(readTracks(movie).map((track) => [track.id, { track, log: new SampleLog() }]));
  let end = offset + movie.byteLength;
  for await (const fragment of wholeFragments(file, end)) {
    const lane = lanes.get(fragment.trackId);
    if (!lane) throw new Mp4Error('malformed', `moof at ${end}: no track ${fragment.trackId}`);
    lane.log.add({ ...fragment, offset: fragment.dataOffset - offset });
    end = fragment.end;
  }
  return { tracks: [...lanes.values()], offset, bytes: end - offset };
}

/** A fragment of a track file: `moof` and `mdat`. */
export interface TrackFragment {
  readonly offset: number;
  readonly bytes: number;
  /** Decoding time of its first sample, in ticks of the track's timescale. */
  readonly startTicks: number;
  readonly durationTicks: number;
  readonly samples: number;
  /** Whether decoding can begin with it. */
  readonly isSync: boolean;
  /** From its beginning to the end of its first sample. */
  readonly firstSampleBytes: number;
}

/** A CMAF track file (ISO/IEC 23000-19, 7.3.3), as far as it is whole. */
export interface TrackFile {
  readonly track: Track;
  /** Of the initialization segment that it begins with. */
  readonly initBytes: number;
  readonly fragments: readonly TrackFragment[];
}

/**
 * Reads where the fragments of a file of one track lie; as `indexFragmentedFile`.
 * @returns undefined when not even the head is whole
 * @throws Mp4Error for anything else than what this package writes
 */
export async function readTrackFile(file: FileBytes): Promise<TrackFile | undefined> {
  const movie = await wholeMovie(file, 0);
  if (!movie) return undefined;
  const tracks = readTracks(movie);
  const [track] = tracks;
  if (!track || tracks.length > 1) throw new Mp4Error('unsupported', `${tracks.length} tracks, must be one`);
  const fragments: TrackFragment[] = [];
  let offset = movie.byteLength;
  for await (const { samples, startTicks, dataOffset, end } of wholeFragments(file, offset)) {
    const durationTicks = samples.reduce((sum, { duration }) => sum + duration, 0);
    const isSync = samples[0]?.isSync ?? false;
    fragments.push({
      offset,
      bytes: end - offset,
      startTicks,
      durationTicks,
      samples: samples.length,
      isSync,
      firstSampleBytes: dataOffset - offset + (samples[0]?.bytes ?? 0),
    });
    offset = end;
  }
  return { track, initBytes: movie.byteLength, fragments };
}

/** @param from where the first one begins */
async function* wholeFragments(file: FileBytes, from: number): AsyncGenerator<FragmentHead> {
  for (let at = from; ; ) {
    const fragment = await readFragmentHead(file, at);
    if (!fragment) return;
    yield fragment;
    at = fragment.end;
  }
}

/** Of the `ftyp` of the fragmented file: the first one, or the one in the `mdat` of a progressive file. */
async function startOfFragments(file: FileBytes): Promise<number | undefined> {
  const type = await headAt(file, 0);
  if (type?.type !== 'ftyp') return undefined;
  const movie = await headAt(file, type.size);
  if (movie?.type !== 'moov') return undefined;
  const next = await headAt(file, type.size + movie.size);
  return next?.type === 'mdat' ? type.size + movie.size + next.headBytes : 0;
}

async function wholeMovie(file: FileBytes, offset: number): Promise<Uint8Array | undefined> {
  const type = await headAt(file, offset);
  const movie = type && (await headAt(file, offset + type.size));
  if (!movie) return undefined;
  if (movie.size > MAX_MOVIE_BYTES) throw new Mp4Error('unsupported', `moov: ${movie.size} bytes`);
  const length = type.size + movie.size;
  const bytes = await file.read(offset, length);
  return bytes.byteLength === length ? bytes : undefined;
}

interface FragmentHead {
  readonly trackId: number;
  readonly startTicks: number;
  readonly samples: readonly { readonly bytes: number; readonly duration: number; readonly isSync: boolean }[];
  readonly dataOffset: number;
  readonly end: number;
}

/** The fragment there, unless it is not whole. */
async function readFragmentHead(file: FileBytes, at: number): Promise<FragmentHead | undefined> {
  let window = await file.read(at, WINDOW_BYTES);
  const moof = headOf(window);
  if (!moof) return undefined;
  if (moof.type !== 'moof' || moof.size > MAX_FRAGMENT_HEAD_BYTES) {
    throw new Mp4Error('malformed', `box "${moof.type}" of ${moof.size} bytes at ${at}, must be a moof`);
  }
  if (moof.size + 8 > window.byteLength) window = await file.read(at, moof.size + 8);
  const mdat = headOf(window.subarray(moof.size));
  if (!mdat) return undefined;
  const end = at + moof.size + mdat.size;
  if (end > file.size) return undefined;
  const [box] = readBoxes(window.subarray(0, moof.size));
  const traf = child(box!, 'traf');
  const samples = child(traf, 'trun').fields.samples as readonly (readonly [number, number, number])[];
  return {
    trackId: child(traf, 'tfhd').fields.trackId as number,
    startTicks: child(traf, 'tfdt').fields.baseDecodeTime as number,
    samples: samples.map(([duration, bytes, flags]) => ({ bytes, duration, isSync: flags === SYNC_SAMPLE_FLAGS })),
    dataOffset: at + moof.size + mdat.headBytes,
    end,
  };
}

function child(box: Box, type: string): Box {
  const found = box.children.find((each) => each.type === type);
  if (!found) throw new Mp4Error('malformed', `${box.type}: holds no ${type}`);
  return found;
}

async function headAt(file: FileBytes, offset: number): Promise<Head | undefined> {
  return headOf(await file.read(offset, 16));
}

/** Undefined when it is not whole. @throws Mp4Error for a size that no box has */
function headOf(bytes: Uint8Array): Head | undefined {
  if (bytes.byteLength < 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = view.getUint32(0);
  const type = String.fromCharCode(...bytes.subarray(4, 8));
  if (size === 1) {
    return bytes.byteLength < 16 ? undefined : { type, size: Number(view.getBigUint64(8)), headBytes: 16 };
  }
  if (size < 8) throw new Mp4Error('malformed', `box "${type}": size is ${size}`);
  return { type, size, headBytes: 8 };
}
