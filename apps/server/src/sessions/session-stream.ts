import { type Clock, type Logger, type Millis, messageOf } from '@amphi/base';
import {
  type Composition,
  type CompositionWish,
  compositionOf,
  type HlsDestination,
  type LiveStreamObject,
  PublicError,
  type TimedMetadataBody,
} from '@amphi/protocol';
import {
  checkRecordingPause,
  checkStreamStart,
  checkStreamStop,
  type Destinations,
  type Effects,
  handleStreamEvent,
  isRunning,
  renewDestinations,
  requireStreamPermission,
  type Session,
  type StopReason,
  tellComposition,
} from '@amphi/rooms';
import { secondIdOf } from '../egress-jobs/alternate.ts';
import { withLayers } from '../egress-jobs/choose-layers.ts';
import type { EgressJobs, StreamOrigin } from '../egress-jobs/egress-jobs.ts';
import type { Failure } from '../egress-jobs/failure-reason.ts';
import { programOf } from '../egress-jobs/program.ts';
import type { WebPages } from '../web-pages/web-pages.ts';
import { Draining } from './draining.ts';
import { newJobId } from './job-id.ts';
import type { EarlierStream } from './ports/earlier.ts';
import type { LiveStreamRecords, RecordingArchive } from './ports/records.ts';
import { ProgramAudience } from './program-audience.ts';
import type { ProgramFeed, Programs } from './programs.ts';
import { requirePauseChange } from './recording-feed.ts';
import type { SessionBudgets } from './session-budgets.ts';
import { StartStopLane } from './start-stop-lane.ts';
import { ladderOf } from './stream-ladder.ts';
import { StreamRun, type WantedStream } from './stream-run.ts';
import { WishedComposition, withoutUndefined } from './wished-composition.ts';
import { writeRecord } from './write-record.ts';

/** Who wants to watch a stream that does not run is to come again after so long. */
const NOT_LIVE_RETRY_MS: Millis = 5_000;
/** The end of a stream can be watched for some minutes; clocks of machines differ by less. */
const SIGNED_BEYOND_END_MS: Millis = 60 * 60_000;

/** The live stream of one session. Changes come one at a time; each fact is recorded before it is announced. */
export class SessionStream {
  /** Those who watch it by WHEP. */
  readonly audience: ProgramAudience;
  readonly #session: Session;
  readonly #apply: (effects: Effects) => void;
  readonly #findDestinations: () => Promise<Destinations | undefined>;
  readonly #programs: Programs;
  readonly #pages: Pick<WebPages, 'addressOf'>;
  readonly #jobs: Pick<EgressJobs, 'chooseLayers' | 'hlsOutput' | 'whepOutput'>;
  readonly #budgets: SessionBudgets;
  readonly #origin: StreamOrigin;
  readonly #records: LiveStreamRecords;
  readonly #archive: RecordingArchive;
  readonly #publicUrl: () => string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #lane: StartStopLane;
  readonly #draining: Draining;
  readonly #onFault: (error: unknown) => void;
  #run: StreamRun | undefined;
  readonly #wished = new WishedComposition();

