import type { Clock, Millis } from '@amphi/base';
import {
  type Directives,
  decideReload,
  hasPart,
  isReached,
  type LiveWindow,
  liveEdgeOf,
  parsePartName,
  type RenditionReport,
  serializeMediaPlaylist,
  windowPlaylist,
} from '@amphi/hls';
import type { Rendition as RenditionDescription } from '@amphi/protocol';
import {
  NOT_CACHED,
  PLAYLIST_TYPE,
  type PreparedAnswer,
  prepare,
  prepareError,
  withCacheControl,
} from './prepared-answer.ts';
import type { StreamFiles } from './stream-files.ts';
import { type CancelWait, type WaitingBudget, WaitingRequests, type WaitOutcome } from './waiting-requests.ts';

/** What a rendition has taken in. */
export interface RenditionStatistics {
  readonly id: string;
  readonly lastMsn: number | undefined;
  readonly lastPart: number | undefined;
  readonly segmentsListed: number;
  readonly parts: number;
  readonly bytes: number;
  readonly lastPartAt: Millis | undefined;
  readonly waiting: number;
}

/** Answers a request now or later, exactly once unless it is cancelled. */
export type Answer = (answer: PreparedAnswer) => void;

const FILE_NAME = /^(init-\d{1,9}\.mp4|segment-\d{1,15}\.m4s|part-\d{1,15}\.\d{1,6}\.m4s)$/;
/** Media never change under their name, and are gone from the playlist long before an hour. */
const IMMUTABLE = 'public, max-age=3600, immutable';
const NO_FILE = prepareError(404, 'no such file');
const UNAVAILABLE = prepareError(503, 'not available within three target durations', ['retry-after', '1']);
const TOO_MANY = prepareError(503, 'too many requests wait for this stream', ['retry-after', '1']);
const NOT_YET = prepareError(404, 'the stream has no media yet', ['retry-after', '1']);

interface Rendered {
  readonly version: number;
  readonly polled: PreparedAnswer;
  /** The same bytes, cacheable under the URL with its directives. */
  readonly blocking: PreparedAnswer;
}

/**
 * One rendition of a stream: its live window, the bytes of its open segment, and whoever waits for it. Playlist text
 * is made at most once per change, when first asked for, and all requests share the same bytes.
 */
export class Rendition {
  readonly description: RenditionDescription;
  readonly #files: StreamFiles;
  readonly #clock: Clock;
  readonly #waiting: WaitingRequests;
  readonly #reports: () => readonly RenditionReport[];
  readonly #streamVersion: () => number;
  readonly #maxAge: string;
  #window: LiveWindow;
  #openParts: readonly Buffer[];
  #full: Rendered | undefined;
  #delta: Rendered | undefined;
  #parts = 0;
  #bytes = 0;
  #lastPartAt: Millis | undefined;
  /** Set once the whole stream is; before it all playlists are 404. */
  #isAnnounced = false;

  constructor(options: {
    readonly description: RenditionDescription;
    readonly window: LiveWindow;
    /** Bytes of the parts of its open segment. */
    readonly openParts: readonly Buffer[];
    readonly files: StreamFiles;
    readonly clock: Clock;
    readonly waitMs: Millis;
    readonly budget: WaitingBudget;
    /** Where the other renditions are now. */
    readonly reports: () => readonly RenditionReport[];
    /** Grows with every change of any rendition, since reports make playlists depend on each other. */
    readonly streamVersion: () => number;
  }) {
    this.description = options.description;
    this.#window = options.window;
    this.#openParts = options.openParts;
    this.#files = options.files;
    this.#clock = options.clock;
    this.#reports = options.reports;
    this.#streamVersion = options.streamVersion;
    this.#waiting = new WaitingRequests({ clock: options.clock, timeoutMs: options.waitMs, budget: options.budget });
    // As long as a client may take to come back with the same directives (rfc8216bis, appendix on server profiles).
    this.#maxAge = `public, max-age=${6 * options.window.options.targetDuration}`;
  }

  get window(): LiveWindow {
    return this.#window;
  }

  /** Bytes of the parts of its open segment. */
  get openParts(): readonly Buffer[] {
    return this.#openParts;
  }

  announce(): void {
    this.#isAnnounced = true;
  }

  /** Its window is this one from now on. @param part bytes of the part that has come */
  show(window: LiveWindow, part?: Buffer): void {
    this.#window = window;
    if (part) {
      this.#parts++;
      this.#bytes += part.byteLength;
      this.#lastPartAt = this.#clock.now();
    }
    if (!window.open) this.#openParts = [];
    else if (part) this.#openParts = [...this.#openParts, part];
  }

