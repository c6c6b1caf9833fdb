import {
  findUpdateViolations,
  lastMsnOf,
  type MediaPlaylist,
  parseMultivariantPlaylist,
  parseStrict,
} from '@amphi/hls';
import { complaints, withMediaFile } from '@amphi/testkit';

/** Follows a live stream as a strict player would, and keeps all of it. */

export interface RecordedSegment {
  readonly msn: number;
  readonly discontinuity: boolean;
  readonly durationSeconds: number;
  readonly programDateTimeMs: number;
  readonly init: Uint8Array;
  readonly data: Uint8Array;
}

export interface RecordedRendition {
  readonly uri: string;
  readonly kind: 'video' | 'audio';
  readonly width: number;
  readonly height: number;
  readonly updates: number;
  readonly segments: RecordedSegment[];
  /** What the playlist was when recording stopped. */
  readonly last: MediaPlaylist;
}

/** Whether what a rendition has so far is enough. */
export type Enough = (segments: readonly RecordedSegment[]) => boolean;

/**
 * Records every rendition until it has enough or its playlist ends.
 * @throws when a playlist breaks a rule, changes what it may not, or a file differs from the sum of its parts
 */
export async function recordStream(masterUrl: string, enough: Enough): Promise<RecordedRendition[]> {
  const master = parseMultivariantPlaylist(await text(masterUrl));
  const audio = master.media.find((media) => media.type === 'AUDIO');
  return Promise.all([
    ...master.variants.map((variant) =>
      recordRendition(new URL(variant.uri, masterUrl).href, { kind: 'video', ...variant.resolution! }, enough),
    ),
    ...(audio?.uri
      ? [recordRendition(new URL(audio.uri, masterUrl).href, { kind: 'audio', width: 0, height: 0 }, enough)]
      : []),
  ]);
}

/**
 * Two segments of the rendition of this size that began after now; its playlists are held to the strict rules on the way.
 * @throws when there is none of this size, or a decoder complains
 */
export async function segmentsFromNow(
  masterUrl: string,
  size: { readonly width: number; readonly height: number },
): Promise<readonly RecordedSegment[]> {
  const master = parseMultivariantPlaylist(await text(masterUrl));
  const from = lastMsnOf(parseStrict(await text(new URL(master.variants[0]!.uri, masterUrl).href))) + 1;
  const renditions = await recordStream(masterUrl, (have) => have.length > 0 && have.at(-1)!.msn >= from + 1);
  const wanted = renditions.find(({ width, height }) => width === size.width && height === size.height);
  if (!wanted) throw new Error(`no rendition of ${size.width} × ${size.height} in ${masterUrl}`);
  const segments = wanted.segments.filter(({ msn }) => msn >= from);
  const faults = await withSegments(segments, complaints);
  if (faults !== '') throw new Error(faults);
  return segments;
}

async function recordRendition(
  uri: string,
  about: { readonly kind: 'video' | 'audio'; readonly width: number; readonly height: number },
  enough: Enough,
): Promise<RecordedRendition> {
  let playlist = parseStrict(await text(uri));
  let updates = 0;
  const segments = new Map<number, RecordedSegment>();
  const inits = new Map<string, Uint8Array>();
  const collect = async (): Promise<void> => {
    for (const [index, segment] of playlist.segments.entries()) {
      const msn = playlist.mediaSequence + index;
      if (segments.has(msn) || !segment.map) continue;
      const initUri = new URL(segment.map.uri, uri).href;
      const init = inits.get(initUri) ?? (await bytes(initUri));
      inits.set(initUri, init);
      // A rendition that was behind when the packager was killed has a gap there, so that it counts on like the others.
      const data = segment.gap ? new Uint8Array() : await bytes(new URL(segment.uri, uri).href);
      if (!segment.gap && segment.parts.length > 0) {
        const parts = await Promise.all(segment.parts.map((part) => bytes(new URL(part.uri, uri).href)));
        const sum = Buffer.concat(parts);
        if (!sum.equals(data))
          throw new Error(`${segment.uri}: ${data.byteLength} bytes differ from its parts' ${sum.byteLength}`);
      }
      segments.set(msn, {
        msn,
        discontinuity: segment.discontinuity,
        durationSeconds: segment.duration,
        programDateTimeMs: segment.programDateTime ?? Number.NaN,
        init,
        data,
      });
    }
  };
  await collect();
  while (!playlist.endList && !enough([...segments.values()])) {
    const msn = playlist.mediaSequence + playlist.segments.length;
    const part = playlist.open?.parts.length ?? 0;
    const next = parseStrict(await text(`${uri}?_HLS_msn=${msn}&_HLS_part=${part}`));
    const violations = findUpdateViolations(playlist, next);
    if (violations.length > 0) throw new Error(`${uri}: ${violations.join('; ')}`);
    playlist = next;
    updates++;
    await collect();
  }
  return { uri, ...about, updates, segments: [...segments.values()], last: playlist };
}

async function text(url: string): Promise<string> {
  return (await answer(url)).text();
}

async function bytes(url: string): Promise<Uint8Array> {
  return new Uint8Array(await (await answer(url)).arrayBuffer());
}

/** Asks again after a 503, as players do: nothing new came within three target durations (rfc8216bis, 6.2.5.2). */
async function answer(url: string): Promise<Response> {
  const response = await fetch(url, { signal: AbortSignal.timeout(15_000) });
  if (response.status === 503) {
    await response.body?.cancel();
    return answer(url);
  }
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response;
}

/** Runs of segments that share a time line. */
export function continuousRuns(segments: readonly RecordedSegment[]): RecordedSegment[][] {
  const runs: RecordedSegment[][] = [];
  for (const segment of segments) {
    if (runs.length === 0 || segment.discontinuity) runs.push([]);
    runs.at(-1)!.push(segment);
  }
  return runs;
}

/** Lends a file that holds segments of one run. */
export function withSegments<T>(segments: readonly RecordedSegment[], use: (path: string) => Promise<T>): Promise<T> {
  return withMediaFile([segments[0]!.init, ...segments.map((segment) => segment.data)], use);
}
