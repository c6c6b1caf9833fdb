import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Seconds } from '@amphi/base';
import {
  IFRAMES_NAME,
  MULTIVARIANT_NAME,
  type Segment,
  serializeMediaPlaylist,
  serializeMultivariantPlaylist,
  serializeThumbnails,
  THUMBNAILS_DATA_ID,
  THUMBNAILS_NAME,
  thumbnailsOf,
} from '@amphi/hls';
import { type AudioTrack, codecString, readTrackFile, type TrackFile, type VideoTrack } from '@amphi/mp4';
import type { FinishedVod } from '@amphi/protocol';
import { announcedDate, announcedDuration } from '../sinks/hls/announced.ts';
import { fileBytes, namesIn } from './finalise.ts';
import {
  readTakes,
  readThumbnails,
  TAKES_NAME,
  THUMBNAIL_IMAGES_NAME,
  type VodTake,
  type VodThumbnails,
} from './vod-files.ts';

/** EXT-X-MAP without EXT-X-I-FRAMES-ONLY (rfc8216bis, Protocol Version Compatibility). */
const VERSION = 6;
const AUDIO_GROUP = 'audio';

interface Rendition<T = TrackFile['track']> extends Omit<TrackFile, 'track'> {
  readonly track: T;
  /** Of its file, without the extension. */
  readonly name: string;
  readonly bytes: number;
  readonly segments: readonly Segment[];
  /** The first pictures of its segments; of sound there are none. */
  readonly iFrames: readonly Segment[];
  readonly seconds: Seconds;
}

/**
 * Makes the playlists of a recording for HLS, wherever its writer came to its end: up to the last whole part of each track. Segments are
 * ranges of the track files, which stay as they are. Done again it gives the same; what has nothing to play goes.
 * @param folder that nobody writes to any more
 */
export async function finaliseVod(folder: string): Promise<FinishedVod | undefined> {
  const tracks = await tracksIn(folder);
  const [main] = tracks.flatMap(({ file }) => (file.track.kind === 'video' ? [file] : []));
  if (!main) {
    await rm(folder, { recursive: true, force: true });
    return undefined;
  }
  const cuts = main.fragments.filter(({ isSync }) => isSync).map(({ startTicks }) => startTicks / main.track.timescale);
  const takes = await takesIn(folder);
  const renditions = tracks.map((track) => renditionOf(track, cuts, takes));
  const target = Math.max(
    1,
    ...renditions.map(({ segments }) => largest(segments, ({ duration }) => Math.round(duration))),
  );
  for (const { name, segments, iFrames } of renditions) {
    await write(join(folder, `${name}.m3u8`), mediaPlaylist(segments, target, false));
    if (iFrames.length > 0) await write(join(folder, iFramesName(name)), mediaPlaylist(iFrames, target, true));
  }
  const videos = renditions.filter((each): each is Rendition<VideoTrack> => each.track.kind === 'video');
  const audios = renditions.filter((each): each is Rendition<AudioTrack> => each.track.kind === 'audio');
  const images = await thumbnailsIn(folder);
  const cues = thumbnailsOf(videos[0]!.segments, images);
  if (cues.length > 0) await write(join(folder, THUMBNAILS_NAME), serializeThumbnails(cues));
  await write(join(folder, MULTIVARIANT_NAME), multivariantPlaylist(videos, audios, cues.length > 0));
  return {
    bytes: await bytesIn(folder),
    durationSeconds: Math.max(...renditions.map(({ seconds }) => seconds)),
    width: videos[0]!.track.width,
    height: videos[0]!.track.height,
    rungs: videos.length,
    thumbnails: [...new Set(cues.map(({ uri }) => uri))],
  };
}

interface NamedTrack {
  readonly name: string;
  readonly bytes: number;
  readonly file: TrackFile;
}

/** Those in which something was written, larger pictures first. */
async function tracksIn(folder: string): Promise<NamedTrack[]> {
  const names = (await namesIn(folder)).filter((name) => name.endsWith('.mp4'));
  const tracks: NamedTrack[] = [];
  for (const name of names) {
    const handle = await open(join(folder, name));
    try {
      const bytes = await fileBytes(handle);
      const file = await readTrackFile(bytes);
      if (file && file.fragments.length > 0) tracks.push({ name: basename(name, '.mp4'), bytes: bytes.size, file });
    } finally {
      await handle.close();
    }
  }
  const area = ({ file: { track } }: NamedTrack): number => (track.kind === 'video' ? track.width * track.height : 0);
  return tracks.sort((a, b) => area(b) - area(a));
}

/** None when not even the first was written whole: the playlist has no dates then. */
async function takesIn(folder: string): Promise<VodTake[]> {
  try {
    return readTakes(await readFile(join(folder, TAKES_NAME), 'utf8'));
  } catch {
    return [];
  }
}

/** Those that are there as a whole. None when what is on them was not written. */
async function thumbnailsIn(folder: string): Promise<VodThumbnails[]> {
  try {
    const known = readThumbnails(await readFile(join(folder, THUMBNAIL_IMAGES_NAME), 'utf8'));
    const names = new Set(await namesIn(folder));
    return known.filter(({ uri }) => names.has(uri));
  } catch {
    return [];
  }
}

