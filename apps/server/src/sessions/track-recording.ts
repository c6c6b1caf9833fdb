import { type Clock, type Logger, type Millis, messageOf, Scope } from '@amphi/base';
import type { RecordingConfiguration } from '@amphi/protocol';
import { type Effects, fact, handleOutputEvent, hasBroadcaster, type OutputEvent, type Session } from '@amphi/rooms';
import { type Program, programOf } from '../egress-jobs/program.ts';
import { defaultDestination } from './beam-program.ts';
import { Draining } from './draining.ts';
import { newJobId } from './job-id.ts';
import type { EarlierBeam } from './ports/earlier.ts';
import type { BeamRecords, RecordingArchive } from './ports/records.ts';
import type { ProgramFeed, Programs } from './programs.ts';
import { recordedBy, recordsTracks } from './recording-configuration.ts';
import { StartStopLane } from './start-stop-lane.ts';
import { writeRecord } from './write-record.ts';

/** A process that draws nothing, and so shares none with what is composed. */
const TRACKS_PROGRAM: Program = (() => {
  const { alternates: _, ...program } = programOf(defaultDestination());
  return { ...program, rungs: [] };
})();

interface Run {
  readonly id: string;
  readonly feed: ProgramFeed;
  isStarted: boolean;
  readonly scope: Scope;
}

/**
 * The recording of each track of one session by itself: begins with the first person on stage when the template says so, and ends
 * with the session, or after the template's `maxDuration`. Nobody starts or stops it; everyone is told of it.
 */
export class TrackRecording {
  readonly #session: Session;
  readonly #apply: (effects: Effects) => void;
  readonly #findConfiguration: () => Promise<RecordingConfiguration | undefined>;
  readonly #programs: Programs;
  readonly #records: BeamRecords;
  readonly #archive: RecordingArchive;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #onFault: (error: unknown) => void;
  readonly #lane: StartStopLane;
  readonly #draining: Draining;
  #run: Run | undefined;
  /** Nobody has looked yet whether it is to start. */
  #mayStart: boolean;

