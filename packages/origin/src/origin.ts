import {
  type Clock,
  type Closable,
  type CloseReason,
  Emitter,
  type Logger,
  logListenerErrors,
  type Millis,
  messageOf,
  Scope,
  silentLogger,
  systemClock,
  type Unsubscribe,
} from '@amphi/base';
import { type DateRange, MULTIVARIANT_NAME } from '@amphi/hls';
import { type AttachAnswer, PublicError, type StreamDescription } from '@amphi/protocol';
import { type EarlierLife, OriginStream, type StreamStatistics } from './origin-stream.ts';
import type { PlaybackLinks } from './playback-links.ts';
import { readStream } from './restore-stream.ts';
import { DEFAULT_SETTINGS, type OriginSettings } from './settings.ts';
import { createMemoryStorage } from './storage/memory.ts';
import type { MediaStorage } from './storage/storage.ts';

export interface OriginEvents {
  /** A packager feeds the stream: the first one, or another after it. */
  attached: { readonly streamId: string; readonly generation: number };
  /** All playlists of the stream can be played from now on. To the path of a signed one `PlaybackLinks` adds a signature. */
  playable: { readonly streamId: string; readonly path: string };
  /** The playlists end with EXT-X-ENDLIST. */
  ended: { readonly streamId: string; readonly by: 'packager' | 'host' | 'abandoned' };
  /** Nothing of the stream is left. */
  removed: { readonly streamId: string };
}

export interface OriginOptions {
  readonly settings?: Partial<OriginSettings>;
  /** Owned by the origin: closed with it. */
  readonly storage?: MediaStorage;
  /** By which signed streams are played; without them it takes none. */
  readonly playbackLinks?: PlaybackLinks;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** A stream of an earlier process that is served again. */
export interface RestoredStream {
  readonly streamId: string;
  /** `starting`: nobody could play it yet. `ended`: it is kept for its viewers, nobody can feed it. */
  readonly state: StreamStatistics['state'];
  /** Path of its multivariant playlist below the playback prefix. */
  readonly path: string;
}

/** What players have cost since the start. Plain numbers: a histogram per part and viewer would cost more than the part. */
export interface Traffic {
  answers: number;
  /** Of bodies, as they were sent. */
  bytes: number;
  /** Requests that had to wait for their answer. */
  waits: number;
  /** Answered with 429: too much waits for one connection. */
  refused: number;
}

const CHECK_ABANDONED_MS: Millis = 5_000;

/** All streams of one origin. The HTTP plugin answers from it; the host listens to its events. */
export class Origin implements Closable {
  readonly settings: OriginSettings;
  readonly playbackLinks: PlaybackLinks | undefined;
  readonly closed: Promise<CloseReason>;
  /** Counted by the playback routes. */
  readonly traffic: Traffic = { answers: 0, bytes: 0, waits: 0, refused: 0 };
  readonly #scope: Scope;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #storage: MediaStorage;
  readonly #events: Emitter<OriginEvents>;
  readonly #streams = new Map<string, OriginStream>();
  /** Cancels the removal of streams that have ended. */
  readonly #removals = new Map<string, () => void>();

  constructor(options: OriginOptions = {}) {
    this.settings = { ...DEFAULT_SETTINGS, ...options.settings };
    this.playbackLinks = options.playbackLinks;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#events = new Emitter(logListenerErrors(this.#logger));
    this.#storage = options.storage ?? createMemoryStorage();
    this.#scope = new Scope({ clock: this.#clock });
    this.closed = this.#scope.closed;
    this.#scope.defer(() => this.#storage.close());
    this.#scope.defer(() => {
      for (const stream of this.#streams.values()) stream.close(false);
      this.#streams.clear();
      this.#events.clear();
    });
    this.#scope.every(CHECK_ABANDONED_MS, () => this.#endAbandoned());
  }

  on<Name extends keyof OriginEvents>(name: Name, listener: (event: OriginEvents[Name]) => void): Unsubscribe {
    return this.#events.on(name, listener);
  }

  stream(streamId: string): OriginStream | undefined {
    return this.#streams.get(streamId);
  }

  /** Path of a stream's multivariant playlist below the playback prefix. */
  static pathOf(streamId: string): string {
    return `${streamId}/${MULTIVARIANT_NAME}`;
  }