/** @param cuts where segments begin, in seconds of media time: the keyframes of the largest pictures */
function renditionOf(
  { name, bytes, file }: NamedTrack,
  cuts: readonly Seconds[],
  takes: readonly VodTake[],
): Rendition {
  const { track, fragments, initBytes } = file;
  const groups: { first: TrackFile['fragments'][number]; ticks: number; bytes: number }[] = [];
  let next = 0;
  for (const fragment of fragments) {
    // The sound of a segment begins with the first frame behind its picture.
    const isCut = next < cuts.length && fragment.startTicks / track.timescale >= cuts[next]! - 1e-6;
    const group = groups.at(-1);
    if (isCut || !group) groups.push({ first: fragment, ticks: fragment.durationTicks, bytes: fragment.bytes });
    else {
      group.ticks += fragment.durationTicks;
      group.bytes += fragment.bytes;
    }
    if (isCut) next++;
  }
  const uri = `${name}.mp4`;
  const map = { uri, byteRange: { length: initBytes, offset: 0 } };
  let before: VodTake | undefined;
  const segments = groups.map(({ first, ticks, bytes: length }): Segment => {
    const seconds = first.startTicks / track.timescale;
    // The sound of a take begins with the first frame behind its picture.
    const take = takes.findLast(({ atSeconds }) => atSeconds <= seconds + 1e-6);
    const at = take && take.capturedAtMs + (seconds - take.atSeconds) * 1000;
    // Times go on over a pause; dates do not.
    const discontinuity = before !== undefined && before !== take;
    before = take;
    return {
      uri,
      byteRange: { length, offset: first.offset },
      duration: announcedDuration(ticks / track.timescale),
      ...(at === undefined ? {} : { programDateTime: announcedDate(at) }),
      title: '',
      gap: false,
      discontinuity,
      map,
      parts: [],
    };
  });
  const iFrames = segments.flatMap((segment, index): Segment[] => {
    const { isSync, offset, firstSampleBytes: length } = groups[index]!.first;
    if (track.kind !== 'video') return [];
    return [isSync ? { ...segment, byteRange: { length, offset } } : { ...segment, gap: true }];
  });
  const last = fragments.at(-1)!;
  return { ...file, name, bytes, segments, iFrames, seconds: (last.startTicks + last.durationTicks) / track.timescale };
}

const iFramesName = (name: string): string => `${name}-${IFRAMES_NAME}`;

function mediaPlaylist(segments: readonly Segment[], targetDuration: number, iFramesOnly: boolean): string {
  return serializeMediaPlaylist({
    version: VERSION,
    targetDuration,
    playlistType: 'VOD',
    independentSegments: true,
    iFramesOnly,
    mediaSequence: 0,
    discontinuitySequence: 0,
    dateRanges: [],
    segments,
    preloadHints: [],
    renditionReports: [],
    endList: true,
  });
}

function multivariantPlaylist(
  videos: readonly Rendition<VideoTrack>[],
  audios: readonly Rendition<AudioTrack>[],
  hasThumbnails: boolean,
): string {
  return serializeMultivariantPlaylist({
    version: VERSION,
    independentSegments: true,
    media: audios.map(({ name, track }) => ({
      type: 'AUDIO',
      groupId: AUDIO_GROUP,
      name: 'Audio',
      isDefault: true,
      autoselect: true,
      channels: String(track.channelCount),
      uri: `${name}.m3u8`,
    })),
    variants: videos.map((video) => {
      const { name, track } = video;
      const beside = audios.map(bitRatesOf);
      const { peak, average } = bitRatesOf(video);
      return {
        uri: `${name}.m3u8`,
        bandwidthBps: peak + Math.max(0, ...beside.map((rates) => rates.peak)),
        averageBandwidthBps: average + Math.max(0, ...beside.map((rates) => rates.average)),
        codecs: [video, ...audios].map((each) => codecString(each.track)).join(','),
        resolution: { width: track.width, height: track.height },
        frameRate: frameRateOf(video),
        ...(audios.length > 0 ? { audio: AUDIO_GROUP } : {}),
        closedCaptions: 'NONE',
      };
    }),
    sessionData: hasThumbnails ? [{ dataId: THUMBNAILS_DATA_ID, uri: THUMBNAILS_NAME }] : [],
    iFrames: videos.map(({ name, track, iFrames, seconds }) => {
      const bytes = iFrames.reduce((sum, { byteRange, gap }) => sum + (gap ? 0 : (byteRange?.length ?? 0)), 0);
      const { peak, average } = bitRatesOf({ segments: iFrames.filter(({ gap }) => !gap), bytes, seconds });
      return {
        uri: iFramesName(name),
        bandwidthBps: peak,
        averageBandwidthBps: average,
        codecs: codecString(track),
        resolution: { width: track.width, height: track.height },
      };
    }),
  });
}

/** Of any segment that is not much shorter than the others (rfc8216bis, EXT-X-STREAM-INF), and of all. Bits a second. */
function bitRatesOf({ segments, bytes, seconds }: Pick<Rendition, 'segments' | 'bytes' | 'seconds'>): {
  readonly peak: number;
  readonly average: number;
} {
  const longest = largest(segments, ({ duration }) => duration);
  const whole = segments.filter(({ duration }) => duration >= longest / 2);
  const peak = largest(whole, ({ byteRange, duration }) => ((byteRange?.length ?? 0) * 8) / duration);
  const average = Math.round((bytes * 8) / seconds);
  return { peak: Math.max(Math.ceil(peak), average), average };
}

/** Of a fragment without a picture that was left out. */
function frameRateOf({ track, fragments }: Rendition<VideoTrack>): number {
  return largest(fragments, ({ samples, durationTicks }) => (samples * track.timescale) / durationTicks);
}

/** For more values than a call may have arguments. */
function largest<T>(items: readonly T[], measure: (item: T) => number): number {
  return items.reduce((most, item) => Math.max(most, measure(item)), 0);
}

async function bytesIn(folder: string): Promise<number> {
  const sizes = await Promise.all((await namesIn(folder)).map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Whole or not at all. */
async function write(path: string, text: string): Promise<void> {
  await writeFile(`${path}.making`, text);
  await rename(`${path}.making`, path);
}
