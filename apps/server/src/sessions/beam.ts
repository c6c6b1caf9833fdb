import { type Clock, type Logger, type Millis, messageOf, Scope, withDeadline } from '@amphi/base';
import { type HlsDestination, PublicError } from '@amphi/protocol';
import {
  checkBeamStart,
  checkBeamStop,
  type Destinations,
  type Effects,
  handleOutputEvent,
  isBeamRunning,
  type OutputEvent,
  renewDestinations,
  type Session,
} from '@amphi/rooms';
import { AutoStop } from './auto-stop.ts';
import { type BeamProgram, beamProgram, defaultDestination } from './beam-program.ts';
import { newJobId } from './live-stream.ts';
import type { BeamRecords, BeamSettings, BeamStart, EarlierBeam, RecordingArchive } from './ports.ts';
import type { ProgramFeed, Programs } from './programs.ts';
import type { SessionBudgets } from './session-budgets.ts';
import { StartStopLane } from './start-stop-lane.ts';

/** What is running: the wish is the session's output states, this is the machinery that fulfils it. */
interface Run {
  readonly id: string;
  /** The stage as a file. */
  readonly recording: ProgramFeed | undefined;
  readonly autoStop: AutoStop;
  /** Something of it has begun to arrive. */
  isStarted: boolean;
  /** Ends with the run: its timers and subscriptions. */
  readonly scope: Scope;
}

const RECORD_DEADLINE_MS: Millis = 5_000;

/**
 * The recording of one session's stage. Changes come one at a time; each fact is recorded before it is announced, but for
 * those that only the process knows.
 */
export class Beam {
  readonly #session: Session;
  readonly #apply: (effects: Effects) => void;
  readonly #findDestinations: () => Promise<Destinations | undefined>;
  readonly #programs: Programs;
  readonly #budgets: SessionBudgets;
  readonly #records: BeamRecords;
  readonly #archive: RecordingArchive;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #lane: StartStopLane;
  readonly #draining = new Set<Promise<unknown>>();
  #run: Run | undefined;

