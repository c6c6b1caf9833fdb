import {
  type Clock,
  type Closable,
  type CloseReason,
  Emitter,
  type Logger,
  type Millis,
  Scope,
  type Seconds,
  silentLogger,
  systemClock,
  type Unsubscribe,
} from '@amphi/base';
import type { CaptionTrack, Engine, EngineCallbacks, EngineFactory, Level } from './engine.ts';
import { PlayerError } from './errors.ts';
import { createHlsEngine, isHlsJsSupported } from './hls-engine.ts';
import { livePositionEvent } from './live-position.ts';
import { createNativeEngine, isNativeHlsSupported } from './native-engine.ts';
import { IDLE, type PlayerEvent, type PlayerState, transition } from './player-state.ts';
import { planRetry } from './retry.ts';
import { isSameSnapshot, type PlayerSnapshot, type PlayerStats } from './snapshot.ts';
import { type Thumbnail, Thumbnails } from './thumbnails.ts';
import { decodeTimedMetadata, type TimedMetadata, TimedMetadataSchedule } from './timed-metadata.ts';

/** What a player is made with. */
export interface PlayerOptions {
  /** Multivariant playlist to start with; otherwise `load` is called later. */
  readonly url?: string;
  /**
   * What to do when the browser refuses to play with sound: `ask` goes to `autoplayBlocked`, where a gesture of the
   * user calls `play`; `mute` plays without sound.
   */
  readonly whenAutoplayBlocked?: 'ask' | 'mute';
  /**
   * Go back to the live edge by itself after a stall took playback away from it. Off for streams in which viewers seek.
   */
  readonly keepLive?: boolean;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** In place of hls.js or the browser's own player. */
  readonly engine?: EngineFactory;
}

/** What happens while a stream plays and is not state: by name, with what is told of it. */
export interface PlayerEvents {
  /** Its time has come in the picture being shown. */
  timedMetadata: TimedMetadata;
}

/** How often the position is looked at: fine enough for messages, far too seldom to cost. */
const LOOK_MS: Millis = 250;
/** Standing still so long this close to the end of an ended stream is its end: parts are shorter than that. */
const STUCK_AT_END_MS: Millis = 1_000;
const MAX_UNEVEN_END: Seconds = 1;
/** A live viewer this far behind is taken back to the edge rather than played fast. */
const JUMP_BEHIND: Seconds = 2.5;

/**
 * Plays a live stream into a video element, which stays the caller's. State is read by `getSnapshot` and `subscribe`.
 */
export class Player implements Closable {
  /** Settles when the player was closed. */
  readonly closed: Promise<CloseReason>;
  readonly #video: HTMLVideoElement;
  readonly #options: PlayerOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #scope: Scope;
  readonly #events = new Emitter<PlayerEvents>();
  readonly #listeners = new Set<() => void>();
  readonly #metadata = new TimedMetadataSchedule();
  #engine: Engine | undefined;
  /** Of the stream that is loaded, from when one was asked for first. */
  #thumbnails: { readonly url: string; readonly track: Thumbnails } | undefined;
  #state: PlayerState = IDLE;
  #url: string | undefined;
  #levels: readonly Level[] = [];
  #captions: readonly CaptionTrack[] = [];
  #snapshot: PlayerSnapshot;
  /** Failed attempts in a row. */
  #attempt = 0;
  #cancelRetry: () => void = () => {};
  #wantsToPlay = true;
  /** The viewer went elsewhere in the stream, so nothing takes them back. */
  #hasSought = false;
  /** Wall clock of what is to be seen once the stream is there. */
  #place: Millis | undefined;
  #stalls = 0;
  #stalledMs: Millis = 0;
  #stalledSince: Millis | undefined;

