import { randomBytes } from 'node:crypto';
import { type Clock, type Logger, messageOf, Scope, TaskQueue } from '@amphi/base';
import { type HlsDestination, type LiveStreamObject, PublicError, RECORDER_ROLE } from '@amphi/protocol';
import {
  checkStreamStart,
  checkStreamStop,
  type Destinations,
  type Effects,
  handleStreamEvent,
  hasBroadcaster,
  isRunning,
  renewDestinations,
  type Session,
} from '@amphi/rooms';
import type { EgressJob } from '../egress-jobs/egress-job.ts';
import type { EgressJobs, StreamOrigin } from '../egress-jobs/egress-jobs.ts';
import type { ClientTokens, LiveStreamRecords } from './ports.ts';
import { hashToken } from './token-hash.ts';

/** What is running: the wish is the session's stream state, this is the machinery that fulfils it. */
interface Run {
  readonly streamId: string;
  readonly destination: HlsDestination;
  readonly job: EgressJob;
  /** Ends with the run: its timers and subscriptions. */
  readonly scope: Scope;
  /** The token of its present process; no other may be the hidden peer. */
  tokenHash: string | undefined;
}

/**
 * The live stream of one session. Starts and stops come one at a time; each fact is recorded before it is announced.
 */
export class LiveStream {
  readonly #session: Session;
  readonly #apply: (effects: Effects) => void;
  readonly #findDestinations: () => Promise<Destinations | undefined>;
  readonly #dismissBearer: (tokenHash: string) => void;
  readonly #jobs: EgressJobs;
  readonly #origin: StreamOrigin;
  readonly #records: LiveStreamRecords;
  readonly #tokens: ClientTokens;
  readonly #playbackUrl: (streamId: string) => string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #queue = new TaskQueue({ maxWaiting: 32 });
  readonly #draining = new Set<Promise<unknown>>();
  #run: Run | undefined;
  #cancelAutoStop: (() => void) | undefined;