  constructor(options: {
    readonly session: Session;
    readonly apply: (effects: Effects) => void;
    /** How the template wants its sessions recorded, as it is now. */
    readonly findConfiguration: () => Promise<RecordingConfiguration | undefined>;
    /** The session begins with this process: its recording may begin with it. */
    readonly isNew: boolean;
    /** After a fault of ours not even its end could be told. */
    readonly onFault: (error: unknown) => void;
    readonly programs: Programs;
    readonly records: BeamRecords;
    readonly archive: RecordingArchive;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#session = options.session;
    this.#apply = options.apply;
    this.#findConfiguration = options.findConfiguration;
    this.#mayStart = options.isNew;
    this.#programs = options.programs;
    this.#records = options.records;
    this.#archive = options.archive;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#onFault = options.onFault;
    this.#draining = new Draining(options.onFault);
    this.#lane = new StartStopLane({
      what: 'recording of tracks',
      stop: () => this.#stop(),
      onFault: options.onFault,
      clock: options.clock,
      logger: options.logger,
    });
  }

  /** To be called whenever peers or roles changed. */
  watchBroadcasters(): void {
    if (!this.#mayStart || this.#session.ended || !hasBroadcaster(this.#session)) return;
    this.#mayStart = false;
    void this.#lane.enter('start recording of tracks', () => this.#startByItself());
  }

  /** Goes on with what a killed process had begun, under the same id. Never throws. */
  resume({ id, settings, initialisedAt }: EarlierBeam): void {
    try {
      this.#begin({ id, initialisedAt, maxDurationS: settings.destination.maxDuration });
    } catch (error) {
      this.#logger.error({ beamId: id, error: messageOf(error) }, 'recording of tracks cannot go on');
      this.#archive.finalise({ kind: 'beam', id });
    }
  }

  /** Stops what runs; resolves when it has been drained. Never rejects. */
  async close(): Promise<void> {
    await this.#lane.enter('close recording of tracks', () => this.#stop());
    this.#lane.close();
    await this.#draining.over();
  }

  /** What could not be is tried again when somebody else comes. */
  async #startByItself(): Promise<void> {
    let id: string | undefined;
    try {
      const configuration = await this.#findConfiguration();
      if (!configuration || !recordsTracks(configuration) || this.#session.ended) return;
      this.#programs.requireCapacity(TRACKS_PROGRAM);
      const destination = recordedBy(defaultDestination(), configuration);
      const initialisedAt = this.#clock.now();
      const { roomId, sessionId } = this.#session.settings;
      id = newJobId();
      await this.#records.create({
        id,
        kind: 'tracks',
        roomId,
        sessionId,
        destination: '',
        settings: { record: true, rtmpUrls: [], resolution: { width: 0, height: 0 }, destination },
        startedBy: '',
      });
      this.#begin({ id, initialisedAt, maxDurationS: destination.maxDuration });
    } catch (error) {
      this.#mayStart = true;
      this.#logger.error({ error: messageOf(error) }, 'the recording of tracks could not start');
      if (id !== undefined) await this.#record(id, { status: 'failed', stoppedAt: new Date(this.#clock.now()) });
    }
  }

  /** @throws PublicError as `Programs.feed` and `RecordingArchive.trackOutput` */
  #begin({ id, initialisedAt, maxDurationS }: { id: string; initialisedAt: Millis; maxDurationS: number }): void {
    const feed = this.#programs.feed(TRACKS_PROGRAM, this.#archive.trackOutput({ jobId: id, id: `${id}-tracks` }));
    const scope = new Scope({ clock: this.#clock, onTimerError: this.#onFault });
    const run: Run = { id, feed, isStarted: false, scope };
    this.#mayStart = false;
    this.#run = run;
    this.#tell({ type: 'requested', jobId: id, initialisedAt, destination: '' });
    const { events } = feed.feed;
    const enter = (name: string, task: () => Promise<unknown>): void => {
      void this.#lane.enter(name, async () => {
        if (this.#run === run) await task();
      });
    };
    scope.defer(events.on('running', () => enter('tracks are recorded', () => this.#handleRunning(run))));
    scope.defer(
      events.on('track', (track) => this.#apply([fact({ type: 'trackRecordingStarted', jobId: id, track })])),
    );
    scope.defer(
      events.once('failed', ({ message }) => enter('recording of tracks failed', () => this.#fail(run, message))),
    );
    scope.after(Math.max(0, initialisedAt + maxDurationS * 1000 - this.#clock.now()), () =>
      enter('recording of tracks is long enough', () => this.#stop()),
    );
  }

  async #handleRunning(run: Run): Promise<void> {
    const at = this.#clock.now();
    if (!run.isStarted) {
      run.isStarted = true;
      await this.#record(run.id, { status: 'running', startedAt: new Date(at) });
      this.#logger.info({ beamId: run.id }, 'tracks are recorded');
    }
    this.#tell({ type: 'started', jobId: run.id, at });
  }

  async #fail(run: Run, why: string): Promise<void> {
    this.#run = undefined;
    run.scope.close();
    this.#logger.error({ beamId: run.id }, 'the recording of tracks failed');
    await this.#record(run.id, { status: 'failed', stoppedAt: new Date(this.#clock.now()) });
    this.#tell({
      type: 'failed',
      jobId: run.id,
      error: { code: 500, message: `the recording of tracks failed: ${why}` },
    });
    this.#finish(run);
  }

  async #stop(): Promise<void> {
    const run = this.#run;
    if (!run) return;
    this.#run = undefined;
    run.scope.close();
    try {
      await this.#record(run.id, { status: 'stopping', stoppedAt: new Date(this.#clock.now()) });
      this.#tell({ type: 'stopped', jobId: run.id });
    } finally {
      this.#finish(run);
    }
  }

  /** Its files, once nobody writes to them. */
  #finish({ id, feed }: Run): void {
    feed.end();
    const draining = feed.feed.over.then(() => this.#archive.finalise({ kind: 'beam', id }));
    this.#draining.add(draining);
  }

  #tell(event: OutputEvent): void {
    this.#apply(handleOutputEvent(this.#session, 'tracks', event));
  }

  async #record(id: string, change: Parameters<BeamRecords['update']>[1]): Promise<void> {
    const about = { beamId: id, status: change.status };
    const [clock, logger] = [this.#clock, this.#logger];
    await writeRecord(this.#records.update(id, change), { what: 'recording of tracks', about, clock, logger });
  }
}