  constructor(video: HTMLVideoElement, options: PlayerOptions = {}) {
    this.#video = video;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#scope = new Scope({ clock: this.#clock });
    this.closed = this.#scope.closed;
    this.#snapshot = this.#makeSnapshot();
    this.#listen();
    this.#scope.defer(() => {
      this.#cancelRetry();
      this.#engine?.destroy();
      this.#thumbnails?.track.close();
      this.#listeners.clear();
      this.#events.clear();
    });
    this.#scope.every(LOOK_MS, () => this.#look());
    if (options.url !== undefined) this.load(options.url);
  }

  /** The same object until something changed. */
  readonly getSnapshot = (): PlayerSnapshot => this.#snapshot;

  /** `listener` is called after each change of the snapshot. */
  readonly subscribe = (listener: () => void): Unsubscribe => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** @returns ends it */
  on<Name extends keyof PlayerEvents>(name: Name, listener: (event: PlayerEvents[Name]) => void): Unsubscribe {
    return this.#events.on(name, listener);
  }

  /** Plays another stream, or the same from its beginning. */
  load(url: string): void {
    if (this.#scope.isClosed) return;
    this.#url = url;
    this.#wantsToPlay = true;
    this.#startAnew();
  }

  /**
   * Plays the same stream in another picture, as of another shape. Who has gone back in it stays at what they see, which is
   * found by EXT-X-PROGRAM-DATE-TIME; who has paused it stays so.
   */
  switchTo(url: string): void {
    if (this.#scope.isClosed) return;
    const place = this.#hasSought ? (this.#place ?? this.#engine?.playingDate) : undefined;
    this.#url = url;
    this.#startAnew();
    this.#place = place;
    this.#hasSought = place !== undefined;
    if (!this.#wantsToPlay) this.pause();
  }

  /** Nothing is to be played any more. */
  unload(): void {
    this.#cancelRetry();
    this.#engine?.destroy();
    this.#engine = undefined;
    this.#url = undefined;
    this.#levels = [];
    this.#captions = [];
    this.#apply({ type: 'unloadCalled' });
  }

  /** Tries again at once after a failure. */
  retry(): void {
    if (this.#url !== undefined) this.load(this.#url);
  }

  /** Starts or goes on; after `autoplayBlocked` it must come from a gesture of the user. */
  async play(): Promise<void> {
    this.#wantsToPlay = true;
    await this.#tryToPlay();
  }

  /**
   * Stays paused until `play`; right after `load` the stream is loaded and waits.
   * @param options.keepsPlace `play` goes on from this picture, as after `seek`, though live has gone on meanwhile
   */
  pause({ keepsPlace = false }: { readonly keepsPlace?: boolean } = {}): void {
    this.#wantsToPlay = false;
    this.#hasSought ||= keepsPlace;
    this.#video.pause();
    this.#apply({ type: 'pauseCalled' });
  }

  /** @param position media time, within the seekable range of the video element */
  seek(position: Seconds): void {
    this.#hasSought = true;
    this.#place = undefined;
    this.#video.currentTime = position;
    this.#look();
  }

  /**
   * Goes back from where a live viewer should be, as far as the stream is kept, and stays as far behind; 0 is as `jumpToLive`.
   * @param behind seconds; no further than the snapshot's `seekableBehind`
   */
  async seekBehindLive(behind: Seconds): Promise<void> {
    const live = this.#engine?.livePosition;
    if (live === undefined) return;
    if (behind <= 0) {
      await this.jumpToLive();
      return;
    }
    this.seek(live - Math.min(behind, this.#seekableBehind()));
  }

  /** Goes to where a live viewer should be, and plays. */
  async jumpToLive(): Promise<void> {
    this.#hasSought = false;
    this.#place = undefined;
    const position = this.#engine?.livePosition;
    if (position !== undefined) this.#video.currentTime = position;
    await this.play();
  }

  /**
   * What would be seen there, small: for a seek bar. Nothing is loaded for it before it is asked for.
   * @param position media time, as for `seek`
   * @returns undefined where the stream or recording has none, or the browser plays it by itself
   */
  async thumbnailAt(position: Seconds): Promise<Thumbnail | undefined> {
    const date = this.#engine?.dateAt(position);
    return date === undefined ? undefined : this.#thumbnailTrack()?.at(date);
  }

  /** The same of a live stream. @param behind seconds, as for `seekBehindLive` */
  async thumbnailBehindLive(behind: Seconds): Promise<Thumbnail | undefined> {
    const live = this.#engine?.livePosition;
    if (live === undefined) return undefined;
    return this.thumbnailAt(live - Math.min(Math.max(0, behind), this.#seekableBehind()));
  }

  /** @param volume 0 to 1 */
  setVolume(volume: number): void {
    this.#video.volume = Math.min(1, Math.max(0, volume));
  }

  /** Without sound, or with it. */
  setMuted(isMuted: boolean): void {
    this.#video.muted = isMuted;
  }

  /** @param level one of the snapshot's, or undefined to leave the choice to the connection */
  chooseLevel(level: Level | undefined): void {
    this.#engine?.chooseLevel(level?.id);
    this.#publish();
  }

  /** @param track one of the snapshot's, or undefined to show none */
  chooseCaptions(track: CaptionTrack | undefined): void {
    this.#engine?.chooseCaptions(track?.id);
    this.#publish();
  }

  /** Figures of this moment. */
  stats(): PlayerStats {
    const { buffered, currentTime } = this.#video;
    let bufferAhead = 0;
    for (let i = 0; i < buffered.length; i++) {
      if (buffered.start(i) <= currentTime + 0.1) bufferAhead = Math.max(0, buffered.end(i) - currentTime);
    }
    const quality = this.#video.getVideoPlaybackQuality();
    const since = this.#stalledSince;
    return {
      width: this.#video.videoWidth,
      height: this.#video.videoHeight,
      bitrateBps: this.#snapshot.currentLevel?.bitrateBps,
      bandwidthBps: this.#engine?.bandwidthBps,
      bufferAhead,
      latency: this.#latency(),
      behindLive: this.#behindLive(),
      playbackRate: this.#video.playbackRate,
      framesShown: quality.totalVideoFrames - quality.droppedVideoFrames,
      framesDropped: quality.droppedVideoFrames,
      stalls: this.#stalls,
      stalledMs: this.#stalledMs + (since === undefined ? 0 : this.#clock.now() - since),
    };
  }

  /** Lets go of the stream; the video element stays the caller's. */
  close(reason: CloseReason = { by: 'self' }): void {
    this.#scope.close(reason);
  }

  #listen(): void {
    const { signal } = this.#scope;
    const on = (name: keyof HTMLMediaElementEventMap, run: () => void): void =>
      this.#video.addEventListener(name, run, { signal });
    on('playing', () => this.#handlePlaying());
    on('waiting', () => this.#handleWaiting());
    on('pause', () => {
      // Browsers pause by themselves too: at the end, and when a phone call or another tab takes the sound.
      if (!this.#video.ended && !this.#video.seeking) this.#apply({ type: 'pauseCalled' });
    });
    // Not before: engines go to where they begin once they have something to show there.
    on('loadeddata', () => this.#returnToPlace());
    on('ended', () => this.#apply({ type: 'endReached' }));
    on('volumechange', () => this.#publish());
    on('resize', () => this.#publish());
    globalThis.addEventListener?.(
      'online',
      () => {
        // Whoever has paused it meanwhile has not asked for it to go on.
        if (this.#state.name === 'failed' || this.#state.name === 'loading') this.#startAnew();
      },
      { signal },
    );
  }

  #startAnew(): void {
    this.#attempt = 0;
    this.#hasSought = false;
    this.#place = undefined;
    this.#levels = [];
    this.#captions = [];
    this.#metadata.clear();
    // Who has paused waits for nothing.
    if (this.#wantsToPlay || this.#state.name !== 'paused') this.#apply({ type: 'loadCalled' });
    this.#start();
  }

  #start(): void {
    this.#cancelRetry();
    this.#engine ??= this.#makeEngine();
    if (this.#engine && this.#url !== undefined) this.#engine.load(this.#url);
    this.#publish();
  }

  #makeEngine(): Engine | undefined {
    const callbacks: EngineCallbacks = {
      onReady: () => {
        if (this.#wantsToPlay) void this.#tryToPlay();
      },
      onLevels: (levels) => {
        const pictures = levels.filter((level) => level.height > 0);
        this.#levels = pictures.sort((a, b) => b.height - a.height || b.bitrateBps - a.bitrateBps);
        this.#publish();
      },
      onCaptions: (tracks) => {
        this.#captions = tracks;
        this.#publish();
      },
      onDateRanges: (ranges) => this.#metadata.add(ranges.map(decodeTimedMetadata).filter((m) => m !== undefined)),
      onFailure: (error) => this.#handleFailure(error),
      onStall: () => this.#handleWaiting(),
    };
    if (this.#options.engine) return this.#options.engine(this.#video, callbacks);
    if (isHlsJsSupported()) return createHlsEngine(this.#video, callbacks);
    if (isNativeHlsSupported(this.#video)) return createNativeEngine(this.#video, callbacks);
    this.#handleFailure(new PlayerError('unsupported', 'this browser plays HLS neither by itself nor by Media Source'));
    return undefined;
  }

  async #tryToPlay(): Promise<void> {
    try {
      await this.#video.play();
    } catch (error) {
      // AbortError: another load or a pause came in between; whoever caused it goes on.
      if (!(error instanceof DOMException) || error.name !== 'NotAllowedError' || this.#scope.isClosed) return;
      if (this.#options.whenAutoplayBlocked === 'mute' && !this.#video.muted) {
        this.#video.muted = true;
        await this.#tryToPlay();
        return;
      }
      this.#apply({ type: 'autoplayRefused' });
    }
  }

  #handlePlaying(): void {
    this.#attempt = 0;
    this.#endStall();
    this.#apply({ type: 'playbackStarted' });
    this.#look();
  }

  #handleWaiting(): void {
    if (this.#video.seeking || this.#stalledSince !== undefined) return;
    const before = this.#state.name;
    this.#apply({ type: 'mediaRanOut' });
    if (this.#state.name !== 'buffering' || before === 'buffering') return;
    this.#stalls++;
    this.#stalledSince = this.#clock.now();
  }

  #endStall(): void {
    if (this.#stalledSince === undefined) return;
    this.#stalledMs += this.#clock.now() - this.#stalledSince;
    this.#stalledSince = undefined;
  }

  #handleFailure(error: PlayerError): void {
    this.#endStall();
    const plan = planRetry(this.#attempt, error);
    this.#logger.warn({ url: this.#url, attempt: this.#attempt, error: error.message }, 'playback failed');
    this.#attempt++;
    if (!plan) {
      this.#apply({ type: 'gaveUp', error });
      return;
    }
    if (plan.showFailure) this.#apply({ type: 'gaveUp', error, retryAt: this.#clock.now() + plan.delayMs });
    else this.#apply({ type: 'retryStarted', attempt: this.#attempt, error });
    this.#cancelRetry();
    this.#cancelRetry = this.#scope.after(plan.delayMs, () => this.#start());
  }

  #returnToPlace(): void {
    if (this.#place === undefined) return;
    const position = this.#engine?.positionAt(this.#place);
    this.#place = undefined;
    if (position === undefined) this.#hasSought = false;
    else this.seek(position);
  }

  /** Looks where playback is: messages whose time has come, live or behind, latency. */
  #look(): void {
    if (this.#state.name === 'idle') return;
    const date = this.#engine?.playingDate;
    if (date !== undefined) {
      for (const message of this.#metadata.due(date)) this.#events.emit('timedMetadata', message);
    }
    const isLive = this.#engine?.isLive ?? false;
    const behind = this.#behindLive();
    if (this.#options.keepLive && isLive && !this.#hasSought && behind > JUMP_BEHIND && !this.#video.paused) {
      const position = this.#engine?.livePosition;
      if (position !== undefined) this.#video.currentTime = position;
    }
    if (!isLive && this.#isStuckAtEnd()) {
      this.#endStall();
      this.#apply({ type: 'endReached' });
    }
    const event = livePositionEvent({ isLive, behind: this.#behindLive() });
    if (event) this.#apply({ type: event });
    this.#publish();
  }

  /**
   * True where the last sound or picture has been played and the other ends a little later: a stream whose packager
   * died has such an end, and hls.js 1.7.4 waits there for good.
   */
  #isStuckAtEnd(): boolean {
    const since = this.#stalledSince;
    if (this.#state.name !== 'buffering' || since === undefined) return false;
    const left = this.#video.duration - this.#video.currentTime;
    return this.#clock.now() - since >= STUCK_AT_END_MS && left < MAX_UNEVEN_END;
  }

  #thumbnailTrack(): Thumbnails | undefined {
    const url = this.#engine?.thumbnailsUrl;
    if (this.#thumbnails?.url !== url) {
      this.#thumbnails?.track.close();
      const options = { clock: this.#clock, logger: this.#logger };
      this.#thumbnails = url === undefined ? undefined : { url, track: new Thumbnails(url, options) };
    }
    return this.#thumbnails?.track;
  }

  #behindLive(): Seconds {
    const position = this.#engine?.livePosition;
    return position === undefined ? 0 : Math.max(0, position - this.#video.currentTime);
  }

  /** How far back from where a live viewer should be the stream can be seen. */
  #seekableBehind(): Seconds {
    const { seekable } = this.#video;
    const live = this.#engine?.livePosition;
    return live === undefined || seekable.length === 0 ? 0 : Math.max(0, live - seekable.start(0));
  }

  #latency(): Seconds | undefined {
    const date = this.#engine?.playingDate;
    return date === undefined ? undefined : (this.#clock.now() - date) / 1000;
  }

  #apply(event: PlayerEvent): void {
    const next = transition(this.#state, event);
    if (next === this.#state) return;
    this.#state = next;
    this.#publish();
  }

  #publish(): void {
    const next = this.#makeSnapshot();
    if (isSameSnapshot(this.#snapshot, next)) return;
    this.#snapshot = next;
    for (const listener of [...this.#listeners]) listener();
  }

  #makeSnapshot(): PlayerSnapshot {
    const engine = this.#engine;
    const byId = (id: number | undefined): Level | undefined => this.#levels.find((level) => level.id === id);
    const latency = this.#latency();
    return {
      state: this.#state,
      url: this.#url,
      isLive: engine?.isLive ?? false,
      latency: latency === undefined ? undefined : Math.round(latency * 10) / 10,
      behindLive: Math.round(this.#behindLive() * 10) / 10,
      seekableBehind: Math.floor(this.#seekableBehind()),
      levels: this.#levels,
      currentLevel: byId(engine?.currentLevel),
      chosenLevel: byId(engine?.chosenLevel),
      captions: this.#captions,
      chosenCaptions: this.#captions.find(({ id }) => id === engine?.chosenCaptions),
      volume: this.#video.volume,
      isMuted: this.#video.muted,
    };
  }
}

/** Makes a player on a video element; whoever makes it closes it. */
export function createPlayer(video: HTMLVideoElement, options: PlayerOptions = {}): Player {
  return new Player(video, options);
}
