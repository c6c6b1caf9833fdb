import { randomBytes } from 'node:crypto';
import {
  type Clock,
  CodedError,
  type Logger,
  type Millis,
  messageOf,
  Scope,
  TaskQueue,
  withDeadline,
} from '@amphi/base';
import {
  type Composition,
  type CompositionChange,
  compositionOf,
  encodeTimedMetadata,
  type HlsDestination,
  type LiveStreamObject,
  PublicError,
  RECORDER_ROLE,
  TIMED_METADATA_ATTRIBUTE,
  type TimedMetadataBody,
} from '@amphi/protocol';
import {
  checkStreamStart,
  checkStreamStop,
  type Destinations,
  type Effects,
  handleStreamEvent,
  hasBroadcaster,
  isRunning,
  renewDestinations,
  requireStreamPermission,
  type Session,
} from '@amphi/rooms';
import type { EgressJob } from '../egress-jobs/egress-job.ts';
import type { EgressJobs, StreamOrigin } from '../egress-jobs/egress-jobs.ts';
import type { ClientTokens, EarlierStream, LiveStreamRecords } from './ports.ts';
import type { SessionBudgets } from './session-budgets.ts';
import { hashToken } from './token-hash.ts';

/** What is running: the wish is the session's stream state, this is the machinery that fulfils it. */
interface Run {
  readonly streamId: string;
  /** As the stream was started with, but for changes of the composition. */
  destination: HlsDestination;
  readonly initialisedAt: Millis;
  readonly job: EgressJob;
  readonly bearer: Bearer;
  /** Of all that were sent to viewers. */
  messages: number;
  /** Ends with the run: its timers and subscriptions. */
  readonly scope: Scope;
}

/** The token of a run's present process; no other may be the hidden peer. */
interface Bearer {
  tokenHash: string | undefined;
}

/** The database answers in milliseconds, or gives up by itself after 15 s. */
const RECORD_DEADLINE_MS: Millis = 5_000;
const TASK_DEADLINE_MS: Millis = 20_000;
/** Of a stream whose playlist keeps everything: each is read again with every playlist. */
const MAX_KEPT_MESSAGES = 1_000;

/**
 * The live stream of one session. Changes come one at a time; each fact is recorded before it is announced.
 *
 * What people ask for never keeps facts waiting or out: one request is worked on, and the next one refused at once. So
 * the lane is bounded by what enters it: that request, what can become of a run (it plays, fails, ends by itself, once
 * each), and the close.
 */
export class LiveStream {
  readonly #session: Session;
  readonly #apply: (effects: Effects) => void;
  readonly #findDestinations: () => Promise<Destinations | undefined>;
  readonly #dismissBearer: (tokenHash: string) => void;
  readonly #onFault: (error: unknown) => void;
  readonly #jobs: EgressJobs;
  readonly #budgets: SessionBudgets;
  readonly #origin: StreamOrigin;
  readonly #records: LiveStreamRecords;
  readonly #tokens: ClientTokens;
  readonly #publicUrl: () => string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #lane: TaskQueue;
  readonly #draining = new Set<Promise<unknown>>();
  /** What is being worked on for somebody. */
  #asked: 'start' | 'stop' | undefined;
  #run: Run | undefined;
  #cancelAutoStop: (() => void) | undefined;