  constructor(options: {
    readonly session: Session;
    readonly apply: (effects: Effects) => void;
    /** The template's as they are now; undefined when the room is gone. */
    readonly findDestinations: () => Promise<Destinations | undefined>;
    /** After a fault of ours not even the end of the stream could be told. */
    readonly onFault: (error: unknown) => void;
    readonly programs: Programs;
    readonly pages: Pick<WebPages, 'addressOf'>;
    readonly jobs: Pick<EgressJobs, 'chooseLayers' | 'hlsOutput' | 'whepOutput'>;
    readonly budgets: SessionBudgets;
    readonly origin: StreamOrigin;
    readonly records: LiveStreamRecords;
    readonly archive: RecordingArchive;
    /** Address of this server for what no client asked for, without a slash at the end. */
    readonly publicUrl: () => string;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#session = options.session;
    this.#apply = options.apply;
    this.#findDestinations = options.findDestinations;
    this.#programs = options.programs;
    this.#pages = options.pages;
    this.#jobs = options.jobs;
    this.#budgets = options.budgets;
    this.#origin = options.origin;
    this.#records = options.records;
    this.#archive = options.archive;
    this.#publicUrl = options.publicUrl;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.audience = new ProgramAudience({
      feed: () => this.#feedAudience(),
      clock: options.clock,
      logger: options.logger,
    });
    this.#onFault = options.onFault;
    this.#draining = new Draining(options.onFault);
    this.#lane = new StartStopLane({
      what: 'live stream',
      stop: () => this.#stop({ why: 'client request' }),
      onFault: options.onFault,
      clock: options.clock,
      logger: options.logger,
    });
  }

  get isRunning(): boolean {
    return isRunning(this.#session.stream);
  }

  /** How the room wants the streams drawn that it starts later; another object whenever it is another wish. */
  get wished(): Partial<Composition> {
    return this.#wished.said;
  }

  /** After a restart, before anything else is asked. */
  restoreWished(wished: Partial<Composition>): void {
    this.#wished.restore(wished);
  }

  /** @throws PublicError as `checkStreamStart`, `pageAddressOf`; 429 while a stop is worked on or after too many starts; 503 when the server has no room for it */
  async start(request: {
    readonly peerId?: string;
    readonly destination?: string;
    /** In place of what the destination says. */
    readonly isRecorded?: boolean | undefined;
    readonly hasVod?: boolean | undefined;
    /** Address of a page in place of the stage, as it came. */
    readonly meetingUrl?: string | undefined;
  }): Promise<LiveStreamObject> {
    requireStreamPermission(this.#session, request.peerId);
    const pageUrl = this.#pages.addressOf(request.meetingUrl);
    if (this.#lane.isStarting) throw new PublicError(400, 'beam already started');
    return this.#lane.ask('start', async () => {
      renewDestinations(this.#session, (await this.#findDestinations()) ?? this.#session.destinations);
      const { name, destination: saved } = checkStreamStart(this.#session, request);
      const wished = this.#wished.said;
      const wanted: HlsDestination = { ...saved, composition: { ...saved.composition, ...wished } };
      const chosen = this.#jobs.chooseLayers(wanted);
      const destination = withLayers(wanted, chosen);
      const program = programOf(destination, pageUrl);
      this.#programs.requireCapacity(program);
      this.#budgets.chargeStreamStart(this.#session.settings.roomId);
      const streamId = newJobId();
      const isRecorded = request.isRecorded ?? destination.recording?.singleFilePerLayer ?? false;
      const hasVod = request.hasVod ?? destination.recording?.hlsVod ?? false;
      const { settings } = this.#session;
      const initialisedAt = this.#clock.now();
      const pathOf = (id: string) => this.#origin.playbackPath(id, signedUntil(destination, initialisedAt));
      const [path, secondPath] = [pathOf(streamId), pathOf(secondIdOf(streamId))];
      const ladder = ladderOf(program, chosen, {
        aspectRatio: destination.alternate?.videoAspectRatio,
        url: this.#publicUrl() + secondPath,
      });
      const record = await this.#records.create({
        id: streamId,
        roomId: settings.roomId,
        sessionId: settings.sessionId,
        destination: name,
        settings: destination,
        ladder,
        pageUrl,
        playbackUrl: this.#publicUrl() + path,
        isRecorded,
        hasVod,
        startedBy: request.peerId ?? '',
      });
      try {
        checkStreamStart(this.#session, request);
        const kept = { isRecorded, hasVod, isPaused: false };
        const run = this.#begin({
          streamId,
          path,
          secondPath,
          name,
          destination,
          pageUrl,
          ladder,
          troubles: [],
          ...kept,
          initialisedAt,
        });
        // Said while the record was written; the shape is for the next one then.
        const { videoAspectRatio: _, ...said } = this.#wished.said;
        if (this.#wished.said !== wished) this.#draw(run, said);
      } catch (error) {
        await this.#record(streamId, { status: 'failed', stoppedAt: new Date(this.#clock.now()) });
        throw error;
      }
      this.#logger.info({ streamId, ...ladder }, 'layers of the live stream');
      return record;
    });
  }

  /**
   * Goes on with a stream of a killed process: the same id, address and beginning (RST2). Never throws: one that cannot
   * go on has failed.
   */
  resume({ streamId, path, second, destination: name, settings, ladder, ...known }: EarlierStream): void {
    this.#session.destinations = { ...this.#session.destinations, [name]: settings };
    try {
      const { initialisedAt, isRecorded, hasVod, isPaused } = known;
      const wanted = { isRecorded, hasVod, isPaused, initialisedAt };
      const run = this.#begin({
        streamId,
        path,
        secondPath: second?.path,
        name,
        destination: settings,
        pageUrl: known.pageUrl,
        ladder,
        troubles: known.troubles,
        ...wanted,
      });
      if (second?.isPlayable) run.announceSecond(known.startedAt ?? this.#clock.now());
      if (known.isPlayable && known.startedAt !== undefined) run.announce(known.startedAt);
      else if (known.isPlayable) void this.#lane.enter('playable', () => this.#handlePlayable(run));
      this.#logger.info({ streamId, isPlayable: known.isPlayable }, 'live stream goes on');
    } catch (error) {
      this.#logger.error({ streamId, error: messageOf(error) }, 'live stream cannot go on');
      void this.#record(streamId, { status: 'failed', stoppedAt: new Date(this.#clock.now()) }).then(() => {
        if (known.isRecorded || known.hasVod) this.#archive.finalise({ kind: 'live_stream', id: streamId });
      });
    }
  }

  /**
   * Resolves when everyone has been told; the last seconds are drained after that.
   * @throws PublicError as `checkStreamStop`; 429 while a start or stop is worked on
   */
  async stop(request: { readonly peerId?: string }): Promise<LiveStreamObject | undefined> {
    requireStreamPermission(this.#session, request.peerId);
    return this.#lane.ask('stop', () => {
      checkStreamStop(this.#session, request.peerId);
      return this.#stop({ by: request.peerId, why: 'client request' });
    });
  }

  /**
   * How the room wants its stream to be drawn: the running one as `recompose` does, else, and later, those that it starts until
   * the session ends. A wish of nothing asks.
   * @returns the whole composition as it is now, or as a stream would begin
   * @throws PublicError as `recompose`; where none runs as `checkStreamStart`
   */
  async compose(wish: CompositionWish, request: { readonly peerId: string }): Promise<Composition> {
    requireStreamPermission(this.#session, request.peerId);
    if (!this.#run) {
      renewDestinations(this.#session, (await this.#findDestinations()) ?? this.#session.destinations);
    }
    const said = withoutUndefined(wish);
    const isAsking = Object.keys(said).length === 0;
    if (this.#run) {
      const composition = isAsking ? compositionOf(this.#run.destination) : this.recompose(said, request);
      this.#wished.add(said);
      return composition;
    }
    const { destination } = checkStreamStart(this.#session, request);
    if (!isAsking) {
      this.#wished.add(said);
      this.#apply(tellComposition(this.#session, said));
    }
    return { ...compositionOf(destination), ...this.#wished.said };
  }

  /**
   * Draws the running stream otherwise, from its next picture on; in another shape from one of its next segments on. Waits for
   * nothing: it comes while a start is still worked on, too.
   * @returns the whole composition as it is now
   * @throws PublicError as `checkStreamStop`; 400 for a shape that it cannot have
   */
  recompose(change: CompositionWish, request: { readonly peerId?: string }): Composition {
    checkStreamStop(this.#session, request.peerId);
    const run = this.#run;
    if (!run) throw new PublicError(404, 'hls not running');
    const said = withoutUndefined(change);
    const composition = this.#draw(run, said);
    // The last word holds: what was wished of it before is forgotten.
    this.#wished.forget(Object.keys(said) as (keyof Composition)[]);
    return composition;
  }

  /** @throws PublicError 400 for a shape that it cannot have */
  #draw(run: StreamRun, drawn: Partial<Composition>): Composition {
    const settings = run.recompose(drawn);
    // What a restart of the server goes on with.
    void this.#record(run.streamId, { settings });
    this.#apply(tellComposition(this.#session, drawn));
    this.#logger.info({ streamId: run.streamId, fields: Object.keys(drawn) }, 'live stream is drawn otherwise');
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
    const { phase, second } = checkStreamStop(this.#session, request.peerId);
    const run = this.#run;
    if (!run || phase !== 'started') throw new PublicError(404, 'hls not running');
    await run.sendTimedMetadata(messages, {
      hasSecond: second !== undefined,
      charge: () => this.#budgets.chargeTimedMetadata(this.#session.settings.roomId, messages.length),
    });
  }

  /**
   * Pauses what is kept of the stream, or lets it go on; the stream itself does not notice. Resolves when it is on its way;
   * that it is so everyone is told by the state.
   * @throws PublicError as `checkRecordingPause`; 400 when it is so already; 429 while a start, stop or pause is worked on
   */
  async setPaused(isPaused: boolean, request: { readonly peerId?: string | undefined }): Promise<void> {
    checkRecordingPause(this.#session, 'hls', request.peerId);
    await this.#lane.ask(isPaused ? 'pause' : 'resume', async () => {
      checkRecordingPause(this.#session, 'hls', request.peerId);
      const run = this.#run;
      if (!run?.recording) throw new PublicError(404, 'hls recording not running');
      requirePauseChange(run.recording, isPaused);
      await this.#record(run.streamId, { isPaused });
      run.recording.setPaused(isPaused);
      this.#logger.info({ streamId: run.streamId, isPaused }, 'recording of the live stream paused or going on');
    });
  }

  /** To be called whenever peers or roles changed: without broadcasters the stream stops by itself in the end. */
  watchBroadcasters(): void {
    this.#run?.watchBroadcasters();
  }

  /** Stops the stream if one runs; resolves when it has been drained. Never rejects. */
  async close(): Promise<void> {
    await this.#lane.enter('close stream', () => this.#stop({ why: 'room ended' }));
    this.#lane.close();
    await this.#draining.over();
  }

  /** @throws PublicError as `Programs.feed` */
  #begin(wanted: WantedStream): StreamRun {
    const { streamId } = wanted;
    const run: StreamRun = new StreamRun(
      wanted,
      {
        playable: () => void this.#lane.enter('playable', () => this.#handlePlayable(run)),
        failed: (failure) => void this.#lane.enter('failed', () => this.#fail(run, failure)),
        due: (why) => this.#stopByItself(run, why),
        changed: (change) => void this.#record(streamId, change),
      },
      {
        session: this.#session,
        apply: this.#apply,
        programs: this.#programs,
        jobs: this.#jobs,
        origin: this.#origin,
        archive: this.#archive,
        onFault: this.#onFault,
        clock: this.#clock,
        logger: this.#logger,
      },
    );
    run.defer(() => this.audience.dismiss());
    this.#run = run;
    return run;
  }

  /** @throws PublicError 409 when no stream runs */
  #feedAudience(): ProgramFeed {
    const run = this.#run;
    if (!run) throw new PublicError(409, 'hls not running', { retryAfterMs: NOT_LIVE_RETRY_MS });
    const program = programOf(run.destination, run.pageUrl);
    const [top] = program.rungs;
    return this.#programs.feed(program, this.#jobs.whepOutput(`${newJobId()}-whep`, top!.id));
  }

  async #handlePlayable(run: StreamRun): Promise<void> {
    if (this.#run !== run || this.#session.stream.phase !== 'initialised') return;
    const at = this.#clock.now();
    await this.#record(run.streamId, { status: 'running', startedAt: new Date(at) });
    run.announce(at);
    this.#logger.info({ streamId: run.streamId }, 'live stream started');
  }

  async #fail(run: StreamRun, { message, ...rest }: Failure): Promise<void> {
    if (this.#run !== run) return;
    this.#forget(run);
    run.end();
    await this.#record(run.streamId, { status: 'failed', stoppedAt: new Date(this.#clock.now()), reason: message });
    this.#draining.add(this.#finish(run));
    const error = { code: 500, message: `the live stream failed: ${message}` };
    this.#apply(handleStreamEvent(this.#session, { type: 'failed', streamId: run.streamId, error, ...rest }));
    this.#logger.error({ streamId: run.streamId, error: message }, 'live stream failed');
  }

  #stopByItself(run: StreamRun, why: StopReason): void {
    this.#logger.info({ streamId: run.streamId, why }, 'live stream stops by itself');
    void this.#lane.enter('stop stream', async () => {
      if (this.#run === run) await this.#stop({ why });
    });
  }

  /** Stops what runs, if anything does. */
  async #stop(asked: {
    readonly by?: string | undefined;
    readonly why: StopReason;
  }): Promise<LiveStreamObject | undefined> {
    const run = this.#run;
    if (!run) return undefined;
    const { by: stoppedBy = '', why } = asked;
    this.#forget(run);
    const { streamId } = run;
    const stoppedAt = new Date(this.#clock.now());
    try {
      const record = await this.#record(streamId, { status: 'stopping', stoppedAt, stoppedBy, reason: why });
      this.#apply(handleStreamEvent(this.#session, { type: 'stopped', streamId, why }));
      this.#logger.info({ streamId, stoppedBy, why }, 'live stream stopped');
      return record;
    } finally {
      run.end();
      this.#draining.add(this.#complete(run, { stoppedAt, stoppedBy, reason: why }));
    }
  }

  /** A break ends with the stream that it was in. */
  #forget(run: StreamRun): void {
    this.#run = undefined;
    this.#wished.forget(['standBy']);
    run.dismiss();
  }

  async #complete(
    run: StreamRun,
    end: { readonly stoppedAt: Date; readonly stoppedBy: string; readonly reason: string },
  ): Promise<void> {
    await run.over;
    const status = run.recording ? 'post_processing' : 'completed';
    await this.#record(run.streamId, { status, ...end });
    await this.#finish(run);
  }

  /** Its files, once nobody writes to them. */
  async #finish({ streamId, recording }: StreamRun): Promise<void> {
    await recording?.feed.over;
    if (recording) this.#archive.finalise({ kind: 'live_stream', id: streamId });
  }

  #record(streamId: string, change: Parameters<LiveStreamRecords['update']>[1]): Promise<LiveStreamObject | undefined> {
    const about = { streamId, status: change.status ?? 'unchanged' };
    const [clock, logger] = [this.#clock, this.#logger];
    return writeRecord(this.#records.update(streamId, change), { what: 'live stream', about, clock, logger });
  }
}

/** SGN4: one address for all of a stream's life, so that nobody is cut off and all viewers share what caches hold. */
function signedUntil({ signedPlayback, maxDuration }: HlsDestination, initialisedAt: Millis): Millis | undefined {
  return signedPlayback ? initialisedAt + maxDuration * 1000 + SIGNED_BEYOND_END_MS : undefined;
}