  constructor(options: {
    readonly session: Session;
    readonly apply: (effects: Effects) => void;
    /** The template's as they are now; undefined when the room is gone. */
    readonly findDestinations: () => Promise<Destinations | undefined>;
    /** Takes the peer that came with the token out of the session. */
    readonly dismissBearer: (tokenHash: string) => void;
    readonly jobs: EgressJobs;
    readonly origin: StreamOrigin;
    readonly records: LiveStreamRecords;
    readonly tokens: ClientTokens;
    readonly playbackUrl: (streamId: string) => string;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#session = options.session;
    this.#apply = options.apply;
    this.#findDestinations = options.findDestinations;
    this.#dismissBearer = options.dismissBearer;
    this.#jobs = options.jobs;
    this.#origin = options.origin;
    this.#records = options.records;
    this.#tokens = options.tokens;
    this.#playbackUrl = options.playbackUrl;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  get isRunning(): boolean {
    return isRunning(this.#session.stream);
  }

  /** Whether the bearer of the token is a process of the running stream. */
  isRecorder(tokenHash: string): boolean {
    return this.#run?.tokenHash === tokenHash;
  }

  /** @throws PublicError as `checkStreamStart` */
  start(request: { readonly peerId?: string; readonly destination?: string }): Promise<LiveStreamObject> {
    return this.#queue.push('start stream', async () => {
      renewDestinations(this.#session, (await this.#findDestinations()) ?? this.#session.destinations);
      const { name, destination } = checkStreamStart(this.#session, request);
      const streamId = newStreamId();
      const { settings } = this.#session;
      const record = await this.#records.create({
        id: streamId,
        roomId: settings.roomId,
        sessionId: settings.sessionId,
        destination: name,
        playbackUrl: this.#playbackUrl(streamId),
        startedBy: request.peerId ?? '',
      });
      if (this.#session.ended) {
        await this.#record(streamId, { status: 'failed', stoppedAt: new Date(this.#clock.now()) });
        throw new PublicError(410, 'the session has ended');
      }
      this.#apply(
        handleStreamEvent(this.#session, {
          type: 'requested',
          streamId,
          initialisedAt: this.#clock.now(),
          destination: name,
          playlistType: destination.playlistType === 'event' ? 'dvr' : 'no-dvr',
        }),
      );
      this.#begin(streamId, destination);
      return record;
    });
  }

  /**
   * Resolves when everyone has been told; the last seconds are drained after that.
   * @throws PublicError as `checkStreamStop`
   */
  stop(request: { readonly peerId?: string }): Promise<LiveStreamObject | undefined> {
    return this.#queue.push('stop stream', () => {
      const { streamId } = checkStreamStop(this.#session, request.peerId);
      return this.#stop(streamId, request.peerId ?? '');
    });
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

  /** Stops the stream if one runs; resolves when all processes of this session are gone. */
  async close(): Promise<void> {
    await this.#queue.push('close stream', async () => {
      if (this.#run) await this.#stop(this.#run.streamId, '');
    });
    this.#queue.close();
    await Promise.all(this.#draining);
  }

  #begin(streamId: string, destination: HlsDestination): void {
    const scope = new Scope({ clock: this.#clock });
    const { roomId, roomName } = this.#session.settings;
    const job = this.#jobs.start({
      streamId,
      roomName,
      destination,
      issueToken: async () => {
        const token = await this.#tokens.issue({ roomId, role: RECORDER_ROLE, userId: RECORDER_ROLE });
        // The process before this one is gone, and will not come back for its place in the session.
        this.#dismissProcess(run);
        run.tokenHash = hashToken(token);
        return token;
      },
    });
    const run: Run = { streamId, destination, job, scope, tokenHash: undefined };
    this.#run = run;
    scope.defer(
      this.#origin.onPlayable((stream) => {
        if (stream.streamId === streamId) this.#later('playable', () => this.#handlePlayable(run));
      }),
    );
    scope.defer(
      job.events.on('failed', ({ message }) => {
        this.#later('failed', () => this.#handleFailure(run, message));
      }),
    );
    scope.after(destination.maxDuration * 1000, () => {
      this.#stopByItself(run, `maximum duration of ${destination.maxDuration} s reached`);
    });
    this.watchBroadcasters();
  }

  async #handlePlayable(run: Run): Promise<void> {
    if (this.#run !== run || this.#session.stream.phase !== 'initialised') return;
    const at = this.#clock.now();
    await this.#record(run.streamId, { status: 'running', startedAt: new Date(at) });
    const { streamId } = run;
    this.#apply(handleStreamEvent(this.#session, { type: 'playable', streamId, url: this.#playbackUrl(streamId), at }));
    this.#logger.info({ streamId }, 'live stream started');
  }

  async #handleFailure(run: Run, message: string): Promise<void> {
    if (this.#run !== run) return;
    this.#run = undefined;
    this.#release(run);
    this.#dismissProcess(run);
    await this.#record(run.streamId, { status: 'failed', stoppedAt: new Date(this.#clock.now()) });
    const error = { code: 500, message: `the live stream failed: ${message}` };
    this.#apply(handleStreamEvent(this.#session, { type: 'failed', streamId: run.streamId, error }));
    this.#logger.error({ streamId: run.streamId, error: message }, 'live stream failed');
  }

  #stopByItself(run: Run, why: string): void {
    this.#logger.info({ streamId: run.streamId, why }, 'live stream stops by itself');
    this.#later('stop stream', async () => {
      if (this.#run === run) await this.#stop(run.streamId, '');
    });
  }

  async #stop(streamId: string, stoppedBy: string): Promise<LiveStreamObject | undefined> {
    const run = this.#run;
    this.#run = undefined;
    const stoppedAt = new Date(this.#clock.now());
    const record = await this.#record(streamId, { status: 'stopping', stoppedAt, stoppedBy });
    this.#apply(handleStreamEvent(this.#session, { type: 'stopped', streamId }));
    this.#logger.info({ streamId, stoppedBy }, 'live stream stopped');
    if (run) {
      this.#release(run);
      const drained = this.#drain(run, stoppedAt, stoppedBy);
      this.#draining.add(drained);
      void drained.finally(() => this.#draining.delete(drained));
    }
    return record;
  }

  async #drain(run: Run, stoppedAt: Date, stoppedBy: string): Promise<void> {
    run.job.stop();
    await run.job.closed;
    this.#dismissProcess(run);
    await this.#record(run.streamId, { status: 'completed', stoppedAt, stoppedBy });
  }

  #release(run: Run): void {
    this.#cancelAutoStop = undefined;
    run.scope.close();
  }

  /** For what nobody waits for. */
  #later(name: string, task: () => Promise<void>): void {
    this.#queue.push(name, task).catch((error: unknown) => {
      this.#logger.debug({ task: name, error: messageOf(error) }, 'not done: the session ends');
    });
  }

  #dismissProcess(run: Run): void {
    if (run.tokenHash !== undefined) this.#dismissBearer(run.tokenHash);
    run.tokenHash = undefined;
  }

  /** A stream goes on, or ends, even when its record cannot be written. */
  async #record(
    streamId: string,
    change: Parameters<LiveStreamRecords['update']>[1],
  ): Promise<LiveStreamObject | undefined> {
    try {
      return await this.#records.update(streamId, change);
    } catch (error) {
      this.#logger.error({ streamId, status: change.status, error: messageOf(error) }, 'live stream not recorded');
      return undefined;
    }
  }
}

/** 24 lower-case hex characters, as all ids of the REST API; new for each start. */
function newStreamId(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return seconds.padStart(8, '0') + randomBytes(8).toString('hex');
}
