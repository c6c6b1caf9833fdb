import { type Clock, type Logger, type Millis, messageOf, Scope } from '@amphi/base';
import { type HlsDestination, PublicError, type RecordingConfiguration, type RtmpTargetState } from '@amphi/protocol';
import {
  checkBeamStart,
  checkBeamStop,
  checkRecordingPause,
  type Destinations,
  type Effects,
  handleOutputEvent,
  hasBroadcaster,
  isBeamRunning,
  type OutputEvent,
  renewDestinations,
  type Session,
  type StopReason,
} from '@amphi/rooms';
import { withLayers } from '../egress-jobs/choose-layers.ts';
import type { EgressJobs } from '../egress-jobs/egress-jobs.ts';
import type { WebPages } from '../web-pages/web-pages.ts';
import { AutoStop } from './auto-stop.ts';
import { type BeamProgram, beamProgram, defaultDestination } from './beam-program.ts';
import { Draining } from './draining.ts';
import { newJobId } from './job-id.ts';
import type { EarlierBeam } from './ports/earlier.ts';
import type { BeamStart } from './ports/host.ts';
import type { BeamRecords, RecordingArchive } from './ports/records.ts';
import type { ProgramFeed, Programs } from './programs.ts';
import { recordedBy, resolutionOf, startsByItself } from './recording-configuration.ts';
import { feedRecording, type RecordingFeed, requirePauseChange } from './recording-feed.ts';
import { type RtmpDestinations, rtmpDestinationOf, type Sending, sendingOf, sentBy } from './rtmp-destination.ts';
import type { SessionBudgets } from './session-budgets.ts';
import { StartStopLane } from './start-stop-lane.ts';
import { writeRecord } from './write-record.ts';

/** What is running: the wish is the session's output states, this is the machinery that fulfils it. */
interface Run {
  readonly id: string;
  /** The stage as a file. */
  readonly recording: RecordingFeed | undefined;
  /** The stage on other platforms. */
  readonly targets: readonly ProgramFeed[];
  /** Those that have not failed. */
  readonly working: Set<ProgramFeed>;
  readonly autoStop: AutoStop;
  /** Something of it has begun to arrive. */
  isStarted: boolean;
  /** Ends with the run: its timers and subscriptions. */
  readonly scope: Scope;
}

/** What a start means, by what it says and what the template does. */
interface WantedBeam extends Sending {
  /** Of the destination by which the stage is drawn. */
  readonly name: string;
  readonly destination: HlsDestination;
}

/**
 * The recording of one session's stage and what is sent to other platforms, which are started and stopped together; each
 * fails alone. Changes come one at a time; each fact is recorded before it is announced, but for
 * those that only the process knows.
 */
export class Beam {
  readonly #session: Session;
  readonly #apply: (effects: Effects) => void;
  readonly #findDestinations: () => Promise<Destinations | undefined>;
  readonly #findConfiguration: () => Promise<RecordingConfiguration | undefined>;
  readonly #findRtmpDestinations: () => Promise<RtmpDestinations>;
  readonly #programs: Programs;
  readonly #pages: Pick<WebPages, 'addressOf'>;
  readonly #jobs: Pick<EgressJobs, 'chooseLayers' | 'rtmpOutput' | 'requireTargets'>;
  readonly #budgets: SessionBudgets;
  readonly #records: BeamRecords;
  readonly #archive: RecordingArchive;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #onFault: (error: unknown) => void;
  readonly #lane: StartStopLane;
  readonly #draining: Draining;
  #run: Run | undefined;
  /** Nobody has looked yet whether it is to start by itself. */
  #mayStart: boolean;

