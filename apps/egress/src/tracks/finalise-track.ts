import type { FileHandle } from 'node:fs/promises';
import { messageOf } from '@amphi/base';
import { opusSamples } from '@amphi/rtp';
import { closedElement, type ElementHead, element, float, padding, readHead, unsigned } from './ebml.ts';
import { ID, KEYFRAME_FLAG, SEEK_HEAD_BYTES, TRACK_NUMBER } from './matroska.ts';

export interface FinishedTrackFile {
  readonly bytes: number;
  readonly durationSeconds: number;
  /** 0 of sound. */
  readonly width: number;
  readonly height: number;
  /** Why the length and the places to jump to could not be noted. It plays all the same. */
  readonly staysFragmented: string | undefined;
}

/** Head, time and first block of a cluster. */
const WINDOW_BYTES = 64;
/** All that comes before the first cluster. */
const MAX_BEGINNING_BYTES = 64 * 1024;
const MAX_CLUSTER_BYTES = 256 * 1024 * 1024;
/** Of sound every block can be begun with: places to jump to are a few seconds apart. */
const CUES_APART_MS = 5_000;
/** Of the last picture, when nothing tells. */
const PICTURE_MS = 33;

interface Place {
  readonly elementAt: number;
  readonly contentAt: number;
  readonly length: number;
}

/** Where things lie in a file of `MatroskaWriter`. */
interface Beginning {
  readonly segment: Place;
  readonly durationAt: number;
  readonly seekHeadAt: number;
  readonly infoAt: number;
  readonly tracksAt: number;
  readonly isSound: boolean;
  readonly width: number;
  readonly height: number;
  readonly end: number;
}

interface Cluster extends Place {
  readonly timeMs: number;
  readonly isKeyframe: boolean;
}

/**
 * Makes a file of `MatroskaWriter` whole, in its place, wherever its writer came to its end: what comes after the last whole
 * cluster goes, the length and the places to jump to are noted. Done again it comes to the same.
 * @returns undefined when there is nothing to play in it
 */
export async function finaliseTrack(file: FileHandle): Promise<FinishedTrackFile | undefined> {
  const { size } = await file.stat();
  const beginning = readBeginning(await read(file, 0, Math.min(size, MAX_BEGINNING_BYTES)));
  if (!beginning) return undefined;
  const clusters: Cluster[] = [];
  let end = beginning.end;
  for (;;) {
    const cluster = await clusterAt(file, end, size);
    if (!cluster) break;
    clusters.push(cluster);
    end = cluster.contentAt + cluster.length;
  }
  const last = clusters.at(-1);
  if (!last) return undefined;
  const durationMs = endOf(last, await read(file, last.contentAt, last.length), beginning.isSound);
  const { width, height } = beginning;
  const durationSeconds = durationMs / 1000;
  await file.truncate(end);
  try {
    const bytes = await complete(file, { beginning, clusters, end, durationMs });
    return { bytes, durationSeconds, width, height, staysFragmented: undefined };
  } catch (error) {
    return { bytes: end, durationSeconds, width, height, staysFragmented: messageOf(error) };
  }
}

/** Notes what is known only now. @returns how long the file is */
async function complete(
  file: FileHandle,
  made: {
    readonly beginning: Beginning;
    readonly clusters: readonly Cluster[];
    readonly end: number;
    readonly durationMs: number;
  },
): Promise<number> {
  const { beginning, clusters, end, durationMs } = made;
  const start = beginning.segment.contentAt;
  const cues = cuesOf(clusters, start);
  await write(file, end, cues);
  const bytes = end + cues.byteLength;
  const seekHead = element(
    ID.seekHead,
    seek(ID.info, beginning.infoAt - start),
    seek(ID.tracks, beginning.tracksAt - start),
    seek(ID.cues, end - start),
  );
  const room = SEEK_HEAD_BYTES - seekHead.byteLength;
  await write(file, beginning.seekHeadAt, Buffer.concat([seekHead, padding(room)]));
  await write(file, beginning.durationAt, float(ID.duration, durationMs));
  await write(file, beginning.segment.elementAt, closedElement(ID.segment, bytes - start));
  return bytes;
}