  constructor(options: {
    readonly session: Session;
    readonly apply: (effects: Effects) => void;
    /** The template's as they are now; undefined when the room is gone. */
    readonly findDestinations: () => Promise<Destinations | undefined>;
    /** Takes the peer that came with the token out of the session. */
    readonly dismissBearer: (tokenHash: string) => void;
    /** After a fault of ours not even the end of the stream could be told. */
    readonly onFault: (error: unknown) => void;
    readonly jobs: EgressJobs;
    readonly budgets: SessionBudgets;
    readonly origin: StreamOrigin;
    readonly records: LiveStreamRecords;
    readonly tokens: ClientTokens;
    /** Address of this server for what no client asked for, without a slash at the end. */
    readonly publicUrl: () => string;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#session = options.session;
    this.#apply = options.apply;
    this.#findDestinations = options.findDestinations;
    this.#dismissBearer = options.dismissBearer;
    this.#onFault = options.onFault;
    this.#jobs = options.jobs;
    this.#budgets = options.budgets;
    this.#origin = options.origin;
    this.#records = options.records;
    this.#tokens = options.tokens;
    this.#publicUrl = options.publicUrl;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#lane = new TaskQueue({
      maxWaiting: Number.POSITIVE_INFINITY,
      deadline: { ms: TASK_DEADLINE_MS, clock: options.clock },
    });
  }

  get isRunning(): boolean {
    return isRunning(this.#session.stream);
  }

  /** Whether the bearer of the token is a process of the running stream. */
  isRecorder(tokenHash: string): boolean {
    return this.#run?.bearer.tokenHash === tokenHash;
  }

  /** @throws PublicError as `checkStreamStart`; 429 while a stop is worked on or after too many starts; 503 when the server has no room for it */
  async start(request: { readonly peerId?: string; readonly destination?: string }): Promise<LiveStreamObject> {
    requireStreamPermission(this.#session, request.peerId);
    if (this.#asked === 'start') throw new PublicError(400, 'beam already started');
    return this.#ask('start', async () => {
      renewDestinations(this.#session, (await this.#findDestinations()) ?? this.#session.destinations);
      const { name, destination } = checkStreamStart(this.#session, request);
      this.#jobs.requireCapacity();
      this.#budgets.chargeStreamStart(this.#session.settings.roomId);
      const streamId = newStreamId();
      const { settings } = this.#session;
      const record = await this.#records.create({
        id: streamId,
        roomId: settings.roomId,
        sessionId: settings.sessionId,
        destination: name,
        settings: destination,
        playbackUrl: this.#publicUrl() + playbackPath(streamId),
        startedBy: request.peerId ?? '',
      });
      try {
        const agreed = checkStreamStart(this.#session, request);
        this.#begin({ streamId, ...agreed, initialisedAt: this.#clock.now() });
      } catch (error) {
        await this.#record(streamId, { status: 'failed', stoppedAt: new Date(this.#clock.now()) });
        throw error;
      }
      return record;
    });
  }

  /**
   * Goes on with a stream of a killed process: the same id, address and beginning (RST2). Never throws: one that cannot
   * go on has failed.
   */
  resume({ streamId, destination: name, settings, ...known }: EarlierStream): void {
    this.#session.destinations = { ...this.#session.destinations, [name]: settings };
    try {
      const run = this.#begin({ streamId, name, destination: settings, initialisedAt: known.initialisedAt });
      if (known.isPlayable && known.startedAt !== undefined) this.#announce(run, known.startedAt);
      else if (known.isPlayable) void this.#enter('playable', () => this.#handlePlayable(run));
      this.#logger.info({ streamId, isPlayable: known.isPlayable }, 'live stream goes on');
    } catch (error) {
      this.#logger.error({ streamId, error: messageOf(error) }, 'live stream cannot go on');
      void this.#record(streamId, { status: 'failed', stoppedAt: new Date(this.#clock.now()) });
    }
  }

  /**
   * Resolves when everyone has been told; the last seconds are drained after that.
   * @throws PublicError as `checkStreamStop`; 429 while a start or stop is worked on
   */
  async stop(request: { readonly peerId?: string }): Promise<LiveStreamObject | undefined> {
    requireStreamPermission(this.#session, request.peerId);
    return this.#ask('stop', () => {
      checkStreamStop(this.#session, request.peerId);
      return this.#stop(request.peerId ?? '');
    });
  }

  /**
   * Draws the running stream otherwise, from its next picture on. Waits for nothing: it comes while a start is still worked on, too.
   * @returns the whole composition as it is now
   * @throws PublicError as `checkStreamStop`
   */
  recompose(change: CompositionChange, request: { readonly peerId?: string }): Composition {
    checkStreamStop(this.#session, request.peerId);
    const run = this.#run;
    if (!run) throw new PublicError(404, 'hls not running');
    const settings: HlsDestination = {
      ...run.destination,
      composition: { ...run.destination.composition, ...withoutUndefined(change) },
    };
    run.destination = settings;
    run.job.recompose(compositionOf(settings));
    // What a restart of the server goes on with.
    void this.#record(run.streamId, { settings });
    this.#logger.info({ streamId: run.streamId, fields: Object.keys(change) }, 'live stream is drawn otherwise');
    return compositionOf(settings);
  }

  /**
   * Messages for the viewers, at the picture of now: it is not in a playlist yet.
   * @throws PublicError as `checkStreamStop`; 403 when the destination takes none; 404 before it is playable; 413 when
   *   its playlist holds too many; 429
   */
  async sendTimedMetadata(
    messages: readonly TimedMetadataBody[],
    request: { readonly peerId?: string },
  ): Promise<void> {
    const { phase } = checkStreamStop(this.#session, request.peerId);
    const run = this.#run;
    if (!run || phase !== 'started') throw new PublicError(404, 'hls not running');
    if (!run.destination.enableMetadataInsertion) {
      throw new PublicError(403, `destination ${run.destination.name}: enableMetadataInsertion is off`);
    }
    this.#budgets.chargeTimedMetadata(this.#session.settings.roomId, messages.length);
    if (run.destination.playlistType === 'event' && run.messages + messages.length > MAX_KEPT_MESSAGES) {
      throw new PublicError(413, `this stream keeps at most ${MAX_KEPT_MESSAGES} messages`);
    }
    run.messages += messages.length;
    const startDate = this.#clock.now();
    for (const message of messages) {
      await this.#origin.addDateRange(run.streamId, {
        id: this.#session.settings.newId(),
        startDate,
        durationS: message.duration,
        custom: { [TIMED_METADATA_ATTRIBUTE]: encodeTimedMetadata(message, startDate) },
      });
    }
  }

  /** To be called whenever peers or roles changed: without broadcasters the stream stops by itself in the end. */
  watchBroadcasters(): void {
    const run = this.#run;
    if (!run) return;
    if (hasBroadcaster(this.#session)) {
      this.#cancelAutoStop?.();
      this.#cancelAutoStop = undefined;
    } else if (!this.#cancelAutoStop) {
      const { autoStopTimeout } = run.destination;
      this.#cancelAutoStop = run.scope.after(autoStopTimeout * 1000, () => {
        this.#stopByItself(run, `no broadcaster for ${autoStopTimeout} s`);
      });
    }
  }

  /** Stops the stream if one runs; resolves when all processes of this session are gone. Never rejects. */
  async close(): Promise<void> {
    await this.#enter('close stream', () => this.#stop(''));
    this.#lane.close();
    await Promise.all(this.#draining);
  }

  /** @throws PublicError 429 */
  async #ask<T>(what: 'start' | 'stop', task: () => Promise<T>): Promise<T> {
    if (this.#asked)
      throw new PublicError(429, `the stream's ${this.#asked} is still worked on; try again in a second`);
    this.#asked = what;
    try {
      return await this.#lane.push(`${what} stream`, task);
    } finally {
      this.#asked = undefined;
    }
  }

  /** For what nobody waits for an answer to. Never rejects: after a fault of ours the stream ends, or else the session. */
  async #enter(name: string, task: () => Promise<unknown>): Promise<void> {
    try {
      await this.#lane.push(name, task);
    } catch (error) {
      // After the close nothing is left to do.
      if (error instanceof CodedError && error.code === 'queue_closed') return;
      const stack = error instanceof Error ? error.stack : undefined;
      this.#logger.error({ task: name, error: messageOf(error), stack }, 'a fault ended the live stream');
      await this.#stop('').catch((another: unknown) => this.#onFault(another));
    }
  }

  /** @throws PublicError as `EgressJobs.start` */
  #begin(wanted: {
    readonly streamId: string;
    /** Of the destination. */
    readonly name: string;
    readonly destination: HlsDestination;
    readonly initialisedAt: Millis;
  }): Run {
    const { streamId, name, destination, initialisedAt } = wanted;
    const { roomId, roomName } = this.#session.settings;
    const bearer: Bearer = { tokenHash: undefined };
    const before = [...this.#draining];
    const job = this.#jobs.start({
      streamId,
      roomName,
      destination,
      issueToken: async () => {
        // One process at a time: those before this one have their last seconds to finish.
        await Promise.all(before);
        const token = await this.#tokens.issue({ roomId, role: RECORDER_ROLE, userId: RECORDER_ROLE });
        // The process before this one is gone, and will not come back for its place in the session.
        this.#dismissProcess(bearer);
        bearer.tokenHash = hashToken(token);
        return token;
      },
    });
    const run: Run = {
      streamId,
      destination,
      initialisedAt,
      job,
      bearer,
      messages: 0,
      scope: new Scope({ clock: this.#clock }),
    };
    this.#run = run;
    this.#apply(
      handleStreamEvent(this.#session, {
        type: 'requested',
        streamId,
        initialisedAt,
        destination: name,
        playlistType: destination.playlistType === 'event' ? 'dvr' : 'no-dvr',
      }),
    );
    this.#watch(run);
    return run;
  }

  #watch(run: Run): void {
    const { streamId, destination, initialisedAt, job, scope } = run;
    const offPlayable = this.#origin.onPlayable((stream) => {
      if (stream.streamId !== streamId) return;
      // A process that was started again makes the same stream playable again, which is no news.
      offPlayable();
      void this.#enter('playable', () => this.#handlePlayable(run));
    });
    scope.defer(offPlayable);
    scope.defer(job.events.once('failed', ({ message }) => void this.#enter('failed', () => this.#fail(run, message))));
    const endsAt = initialisedAt + destination.maxDuration * 1000;
    scope.after(Math.max(0, endsAt - this.#clock.now()), () => {
      this.#stopByItself(run, `maximum duration of ${destination.maxDuration} s reached`);
    });
    this.watchBroadcasters();
  }

  async #handlePlayable(run: Run): Promise<void> {
    if (this.#run !== run || this.#session.stream.phase !== 'initialised') return;
    const at = this.#clock.now();
    await this.#record(run.streamId, { status: 'running', startedAt: new Date(at) });
    this.#announce(run, at);
    this.#logger.info({ streamId: run.streamId }, 'live stream started');
  }

  #announce({ streamId }: Run, at: Millis): void {
    this.#apply(handleStreamEvent(this.#session, { type: 'playable', streamId, path: playbackPath(streamId), at }));
  }

  async #fail(run: Run, message: string): Promise<void> {
    if (this.#run !== run) return;
    this.#run = undefined;
    this.#release(run);
    this.#dismissProcess(run.bearer);
    await this.#record(run.streamId, { status: 'failed', stoppedAt: new Date(this.#clock.now()) });
    const error = { code: 500, message: `the live stream failed: ${message}` };
    this.#apply(handleStreamEvent(this.#session, { type: 'failed', streamId: run.streamId, error }));
    this.#logger.error({ streamId: run.streamId, error: message }, 'live stream failed');
  }

  #stopByItself(run: Run, why: string): void {
    this.#logger.info({ streamId: run.streamId, why }, 'live stream stops by itself');
    void this.#enter('stop stream', async () => {
      if (this.#run === run) await this.#stop('');
    });
  }

  /** Stops what runs, if anything does. */
  async #stop(stoppedBy: string): Promise<LiveStreamObject | undefined> {
    const run = this.#run;
    if (!run) return undefined;
    this.#run = undefined;
    this.#release(run);
    const { streamId } = run;
    const stoppedAt = new Date(this.#clock.now());
    try {
      const record = await this.#record(streamId, { status: 'stopping', stoppedAt, stoppedBy });
      this.#apply(handleStreamEvent(this.#session, { type: 'stopped', streamId }));
      this.#logger.info({ streamId, stoppedBy }, 'live stream stopped');
      return record;
    } finally {
      const drained = this.#drain(run, stoppedAt, stoppedBy);
      this.#draining.add(drained);
      void drained.finally(() => this.#draining.delete(drained));
    }
  }

  async #drain(run: Run, stoppedAt: Date, stoppedBy: string): Promise<void> {
    run.job.stop();
    await run.job.closed;
    this.#dismissProcess(run.bearer);
    await this.#record(run.streamId, { status: 'completed', stoppedAt, stoppedBy });
  }

  #release(run: Run): void {
    this.#cancelAutoStop = undefined;
    run.scope.close();
  }

  #dismissProcess(bearer: Bearer): void {
    if (bearer.tokenHash !== undefined) this.#dismissBearer(bearer.tokenHash);
    bearer.tokenHash = undefined;
  }

  /** A stream goes on, or ends, even when its record cannot be written. */
  async #record(
    streamId: string,
    change: Parameters<LiveStreamRecords['update']>[1],
  ): Promise<LiveStreamObject | undefined> {
    try {
      const deadline = { ms: RECORD_DEADLINE_MS, clock: this.#clock };
      return await withDeadline('the record', this.#records.update(streamId, change), deadline);
    } catch (error) {
      this.#logger.error(
        { streamId, status: change.status ?? 'unchanged', error: messageOf(error) },
        'live stream not recorded',
      );
      return undefined;
    }
  }
}

/** Fields that are given as undefined are as good as missing. */
function withoutUndefined(change: CompositionChange): Partial<Composition> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

/** Where the origin serves the stream. */
function playbackPath(streamId: string): string {
  return `/hls/${streamId}/master.m3u8`;
}

/** 24 lower-case hex characters, as all ids of the REST API; new for each start. */
function newStreamId(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return seconds.padStart(8, '0') + randomBytes(8).toString('hex');
}