  constructor(options: {
    readonly session: Session;
    readonly apply: (effects: Effects) => void;
    /** The template's as they are now; undefined when the room is gone. */
    readonly findDestinations: () => Promise<Destinations | undefined>;
    /** How the template wants its sessions recorded, as it is now. */
    readonly findConfiguration: () => Promise<RecordingConfiguration | undefined>;
    /** Where the template wants its sessions sent, as it is now. */
    readonly findRtmpDestinations: () => Promise<RtmpDestinations>;
    /** The session begins with this process: its recording may begin with it. */
    readonly isNew: boolean;
    /** After a fault of ours not even its end could be told. */
    readonly onFault: (error: unknown) => void;
    readonly programs: Programs;
    readonly pages: Pick<WebPages, 'addressOf'>;
    readonly jobs: Pick<EgressJobs, 'chooseLayers' | 'rtmpOutput' | 'requireTargets'>;
    readonly budgets: SessionBudgets;
    readonly records: BeamRecords;
    readonly archive: RecordingArchive;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#session = options.session;
    this.#apply = options.apply;
    this.#findDestinations = options.findDestinations;
    this.#findConfiguration = options.findConfiguration;
    this.#findRtmpDestinations = options.findRtmpDestinations;
    this.#mayStart = options.isNew;
    this.#programs = options.programs;
    this.#pages = options.pages;
    this.#jobs = options.jobs;
    this.#budgets = options.budgets;
    this.#records = options.records;
    this.#archive = options.archive;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#onFault = options.onFault;
    this.#draining = new Draining(options.onFault);
    this.#lane = new StartStopLane({
      what: 'recording',
      stop: () => this.#stop({ why: 'client request' }),
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
   * @throws PublicError as `checkBeamStart`; 400 for an unknown destination, for no platform or one to which nothing may be sent; 429 while a stop is worked on or after too many
   *   starts; 503 when the server has no room for it
   */
  async start(request: BeamStart): Promise<string> {
    const { peerId, kind, rtmpUrls } = request;
    const isSent = kind === 'external_stream';
    checkBeamStart(this.#session, { peerId, record: request.record ?? false, isSent });
    this.#jobs.requireTargets(rtmpUrls);
    const pageUrl = this.#pages.addressOf(request.meetingUrl);
    if (this.#lane.isStarting) throw new PublicError(400, 'beam already started');
    return this.#lane.ask('start', async () => {
      renewDestinations(this.#session, (await this.#findDestinations()) ?? this.#session.destinations);
      const wanted = await (isSent ? this.#findSending(request) : this.#findRecording(request));
      const { name, destination, record } = wanted;
      checkBeamStart(this.#session, { peerId, record, isSent });
      this.#jobs.requireTargets(wanted.rtmpUrls);
      const made = beamProgram(destination, wanted.resolution, pageUrl);
      this.#programs.requireCapacity(made.program);
      this.#budgets.chargeStreamStart(this.#session.settings.roomId);
      const id = newJobId();
      const { roomId, sessionId } = this.#session.settings;
      await this.#records.create({
        id,
        kind,
        roomId,
        sessionId,
        destination: name,
        settings: {
          record,
          rtmpUrls: wanted.rtmpUrls,
          resolution: made.resolution,
          destination,
          ...(pageUrl !== undefined && { pageUrl }),
        },
        startedBy: peerId ?? '',
      });
      try {
        checkBeamStart(this.#session, { peerId, record, isSent });
        const initialisedAt = this.#clock.now();
        this.#begin({ ...wanted, id, made, isPaused: false, initialisedAt });
      } catch (error) {
        await this.#record(id, { status: 'failed', stoppedAt: new Date(this.#clock.now()) });
        throw error;
      }
      return id;
    });
  }

  /** @throws PublicError as `sendingOf`; 400 for an unknown destination */
  async #findSending(request: BeamStart): Promise<WantedBeam> {
    const sender = rtmpDestinationOf(await this.#findRtmpDestinations(), request.destination);
    const namesSenderOnly = sender !== undefined && !Object.hasOwn(this.#session.destinations, sender.name);
    const { name, destination } = this.#destinationOf(namesSenderOnly ? undefined : request.destination);
    return { ...sendingOf(request, sender), name, destination: sender ? sentBy(destination, sender) : destination };
  }

  /** @throws PublicError 400 for an unknown destination */
  async #findRecording({ destination: wanted, resolution }: BeamStart): Promise<WantedBeam> {
    const configuration = await this.#findConfiguration();
    const { name, destination } = this.#destinationOf(wanted);
    return {
      record: true,
      rtmpUrls: [],
      name,
      destination: configuration ? recordedBy(destination, configuration) : destination,
      resolution: resolution ?? (configuration && resolutionOf(configuration)),
    };
  }

  /** How the stage is drawn, with all layers. @throws PublicError 400 for one that the template does not have */
  #destinationOf(wanted: string | undefined): Pick<WantedBeam, 'name' | 'destination'> {
    const { name, destination } = destinationOf(this.#session, wanted);
    return { name, destination: withLayers(destination, this.#jobs.chooseLayers(destination)) };
  }

  /**
   * Goes on with what a killed process had begun, under the same id, in another file. Never throws: what cannot go on has
   * ended, and its files are finished.
   */
  resume({ id, destination: name, settings, isPaused, initialisedAt }: EarlierBeam): void {
    try {
      this.#session.destinations = { [name]: settings.destination, ...this.#session.destinations };
      const made = beamProgram(settings.destination, settings.resolution, settings.pageUrl);
      this.#begin({ id, name, made, isPaused, initialisedAt, ...settings });
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
      return this.#stop({ by: request.peerId, why: 'client request' });
    });
  }

  /**
   * Pauses the recording of the stage, or lets it go on; what goes to other platforms does not notice. Resolves when it is
   * on its way; that it is so everyone is told by the state.
   * @throws PublicError as `checkRecordingPause`; 400 when it is so already; 429 while a start, stop or pause is worked on
   */
  async setPaused(isPaused: boolean, request: { readonly peerId?: string | undefined }): Promise<void> {
    checkRecordingPause(this.#session, 'browser', request.peerId);
    await this.#lane.ask(isPaused ? 'pause' : 'resume', async () => {
      checkRecordingPause(this.#session, 'browser', request.peerId);
      const run = this.#run;
      if (!run?.recording) throw new PublicError(404, 'no active beam found');
      requirePauseChange(run.recording, isPaused);
      await this.#record(run.id, { isPaused });
      run.recording.setPaused(isPaused);
      this.#logger.info({ beamId: run.id, isPaused }, 'recording paused or going on');
    });
  }

  /** To be called whenever peers or roles changed: with the first broadcaster it may start by itself, without any it stops in the end. */
  watchBroadcasters(): void {
    this.#run?.autoStop.watch();
    if (!this.#mayStart || this.isRunning || !hasBroadcaster(this.#session)) return;
    this.#mayStart = false;
    void this.#startByItself();
  }

  /** Never rejects: what could not be is tried again when somebody else comes. */
  async #startByItself(): Promise<void> {
    try {
      if (!startsByItself(await this.#findConfiguration())) return;
      await this.start({ kind: 'recording', record: true, rtmpUrls: [] });
    } catch (error) {
      // Somebody was faster.
      if (this.isRunning || this.#session.ended) return;
      this.#mayStart = true;
      this.#logger.error({ error: messageOf(error) }, 'the recording that begins with the session could not start');
    }
  }

  /** Stops what runs; resolves when it has been drained. Never rejects. */
  async close(): Promise<void> {
    await this.#lane.enter('close recording', () => this.#stop({ why: 'room ended' }));
    this.#lane.close();
    await this.#draining.over();
  }

  /** @throws PublicError as `Programs.feed` */
  #begin(wanted: {
    readonly id: string;
    /** Of the destination. */
    readonly name: string;
    readonly destination: HlsDestination;
    readonly made: BeamProgram;
    readonly record: boolean;
    readonly rtmpUrls: readonly string[];
    readonly isPaused: boolean;
    readonly initialisedAt: Millis;
  }): void {
    const { id, name, destination, rtmpUrls, isPaused, initialisedAt } = wanted;
    const servers = this.#jobs.requireTargets(rtmpUrls);
    const { program, rung } = wanted.made;
    const recording = wanted.record
      ? feedRecording({
          programs: this.#programs,
          archive: this.#archive,
          program,
          recording: { jobId: id, id: `${id}-mp4`, rungs: [rung], forms: ['mp4'] },
          isPaused,
        })
      : undefined;
    const targets = rtmpUrls.map((url, index) =>
      this.#programs.feed(program, this.#jobs.rtmpOutput(`${id}-rtmp-${index}`, { url, rung })),
    );
    const requested = { type: 'requested', jobId: id, initialisedAt, destination: name } as const;
    if (recording) this.#tell('browser', requested);
    if (targets.length > 0) {
      this.#tell('rtmp', { ...requested, targets: servers.map((server) => ({ server, state: 'starting' })) });
    }
    const scope = new Scope({ clock: this.#clock, onTimerError: this.#onFault });
    const autoStop = new AutoStop({
      session: this.#session,
      timeoutS: destination.autoStopTimeout,
      scope,
      onDue: (why) => this.#stopByItself(run, why),
    });
    const working = new Set([...(recording ? [recording] : []), ...targets]);
    const run: Run = { id, recording, targets, working, autoStop, isStarted: false, scope };
    this.#run = run;
    if (recording) this.#watchRecording(run, recording);
    for (const [index, target] of targets.entries()) this.#watchTarget(run, target, index);
    const endsAt = initialisedAt + destination.maxDuration * 1000;
    scope.after(Math.max(0, endsAt - this.#clock.now()), () => {
      this.#stopByItself(run, 'max duration reached');
    });
  }

  #watchRecording(run: Run, recording: RecordingFeed): void {
    const { events } = recording.feed;
    const { id: jobId, scope } = run;
    scope.defer(
      events.on('running', () =>
        this.#enter('recording runs', run, async () => {
          // It was paused meanwhile, and tells that next.
          if (!recording.isPaused) await this.#handleRunning(run, 'browser');
        }),
      ),
    );
    scope.defer(
      events.on('paused', () =>
        this.#enter('recording is paused', run, async () => {
          const at = this.#clock.now();
          await this.#noteStart(run, 'browser', at);
          this.#tell('browser', { type: 'paused', jobId, at });
        }),
      ),
    );
    scope.defer(
      events.once('failed', ({ message, ...rest }) =>
        this.#enter('recording failed', run, () => {
          const error = { code: 500, message: `the recording failed: ${message}` };
          return this.#fail(run, recording, message, () =>
            this.#tell('browser', { type: 'failed', jobId, error, ...rest }),
          );
        }),
      ),
    );
  }