  /** Answers whoever waits: with 404 when the stream is gone, with 503 when only this origin goes. */
  close(isGone: boolean): void {
    this.#waiting.endAll(isGone ? 'never' : 'timeout');
  }

  /** Ends the waits that the last change has answered. Called when the change is visible in all renditions. */
  release(): void {
    this.#waiting.release();
  }

  /** How far it is, as the other renditions' playlists tell. */
  report(uri: string): RenditionReport | undefined {
    const edge = liveEdgeOf(this.#window);
    return edge ? { uri, ...edge } : undefined;
  }

  statistics(): RenditionStatistics {
    const edge = liveEdgeOf(this.#window);
    return {
      id: this.description.id,
      lastMsn: edge?.lastMsn,
      lastPart: edge?.lastPart,
      segmentsListed: this.#window.segments.length,
      parts: this.#parts,
      bytes: this.#bytes,
      lastPartAt: this.#lastPartAt,
      waiting: this.#waiting.size,
    };
  }

  /** @returns cancels the wait, if the answer has to wait */
  answerPlaylist(directives: Directives, answer: Answer): CancelWait | undefined {
    if (!this.#isAnnounced) {
      answer(NOT_YET);
      return undefined;
    }
    const decision = decideReload(this.#window, directives);
    const delta = directives.skip !== undefined;
    if (decision.answer === 'now') {
      const rendered = this.#render(delta);
      answer(directives.msn === undefined ? rendered.polled : rendered.blocking);
      return undefined;
    }
    if (decision.answer === 'too_far') {
      answer(prepareError(400, decision.message));
      return undefined;
    }
    const { target } = decision;
    const check = (): 'reached' | undefined => (isReached(this.#window, target) ? 'reached' : undefined);
    return this.#wait(`m${target.msn}.${target.part ?? ''}`, check, answer, () => answer(this.#render(delta).blocking));
  }

  /** @returns cancels the wait, if the answer has to wait */
  answerFile(name: string, answer: Answer): CancelWait | undefined {
    if (!FILE_NAME.test(name)) {
      answer(NO_FILE);
      return undefined;
    }
    const part = parsePartName(name);
    if (part && this.#isHinted(part.msn, part.part)) {
      return this.#wait(
        `p${part.msn}.${part.part}`,
        () => this.#fate(part.msn, part.part),
        answer,
        () => {
          this.#answerStored(name, answer);
        },
      );
    }
    this.#answerStored(name, answer);
    return undefined;
  }

  #answerStored(name: string, answer: Answer): void {
    const stored = this.#files.get(this.description.id, name);
    if (stored instanceof Promise) {
      stored.then(
        (data) => answer(data ? prepareMedia(data) : NO_FILE),
        () => answer(prepareError(500, 'the file cannot be read')),
      );
    } else answer(stored ? prepareMedia(stored) : NO_FILE);
  }

  #wait(
    key: string,
    check: () => 'reached' | 'never' | undefined,
    answer: Answer,
    reached: () => void,
  ): CancelWait | undefined {
    const cancel = this.#waiting.add(key, check, (outcome: WaitOutcome) => {
      if (outcome === 'reached') reached();
      else answer(outcome === 'never' ? NO_FILE : UNAVAILABLE);
    });
    if (!cancel) answer(TOO_MANY);
    return cancel;
  }

  #isHinted(msn: number, part: number): boolean {
    const { nextMsn, open, ended } = this.#window;
    return !ended && msn === nextMsn && part === (open?.parts.length ?? 0);
  }

  /** What has become of a hinted part: it is there; or its segment was completed without it. */
  #fate(msn: number, part: number): 'reached' | 'never' | undefined {
    if (hasPart(this.#window, msn, part)) return 'reached';
    return this.#isHinted(msn, part) ? undefined : 'never';
  }

  #render(delta: boolean): Rendered {
    const version = this.#streamVersion();
    const known = delta ? this.#delta : this.#full;
    if (known?.version === version) return known;
    const playlist = windowPlaylist(this.#window, { renditionReports: this.#reports(), skip: delta });
    const body = Buffer.from(serializeMediaPlaylist(playlist));
    const polled = prepare(200, PLAYLIST_TYPE, NOT_CACHED, body);
    const rendered = { version, polled, blocking: withCacheControl(polled, this.#maxAge) };
    if (delta) this.#delta = rendered;
    else this.#full = rendered;
    return rendered;
  }
}

/** Answers made around stored bytes, for as long as the bytes are held. */
const preparedMedia = new WeakMap<Buffer, PreparedAnswer>();

function prepareMedia(data: Buffer): PreparedAnswer {
  let answer = preparedMedia.get(data);
  if (!answer) {
    answer = prepare(200, 'video/mp4', IMMUTABLE, data);
    preparedMedia.set(data, answer);
  }
  return answer;
}