  constructor(options: {
    readonly session: Session;
    readonly apply: (effects: Effects) => void;
    /** The template's as they are now; undefined when the room is gone. */
    readonly findDestinations: () => Promise<Destinations | undefined>;
    /** After a fault of ours not even its end could be told. */
    readonly onFault: (error: unknown) => void;
    readonly programs: Programs;
    readonly budgets: SessionBudgets;
    readonly records: BeamRecords;
    readonly archive: RecordingArchive;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#session = options.session;
    this.#apply = options.apply;
    this.#findDestinations = options.findDestinations;
    this.#programs = options.programs;
    this.#budgets = options.budgets;
    this.#records = options.records;
    this.#archive = options.archive;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#lane = new StartStopLane({
      what: 'recording',
      stop: () => this.#stop(''),
      onFault: options.onFault,
      clock: options.clock,
      logger: options.logger,
    });
  }

  get isRunning(): boolean {
    return isBeamRunning(this.#session);
  }

  /**
   * @returns its id
   * @throws PublicError as `checkBeamStart`; 400 for an unknown destination; 429 while a stop is worked on or after too many
   *   starts; 503 when the server has no room for it
   */
  async start(request: BeamStart): Promise<string> {
    checkBeamStart(this.#session, request);
    if (request.rtmpUrls.length > 0) throw new PublicError(400, 'rtmp_urls: not supported by this server');
    if (this.#lane.isStarting) throw new PublicError(400, 'beam already started');
    return this.#lane.ask('start', async () => {
      renewDestinations(this.#session, (await this.#findDestinations()) ?? this.#session.destinations);
      checkBeamStart(this.#session, request);
      const { record, rtmpUrls } = request;
      const { name, destination } = destinationOf(this.#session, request.destination);
      const made = beamProgram(destination, request.resolution);
      this.#programs.requireCapacity(made.program);
      this.#budgets.chargeStreamStart(this.#session.settings.roomId);
      const id = newJobId();
      const { roomId, sessionId } = this.#session.settings;
      await this.#records.create({
        id,
        kind: request.kind,
        roomId,
        sessionId,
        destination: name,
        settings: { record, rtmpUrls, resolution: made.resolution, destination },
        startedBy: request.peerId ?? '',
      });
      try {
        checkBeamStart(this.#session, request);
        this.#begin({ id, name, destination, made, record, initialisedAt: this.#clock.now() });
      } catch (error) {
        await this.#record(id, { status: 'failed', stoppedAt: new Date(this.#clock.now()) });
        throw error;
      }
      return id;
    });
  }

  /**
   * Goes on with what a killed process had begun, under the same id, in another file. Never throws: what cannot go on has
   * ended, and its files are finished.
   */
  resume({ id, destination: name, settings, initialisedAt }: EarlierBeam): void {
    try {
      this.#session.destinations = { [name]: settings.destination, ...this.#session.destinations };
      const made = beamProgram(settings.destination, settings.resolution);
      const { destination, record } = settings;
      this.#begin({ id, name, destination, made, record, initialisedAt });
      this.#logger.info({ beamId: id }, 'recording goes on');
    } catch (error) {
      this.#logger.error({ beamId: id, error: messageOf(error) }, 'recording cannot go on');
      this.#archive.finalise({ kind: 'beam', id });
    }
  }

  /**
   * Resolves when everyone has been told; the last of it is drained, and files are finished, after that.
   * @returns its id
   * @throws PublicError as `checkBeamStop`; 429 while a start or stop is worked on
   */
  async stop(request: { readonly peerId?: string | undefined }): Promise<string | undefined> {
    checkBeamStop(this.#session, request.peerId);
    return this.#lane.ask('stop', () => {
      checkBeamStop(this.#session, request.peerId);
      return this.#stop(request.peerId ?? '');
    });
  }

  /** To be called whenever peers or roles changed: without broadcasters it stops by itself in the end. */
  watchBroadcasters(): void {
    this.#run?.autoStop.watch();
  }

  /** Stops what runs; resolves when it has been drained. Never rejects. */
  async close(): Promise<void> {
    await this.#lane.enter('close recording', () => this.#stop(''));
    this.#lane.close();
    await Promise.all(this.#draining);
  }

  /** @throws PublicError as `Programs.feed` */
  #begin(wanted: {
    readonly id: string;
    /** Of the destination. */
    readonly name: string;
    readonly destination: HlsDestination;
    readonly made: BeamProgram;
    readonly record: BeamSettings['record'];
    readonly initialisedAt: Millis;
  }): void {
    const { id, name, destination, initialisedAt } = wanted;
    const { program, rung } = wanted.made;
    const recording = wanted.record
      ? this.#programs.feed(program, this.#archive.output({ jobId: id, id: `${id}-mp4`, rungs: [rung] }))
      : undefined;
    const requested: OutputEvent = { type: 'requested', jobId: id, initialisedAt, destination: name };
    if (recording) this.#tell(requested);
    const scope = new Scope({ clock: this.#clock });
    const autoStop = new AutoStop({
      session: this.#session,
      timeoutS: destination.autoStopTimeout,
      scope,
      onDue: (why) => this.#stopByItself(run, why),
    });
    const run: Run = { id, recording, autoStop, isStarted: false, scope };
    this.#run = run;
    if (recording) this.#watch(run, recording);
    const endsAt = initialisedAt + destination.maxDuration * 1000;
    scope.after(Math.max(0, endsAt - this.#clock.now()), () => {
      this.#stopByItself(run, `maximum duration of ${destination.maxDuration} s reached`);
    });
  }

  #watch(run: Run, { feed }: ProgramFeed): void {
    const { scope } = run;
    scope.defer(
      feed.events.on('running', () => void this.#lane.enter('recording runs', () => this.#handleRunning(run))),
    );
    scope.defer(
      feed.events.once('failed', ({ message }) => {
        void this.#lane.enter('recording failed', () => this.#fail(run, message));
      }),
    );
  }

  async #handleRunning(run: Run): Promise<void> {
    if (this.#run !== run || run.isStarted) return;
    run.isStarted = true;
    const at = this.#clock.now();
    await this.#record(run.id, { status: 'running', startedAt: new Date(at) });
    this.#tell({ type: 'started', jobId: run.id, at });
    this.#logger.info({ beamId: run.id }, 'recording started');
  }

  async #fail(run: Run, message: string): Promise<void> {
    if (this.#run !== run) return;
    this.#run = undefined;
    run.scope.close();
    await this.#record(run.id, { status: 'failed', stoppedAt: new Date(this.#clock.now()) });
    const error = { code: 500, message: `the recording failed: ${message}` };
    this.#tell({ type: 'failed', jobId: run.id, error });
    this.#logger.error({ beamId: run.id, error: message }, 'recording failed');
    run.recording?.end();
    this.#keep(this.#finish(run));
  }

  #stopByItself(run: Run, why: string): void {
    this.#logger.info({ beamId: run.id, why }, 'recording stops by itself');
    void this.#lane.enter('stop recording', async () => {
      if (this.#run === run) await this.#stop('');
    });
  }

  /** Stops what runs, if anything does. */
  async #stop(stoppedBy: string): Promise<string | undefined> {
    const run = this.#run;
    if (!run) return undefined;
    this.#run = undefined;
    run.scope.close();
    const { id } = run;
    const stoppedAt = new Date(this.#clock.now());
    try {
      await this.#record(id, { status: 'stopping', stoppedAt, stoppedBy });
      this.#tell({ type: 'stopped', jobId: id });
      this.#logger.info({ beamId: id, stoppedBy }, 'recording stopped');
      return id;
    } finally {
      run.recording?.end();
      this.#keep(this.#complete(run));
    }
  }

  /** What the close waits for. */
  #keep(draining: Promise<void>): void {
    this.#draining.add(draining);
    void draining.finally(() => this.#draining.delete(draining));
  }

  async #complete(run: Run): Promise<void> {
    await run.recording?.feed.over;
    await this.#record(run.id, { status: 'post_processing' });
    await this.#finish(run);
  }

  /** Its files, once nobody writes to them. */
  async #finish({ id, recording }: Run): Promise<void> {
    await recording?.feed.over;
    this.#archive.finalise({ kind: 'beam', id });
  }

  #tell(event: OutputEvent): void {
    this.#apply(handleOutputEvent(this.#session, 'browser', event));
  }

  /** It goes on, or ends, even when its record cannot be written. */
  async #record(id: string, change: Parameters<BeamRecords['update']>[1]): Promise<void> {
    try {
      const deadline = { ms: RECORD_DEADLINE_MS, clock: this.#clock };
      await withDeadline('the record', this.#records.update(id, change), deadline);
    } catch (error) {
      this.#logger.error({ beamId: id, status: change.status, error: messageOf(error) }, 'recording not recorded');
    }
  }
}

/** @throws PublicError 400 for one that the template does not have */
function destinationOf({ destinations }: Session, wanted: string | undefined) {
  const name = wanted ?? Object.keys(destinations)[0] ?? 'default';
  const destination = Object.hasOwn(destinations, name) ? destinations[name] : undefined;
  if (destination) return { name, destination };
  if (wanted === undefined) return { name, destination: defaultDestination() };
  throw new PublicError(400, `destination: "${wanted}" is not one of ${Object.keys(destinations).join(', ')}`);
}