function readBeginning(bytes: Buffer): Beginning | undefined {
  const ebml = childAt(bytes, 0, ID.ebml);
  const segment = ebml && headAt(bytes, endOfPlace(ebml));
  if (!ebml || segment?.id !== ID.segment) return undefined;
  const segmentAt = endOfPlace(ebml);
  const seekHeadAt = segmentAt + segment.headBytes;
  const info = childAt(bytes, seekHeadAt + SEEK_HEAD_BYTES, ID.info);
  const scale = info && childAt(bytes, info.contentAt, ID.timestampScale);
  const tracks = info && childAt(bytes, endOfPlace(info), ID.tracks);
  const entry = tracks && childAt(bytes, tracks.contentAt, ID.trackEntry);
  if (!scale || !entry || endOfPlace(tracks) > bytes.byteLength) return undefined;
  const fields = childrenOf(bytes, entry);
  const video = fields.get(ID.video);
  const sides = video && childrenOf(bytes, video);
  const side = (id: number): number => numberOf(bytes, sides?.get(id));
  return {
    segment: { elementAt: segmentAt, contentAt: seekHeadAt, length: 0 },
    durationAt: endOfPlace(scale),
    seekHeadAt,
    infoAt: info.elementAt,
    tracksAt: tracks.elementAt,
    isSound: video === undefined,
    width: side(ID.pixelWidth),
    height: side(ID.pixelHeight),
    end: endOfPlace(tracks),
  };
}

const endOfPlace = ({ contentAt, length }: Place): number => contentAt + length;

function headAt(bytes: Buffer, at: number): ElementHead | undefined {
  return readHead(bytes.subarray(at));
}

/** The element there, when it is of that kind and says how long it is. */
function childAt(bytes: Buffer, at: number, id: number): Place | undefined {
  const head = headAt(bytes, at);
  if (head?.id !== id || head.length === undefined) return undefined;
  return { elementAt: at, contentAt: at + head.headBytes, length: head.length };
}

function childrenOf(bytes: Buffer, parent: Place): Map<number, Place> {
  const children = new Map<number, Place>();
  for (let at = parent.contentAt; at < endOfPlace(parent); ) {
    const head = headAt(bytes, at);
    if (head?.length === undefined) break;
    children.set(head.id, { elementAt: at, contentAt: at + head.headBytes, length: head.length });
    at += head.headBytes + head.length;
  }
  return children;
}

function numberOf(bytes: Buffer, place: Place | undefined): number {
  if (!place || place.length === 0 || place.length > 6 || endOfPlace(place) > bytes.byteLength) return 0;
  return bytes.readUIntBE(place.contentAt, place.length);
}

/** The cluster there, unless it is not whole. */
async function clusterAt(file: FileHandle, at: number, size: number): Promise<Cluster | undefined> {
  const bytes = await read(file, at, Math.min(WINDOW_BYTES, size - at));
  const place = childAt(bytes, 0, ID.cluster);
  if (!place || place.length > MAX_CLUSTER_BYTES || at + endOfPlace(place) > size) return undefined;
  const time = childAt(bytes, place.contentAt, ID.timestamp);
  const block = time && childAt(bytes, endOfPlace(time), ID.simpleBlock);
  if (!time || !block) return undefined;
  return {
    elementAt: at,
    contentAt: at + place.contentAt,
    length: place.length,
    timeMs: numberOf(bytes, time),
    isKeyframe: (bytes[block.contentAt + 3]! & KEYFRAME_FLAG) !== 0,
  };
}

/** When what the last cluster holds is over. */
function endOf({ timeMs }: Cluster, content: Buffer, isSound: boolean): number {
  let end = timeMs;
  let before: number | undefined;
  for (let at = 0; at < content.byteLength; ) {
    const head = headAt(content, at);
    if (head?.length === undefined) break;
    const contentAt = at + head.headBytes;
    if (head.id === ID.simpleBlock) {
      const time = timeMs + content.readInt16BE(contentAt + 1);
      const samples = isSound ? opusSamples(content.subarray(contentAt + 4, contentAt + head.length)) : undefined;
      end = time + (isSound ? (samples ?? 0) / 48 : time - (before ?? time - PICTURE_MS));
      before = time;
    }
    at = contentAt + head.length;
  }
  return end;
}

function cuesOf(clusters: readonly Cluster[], start: number): Buffer {
  let before = Number.NEGATIVE_INFINITY;
  const points: Buffer[] = [];
  for (const { timeMs, isKeyframe, elementAt } of clusters) {
    if (!isKeyframe || timeMs - before < CUES_APART_MS) continue;
    before = timeMs;
    const place = element(
      ID.cueTrackPositions,
      unsigned(ID.cueTrack, TRACK_NUMBER),
      unsigned(ID.cueClusterPosition, elementAt - start),
    );
    points.push(element(ID.cuePoint, unsigned(ID.cueTime, timeMs), place));
  }
  return element(ID.cues, ...points);
}

function seek(id: number, position: number): Buffer {
  const name = Buffer.alloc(4);
  name.writeUInt32BE(id);
  return element(ID.seek, element(ID.seekId, name), unsigned(ID.seekPosition, position));
}

async function read(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, at);
  return bytes.subarray(0, bytesRead);
}

async function write(file: FileHandle, at: number, data: Uint8Array): Promise<void> {
  let done = 0;
  while (done < data.byteLength) {
    done += (await file.write(data, done, data.byteLength - done, at + done)).bytesWritten;
  }
}
