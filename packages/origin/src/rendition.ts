import type { Clock, Holding, Millis, OpenCounts, Refusal } from '@amphi/base';
import {
  type Directives,
  decideReload,
  hasIFrames,
  hasPart,
  isReached,
  type LiveWindow,
  liveEdgeOf,
  parsePartName,
  type RenditionReport,
} from '@amphi/hls';
import type { Rendition as RenditionDescription } from '@amphi/protocol';
import { IFRAME_FORM, MEDIA_FORM } from './playlist-text.ts';
import { type PreparedAnswer, prepareError } from './prepared-answer.ts';
import { type Rendered, RenderedPlaylist } from './rendered-playlist.ts';
import { NO_FILE, StoredAnswers } from './stored-answer.ts';
import type { StreamFiles } from './stream-files.ts';
import { type CancelWait, WaitingRequests, type WaitOutcome } from './waiting-requests.ts';

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

/** Who asks. Gets an answer or a refusal, now or later, exactly once unless it is cancelled. */
export interface Asker {
  answer(answer: PreparedAnswer): void;
  /** It has too many requests that wait. */
  refuse(refusal: Refusal): void;
  /** What one more request that waits is charged to. */
  holdings(): readonly Holding[];
}

const FILE_NAME = /^(init-\d{1,9}\.mp4|segment-\d{1,15}\.m4s|part-\d{1,15}\.\d{1,6}\.m4s)$/;
const UNAVAILABLE = prepareError(503, 'not available within three target durations', ['retry-after', '1']);
const TOO_MANY = prepareError(503, 'too many requests wait for this stream', ['retry-after', '1']);
const NOT_YET = prepareError(404, 'the stream has no media yet', ['retry-after', '1']);

/** Which of its playlists: all media, or the keyframes alone. */
export type PlaylistKind = 'media' | 'iFrames';

/**
 * One rendition of a stream: its live window, the bytes of its open segment, and whoever waits for it. Playlist text
 * is made at most once per change, when first asked for, and all requests share the same bytes.
 */
export class Rendition {
  readonly description: RenditionDescription;
  readonly #stored: StoredAnswers;
  readonly #clock: Clock;
  readonly #waiting: WaitingRequests;
  readonly #reports: () => readonly RenditionReport[];
  readonly #streamVersion: () => number;
  readonly #waitsOfStream: OpenCounts;
  readonly #media: RenderedPlaylist;
  readonly #iFrames: RenderedPlaylist;
  #window: LiveWindow;
  #openParts: readonly Buffer[];
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
    /** Of all renditions of the stream. */
    readonly waitsOfStream: OpenCounts;
    /** Names this life of the stream in entity tags: its versions count from 0. */
    readonly tag: string;
    /** Names the stream in entity tags of media, which are the same in all its lives. */
    readonly mediaTag: string;
    /** Where the other renditions are now. */
    readonly reports: () => readonly RenditionReport[];
    /** Grows with every change of any rendition, since reports make playlists depend on each other. */
    readonly streamVersion: () => number;
  }) {
    this.description = options.description;
    this.#window = options.window;
    this.#openParts = options.openParts;
    this.#stored = new StoredAnswers({
      files: options.files,
      folder: options.description.id,
      tag: options.mediaTag,
      contentType: 'video/mp4',
    });
    this.#clock = options.clock;
    this.#reports = options.reports;
    this.#streamVersion = options.streamVersion;
    this.#waitsOfStream = options.waitsOfStream;
    this.#waiting = new WaitingRequests({ clock: options.clock, timeoutMs: options.waitMs });
    const { tag, window } = options;
    const { targetDuration } = window.options;
    this.#media = new RenderedPlaylist(MEDIA_FORM, { tag, targetDuration });
    this.#iFrames = new RenderedPlaylist(IFRAME_FORM, { tag, targetDuration });
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
  answerPlaylist(kind: PlaylistKind, directives: Directives, asker: Asker): CancelWait | undefined {
    if (!this.#isAnnounced) {
      asker.answer(NOT_YET);
      return undefined;
    }
    if (kind === 'iFrames' && (this.description.kind !== 'video' || !hasIFrames(this.#window))) {
      asker.answer(NO_FILE);
      return undefined;
    }
    const decision = decideReload(this.#window, directives);
    const delta = directives.skip !== undefined;
    if (decision.answer === 'now') {
      const rendered = this.#render(kind, delta);
      asker.answer(directives.msn === undefined ? rendered.polled : rendered.blocking);
      return undefined;
    }
    if (decision.answer === 'too_far') {
      asker.answer(prepareError(400, decision.message));
      return undefined;
    }
    const { target } = decision;
    const check = (): 'reached' | undefined => (isReached(this.#window, target) ? 'reached' : undefined);
    return this.#wait(`m${target.msn}.${target.part ?? ''}`, check, asker, () =>
      asker.answer(this.#render(kind, delta).blocking),
    );
  }

  /** @returns cancels the wait, if the answer has to wait */
  answerFile(name: string, asker: Asker): CancelWait | undefined {
    if (!FILE_NAME.test(name)) {
      asker.answer(NO_FILE);
      return undefined;
    }
    const part = parsePartName(name);
    if (part && this.#isHinted(part.msn, part.part)) {
      const check = (): 'reached' | 'never' | undefined => this.#fate(part.msn, part.part);
      return this.#wait(`p${part.msn}.${part.part}`, check, asker, () => this.#stored.answer(name, asker.answer));
    }
    this.#stored.answer(name, asker.answer);
    return undefined;
  }

  /**
   * "A Server that cannot provide the requested Playlist after blocking for more than three Target Durations SHOULD
   * return Service Unavailable, such as HTTP 503" (rfc8216bis, Blocking Playlist Reload).
   */
  #wait(
    key: string,
    check: () => 'reached' | 'never' | undefined,
    asker: Asker,
    reached: () => void,
  ): CancelWait | undefined {
    const ofStream = { counts: this.#waitsOfStream, key: '' };
    if (ofStream.counts.refusalOf('')) {
      asker.answer(TOO_MANY);
      return undefined;
    }
    const holdings = [ofStream, ...asker.holdings()];
    const cancel = this.#waiting.add(key, check, holdings, (outcome: WaitOutcome) => {
      if (outcome === 'reached') reached();
      else asker.answer(outcome === 'never' ? NO_FILE : UNAVAILABLE);
    });
    if (typeof cancel === 'function') return cancel;
    asker.refuse(cancel);
    return undefined;
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

  #render(kind: PlaylistKind, isDelta: boolean): Rendered {
    const isMedia = kind === 'media';
    return (isMedia ? this.#media : this.#iFrames).render({
      window: this.#window,
      reports: isMedia ? this.#reports() : [],
      version: this.#streamVersion(),
      isDelta,
    });
  }
}