  #watchTarget(run: Run, target: ProgramFeed, index: number): void {
    const { events } = target.feed;
    const { id: jobId, scope } = run;
    const tell = (state: RtmpTargetState['state'], reason?: string): void =>
      this.#tell('rtmp', { type: 'targetChanged', jobId, index, state, ...(reason === undefined ? {} : { reason }) });
    scope.defer(
      events.on('running', () =>
        this.#enter('platform takes it', run, async () => {
          tell('running');
          await this.#handleRunning(run, 'rtmp');
        }),
      ),
    );
    scope.defer(events.on('retrying', ({ message }) => tell('retrying', message)));
    scope.defer(
      events.once('failed', ({ message, ...rest }) =>
        this.#enter('platform failed', run, () =>
          this.#fail(run, target, message, () => {
            tell('failed', message);
            if (run.targets.some((other) => run.working.has(other))) return;
            const error = { code: 500, message: `sending to other platforms failed: ${message}` };
            this.#tell('rtmp', { type: 'failed', jobId, error, ...rest });
          }),
        ),
      ),
    );
  }

  /** What becomes of a run, as long as it is the present one. */
  #enter(name: string, run: Run, task: () => Promise<void>): void {
    void this.#lane.enter(name, async () => {
      if (this.#run === run) await task();
    });
  }

  async #handleRunning(run: Run, kind: 'browser' | 'rtmp'): Promise<void> {
    const at = this.#clock.now();
    await this.#noteStart(run, kind, at);
    this.#tell(kind, { type: 'started', jobId: run.id, at });
  }

  async #noteStart(run: Run, kind: 'browser' | 'rtmp', at: Millis): Promise<void> {
    if (run.isStarted) return;
    run.isStarted = true;
    await this.#record(run.id, { status: 'running', startedAt: new Date(at) });
    this.#logger.info({ beamId: run.id, kind }, 'recording started');
  }

  /** One of its outputs is over; with the last one the whole is. @param tell says so to everyone */
  async #fail(run: Run, failed: ProgramFeed, reason: string, tell: () => void): Promise<void> {
    run.working.delete(failed);
    failed.end();
    const isOver = run.working.size === 0;
    this.#logger.error({ beamId: run.id, output: failed.feed.output.id, isOver }, 'an output of the recording failed');
    if (!isOver) {
      tell();
      return;
    }
    this.#run = undefined;
    run.scope.close();
    await this.#record(run.id, { status: 'failed', stoppedAt: new Date(this.#clock.now()), reason });
    tell();
    this.#draining.add(this.#finish(run));
  }

  #stopByItself(run: Run, why: StopReason): void {
    this.#logger.info({ beamId: run.id, why }, 'recording stops by itself');
    void this.#lane.enter('stop recording', async () => {
      if (this.#run === run) await this.#stop({ why });
    });
  }

  /** Stops what runs, if anything does. */
  async #stop(asked: { readonly by?: string | undefined; readonly why: StopReason }): Promise<string | undefined> {
    const run = this.#run;
    if (!run) return undefined;
    const { by: stoppedBy = '', why } = asked;
    this.#run = undefined;
    run.scope.close();
    const { id } = run;
    const stoppedAt = new Date(this.#clock.now());
    try {
      await this.#record(id, { status: 'stopping', stoppedAt, stoppedBy, reason: why });
      this.#tell('browser', { type: 'stopped', jobId: id, why });
      this.#tell('rtmp', { type: 'stopped', jobId: id, why });
      this.#logger.info({ beamId: id, stoppedBy, why }, 'recording stopped');
      return id;
    } finally {
      for (const feed of run.working) feed.end();
      this.#draining.add(this.#complete(run));
    }
  }

  async #complete(run: Run): Promise<void> {
    await Promise.all([run.recording, ...run.targets].map((output) => output?.feed.over));
    if (run.recording) await this.#record(run.id, { status: 'post_processing' });
    await this.#finish(run);
  }

  /** Its files, if there are any, once nobody writes to them. */
  async #finish({ id, recording }: Run): Promise<void> {
    await recording?.feed.over;
    this.#archive.finalise({ kind: 'beam', id });
  }

  #tell(kind: 'browser' | 'rtmp', event: OutputEvent): void {
    this.#apply(handleOutputEvent(this.#session, kind, event));
  }

  async #record(id: string, change: Parameters<BeamRecords['update']>[1]): Promise<void> {
    const about = { beamId: id, status: change.status };
    const [clock, logger] = [this.#clock, this.#logger];
    await writeRecord(this.#records.update(id, change), { what: 'recording', about, clock, logger });
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
