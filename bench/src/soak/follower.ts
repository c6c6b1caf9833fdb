import { setTimeout as sleep } from 'node:timers/promises';
import { findUpdateViolations, type MediaPlaylist, parseMultivariantPlaylist, parseStrict } from '@amphi/hls';
import { readFragments } from '@amphi/mp4';

export interface KeptSegment {
  readonly msn: number;
  readonly programDateTimeMs: number;
  readonly init: Uint8Array;
  readonly data: Uint8Array;
}

/** What a follower has seen of its rendition so far. */
export interface Followed {
  readonly segments: number;
  readonly discontinuities: number;
  /** Pictures for which there was time, less those that are there. 0 of sound. */
  readonly droppedFrames: number;
  /** Segments that had left the window before they were loaded. */
  readonly missed: number;
  /** Segments without media (`EXT-X-GAP`): by them a rendition that was behind when the packager ended counts on like the others. */
  readonly gaps: number;
  /** Rules of playlists and of their updates that were broken, the first few. */
  readonly violations: readonly string[];
}

/** As many as are judged at a time. */
const KEPT = 10;
const VIOLATIONS_KEPT = 20;
/** A machine that stands still is no fault of the stream; it is asked again. */
const REQUEST_MS = 30_000;

/** Follows one rendition as a strict player would, for as long as it goes on; the last segments are kept. */
export class Follower {
  readonly kind: 'video' | 'audio';
  readonly #uri: string;
  readonly #frameRate: number;
  readonly #inits = new Map<string, Uint8Array>();
  readonly #recent: KeptSegment[] = [];
  readonly #violations: string[] = [];
  #segments = 0;
  #discontinuities = 0;
  #droppedFrames = 0;
  #missed = 0;
  #gaps = 0;
  #lastMsn = -1;
  #isClosed = false;
  readonly #following: Promise<void>;

  /** Of all renditions of a stream: the largest picture first, the sound last. */
  static async ofAll(master: string): Promise<readonly Follower[]> {
    const { variants, media } = parseMultivariantPlaylist(await (await ask(master)).text());
    const sorted = [...variants].sort((a, b) => (b.resolution?.width ?? 0) - (a.resolution?.width ?? 0));
    const sound = media.flatMap(({ type, uri }) => (type === 'AUDIO' && uri ? [uri] : []));
    const url = (uri: string): string => new URL(uri, master).href;
    return [
      ...sorted.map(({ uri, frameRate }) => new Follower('video', url(uri), frameRate ?? 30)),
      ...sound.map((uri) => new Follower('audio', url(uri), 0)),
    ];
  }

  private constructor(kind: 'video' | 'audio', uri: string, frameRate: number) {
    this.kind = kind;
    this.#uri = uri;
    this.#frameRate = frameRate;
    this.#following = this.#follow();
    // Whoever closes it is told.
    this.#following.catch(() => {});
  }

  get lastMsn(): number {
    return this.#lastMsn;
  }

  /** The last segments, oldest first. */
  get recent(): readonly KeptSegment[] {
    return this.#recent;
  }

  /** @throws when it could not follow */
  async close(): Promise<Followed> {
    this.#isClosed = true;
    await this.#following;
    return {
      segments: this.#segments,
      discontinuities: this.#discontinuities,
      droppedFrames: this.#droppedFrames,
      missed: this.#missed,
      gaps: this.#gaps,
      violations: this.#violations,
    };
  }

  async #follow(): Promise<void> {
    let playlist = await this.#read('');
    // What is listed already is from before; from here on nothing may be missing.
    this.#lastMsn = playlist.mediaSequence + playlist.segments.length - 1;
    while (!this.#isClosed && !playlist.endList) {
      const msn = playlist.mediaSequence + playlist.segments.length;
      const next = await this.#read(`?_HLS_msn=${msn}&_HLS_part=${playlist.open?.parts.length ?? 0}`);
      this.#note(findUpdateViolations(playlist, next));
      playlist = next;
      await this.#take(playlist);
    }
    if (playlist.endList) this.#note(['the stream has ended']);
  }

  async #read(query: string): Promise<MediaPlaylist> {
    for (;;) {
      const response = await ask(this.#uri + query);
      if (response.ok) return parseStrict(await response.text());
      await response.body?.cancel();
      // Nothing new within three target durations: asked again, as players do (rfc8216bis, 6.2.5.2).
      if (response.status !== 503) throw new Error(`${this.#uri}${query}: ${response.status}`);
      await sleep(100);
    }
  }

  async #take(playlist: MediaPlaylist): Promise<void> {
    for (const [index, segment] of playlist.segments.entries()) {
      const msn = playlist.mediaSequence + index;
      if (msn <= this.#lastMsn || !segment.map) continue;
      this.#missed += msn - this.#lastMsn - 1;
      this.#lastMsn = msn;
      this.#segments++;
      if (segment.discontinuity) this.#discontinuities++;
      if (segment.gap) {
        this.#gaps++;
        continue;
      }
      const [init, data] = await Promise.all([this.#init(segment.map.uri), this.#file(segment.uri)]);
      if (!data) {
        this.#missed++;
        continue;
      }
      this.#countFrames(data, segment.duration);
      this.#recent.push({ msn, programDateTimeMs: segment.programDateTime ?? Number.NaN, init, data });
      if (this.#recent.length > KEPT) this.#recent.shift();
    }
  }

  #countFrames(data: Uint8Array, seconds: number): void {
    if (this.kind === 'audio') return;
    const frames = readFragments(data).reduce((sum, { samples }) => sum + samples.length, 0);
    this.#droppedFrames += Math.max(0, Math.round(seconds * this.#frameRate) - frames);
  }

  async #init(uri: string): Promise<Uint8Array> {
    const init = this.#inits.get(uri) ?? (await this.#file(uri));
    if (!init) throw new Error(`${uri} is not there`);
    this.#inits.set(uri, init);
    return init;
  }

  /** @returns undefined when it has left the window */
  async #file(uri: string): Promise<Uint8Array | undefined> {
    const response = await ask(new URL(uri, this.#uri).href);
    if (response.status === 404) return void (await response.body?.cancel());
    if (!response.ok) throw new Error(`${uri}: ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  }

  #note(violations: readonly string[]): void {
    this.#violations.push(...violations.slice(0, VIOLATIONS_KEPT - this.#violations.length));
  }
}

function ask(url: string): Promise<Response> {
  return fetch(url, { signal: AbortSignal.timeout(REQUEST_MS) });
}