  /**
   * Serves again what an earlier process left in the storage, as it was announced last; players that come meanwhile poll
   * and wait as before. A stream goes on when a packager attaches, with one discontinuity; it counts as abandoned when
   * none does. Whoever knows that a stream is not wanted any more ends or removes it. What cannot go on is deleted.
   * Called once, before the first `attach`.
   */
  async restore(): Promise<RestoredStream[]> {
    const restored: RestoredStream[] = [];
    for (const streamId of (await this.#storage.journals?.list()) ?? []) {
      try {
        const stream = await this.#restoreStream(streamId);
        restored.push({ streamId, state: stream.state, path: Origin.pathOf(streamId) });
      } catch (error) {
        this.#logger.warn({ streamId, error: messageOf(error) }, 'a stream of an earlier run cannot go on: deleted');
        this.#deleteMedia(streamId);
      }
    }
    return restored;
  }

  /**
   * Creates a stream or takes over a running one.
   * @param run name of the packager's run; asked again under the same name, it is answered as before
   * @throws PublicError 400 for a signed stream where nothing signs, 409 when it runs under another description, 410 when it has ended, 503 when there are too many
   */
  async attach(streamId: string, description: StreamDescription, run?: string): Promise<AttachAnswer> {
    if (description.isSigned && !this.playbackLinks) {
      throw new PublicError(400, `stream ${streamId}: isSigned, but this origin has no key to sign with`);
    }
    let stream = this.#streams.get(streamId);
    if (!stream) {
      if (this.#scope.isClosed || this.#streams.size >= this.settings.maxStreams) {
        throw new PublicError(503, `stream ${streamId}: ${this.#streams.size} streams are kept already`);
      }
      stream = this.#add(streamId, description);
    }
    const answer = await stream.attach(description, run);
    this.#logger.info({ streamId, ...answer }, 'packager attached');
    this.#events.emit('attached', { streamId, generation: answer.generation });
    return answer;
  }

  /**
   * Ends a stream: the playlists get EXT-X-ENDLIST and are kept for `keepEndedMs`. Harmless when it has ended.
   * @param generation of the packager that asks; undefined for the host
   * @throws PublicError 404 for an unknown stream, 409 for a packager that was replaced
   */
  async end(streamId: string, generation?: number, by: OriginEvents['ended']['by'] = 'host'): Promise<void> {
    const stream = this.#streams.get(streamId);
    if (!stream) throw new PublicError(404, `no stream ${streamId}`);
    if (stream.state === 'ended') return;
    await stream.end(generation);
    // Two may have asked at once.
    if (this.#removals.has(streamId)) return;
    this.#removeAfter(streamId, this.settings.keepEndedMs);
    this.#logger.info({ streamId, by }, 'stream ended');
    this.#events.emit('ended', { streamId, by });
  }

  /** Forgets a stream and deletes its media. */
  remove(streamId: string): void {
    const stream = this.#streams.get(streamId);
    if (!stream) return;
    this.#removals.get(streamId)?.();
    this.#removals.delete(streamId);
    this.#streams.delete(streamId);
    stream.close(true);
    this.#deleteMedia(streamId);
    this.#events.emit('removed', { streamId });
  }

  /**
   * Puts a message for the viewers into all playlists of a stream (EXT-X-DATERANGE).
   * @throws PublicError 404, 410; HlsError when its id was used before
   */
  async addDateRange(streamId: string, range: DateRange): Promise<void> {
    const stream = this.#streams.get(streamId);
    if (!stream) throw new PublicError(404, `no stream ${streamId}`);
    await stream.addDateRange(range);
  }

  statistics(): { readonly memoryBytes: number; readonly streams: readonly StreamStatistics[] } {
    return {
      memoryBytes: this.#storage.memoryBytes,
      streams: [...this.#streams.values()].map((stream) => stream.statistics()),
    };
  }

  close(reason: CloseReason = { by: 'self' }): void {
    this.#scope.close(reason);
  }

  #add(streamId: string, description: StreamDescription, earlier?: EarlierLife): OriginStream {
    const stream = new OriginStream({
      id: streamId,
      description,
      settings: this.settings,
      storage: this.#storage,
      clock: this.#clock,
      logger: this.#logger,
      onPlayable: () => {
        this.#logger.info({ streamId }, 'stream is playable');
        this.#events.emit('playable', { streamId, path: Origin.pathOf(streamId) });
      },
      ...(earlier ? { earlier } : {}),
    });
    this.#streams.set(streamId, stream);
    return stream;
  }

  async #restoreStream(streamId: string): Promise<OriginStream> {
    const { head, earlier, deletable } = await readStream(this.#storage, streamId);
    const stream = this.#add(streamId, head.description, earlier);
    try {
      await stream.rewriteJournal(deletable);
    } catch (error) {
      this.#streams.delete(streamId);
      throw error;
    }
    if (stream.endedAt !== undefined) {
      this.#removeAfter(streamId, Math.max(0, stream.endedAt + this.settings.keepEndedMs - this.#clock.now()));
    }
    this.#logger.info({ streamId, state: stream.state }, 'stream of an earlier run is served again');
    return stream;
  }

  #removeAfter(streamId: string, delayMs: Millis): void {
    this.#removals.set(
      streamId,
      this.#scope.after(delayMs, () => this.remove(streamId)),
    );
  }

  #deleteMedia(streamId: string): void {
    void Promise.resolve(this.#storage.deleteAll(`${streamId}/`)).catch((error: unknown) => {
      this.#logger.warn({ streamId, error: messageOf(error) }, 'media could not be deleted');
    });
  }

  #endAbandoned(): void {
    const limit = this.#clock.now() - this.settings.abandonedAfterMs;
    for (const stream of this.#streams.values()) {
      if (stream.state === 'ended' || stream.fedAt > limit) continue;
      this.end(stream.id, undefined, 'abandoned').catch((error: unknown) => {
        this.#logger.warn({ streamId: stream.id, error: messageOf(error) }, 'abandoned stream could not be ended');
      });
    }
  }
}
