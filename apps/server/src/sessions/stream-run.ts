import { isDeepStrictEqual } from 'node:util';
import { type Clock, type Logger, type Millis, Scope } from '@amphi/base';
import {
  type AspectRatio,
  type Composition,
  compositionOf,
  encodeTimedMetadata,
  type HlsDestination,
  PublicError,
  type StreamLadder,
  type StreamTrouble,
  TIMED_METADATA_ATTRIBUTE,
  type TimedMetadataBody,
} from '@amphi/protocol';
import {
  type Effects,
  handleOutputEvent,
  handleStreamEvent,
  type OutputEvent,
  type Session,
  type StopReason,
} from '@amphi/rooms';
import { ALTERNATE, alternateOf, secondIdOf } from '../egress-jobs/alternate.ts';
import type { EgressJobs, StreamOrigin } from '../egress-jobs/egress-jobs.ts';
import type { Failure } from '../egress-jobs/failure-reason.ts';
import { type Program, programOf } from '../egress-jobs/program.ts';
import { reshaped } from '../egress-jobs/reshape.ts';
import { AutoStop } from './auto-stop.ts';
import type { RecordingArchive } from './ports/records.ts';
import type { ProgramFeed, Programs } from './programs.ts';
import { recordedRungs } from './recording-configuration.ts';
import { feedRecording, type RecordingFeed } from './recording-feed.ts';
import { thinnedBy, withRungs } from './stream-ladder.ts';
import { withTrouble } from './stream-troubles.ts';

/** A live stream's picture of another shape: a stream of its own at the origin. */
interface SecondStream {
  readonly streamId: string;
  readonly path: string;
  readonly aspectRatio: AspectRatio;
  readonly hls: ProgramFeed;
}

export interface WantedStream {
  readonly streamId: string;
  /** Where this server serves it. */
  readonly path: string;
  /** Where its picture of another shape is served, if it is to have one. */
  readonly secondPath: string | undefined;
  /** Of the destination. */
  readonly name: string;
  readonly destination: HlsDestination;
  /** Of a web page that is shown in place of the stage. */
  readonly pageUrl: string | undefined;
  /** Undefined for a stream of an earlier version. */
  readonly ladder: StreamLadder | undefined;
  /** What it has had before a restart of the server. */
  readonly troubles: readonly StreamTrouble[];
  readonly isRecorded: boolean;
  readonly hasVod: boolean;
  readonly isPaused: boolean;
  readonly initialisedAt: Millis;
}

/** What becomes of a run, which the stream that it is of decides about. */
export interface RunListener {
  /** The first time only: a process that was started again makes the same stream playable again, which is no news. */
  readonly playable: () => void;
  readonly failed: (failure: Failure) => void;
  /** It has run for long enough, or for nobody. */
  readonly due: (why: StopReason) => void;
  /** For its record. */
  readonly changed: (
    change: { readonly ladder: StreamLadder } | { readonly troubles: readonly StreamTrouble[] },
  ) => void;
}

/** Of a stream whose playlist keeps everything: each is read again with every playlist. */
const MAX_KEPT_MESSAGES = 1_000;

/**
 * A live stream that is running: what it is fed by, what is kept of it, its picture of another shape, and the timers that
 * end it. The wish is the session's stream state, this is the machinery that fulfils it.
 */
export class StreamRun {
  readonly streamId: string;
  readonly path: string;
  readonly pageUrl: string | undefined;
  /** What is kept of it. */
  readonly recording: RecordingFeed | undefined;
  readonly #session: Session;
  readonly #apply: (effects: Effects) => void;
  readonly #origin: StreamOrigin;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #listener: RunListener;
  readonly #hls: ProgramFeed;
  readonly #second: SecondStream | undefined;
  readonly #autoStop: AutoStop;
  /** Ends with the run: its timers and subscriptions. */
  readonly #scope: Scope;
  #destination: HlsDestination;
  #ladder: StreamLadder | undefined;
  #troubles: readonly StreamTrouble[];
  /** Of all that were sent to viewers. */
  #messages = 0;

  /** It has been wanted by then. @throws PublicError as `Programs.feed` */
  constructor(
    wanted: WantedStream,
    listener: RunListener,
    options: {
      readonly session: Session;
      readonly apply: (effects: Effects) => void;
      readonly programs: Programs;
      readonly jobs: Pick<EgressJobs, 'hlsOutput'>;
      readonly origin: StreamOrigin;
      readonly archive: RecordingArchive;
      /** A timer of it failed. */
      readonly onFault: (error: unknown) => void;
      readonly clock: Clock;
      readonly logger: Logger;
    },
  ) {
    const { streamId, secondPath, destination, pageUrl } = wanted;
    const { programs, jobs } = options;
    this.streamId = streamId;
    this.path = wanted.path;
    this.pageUrl = pageUrl;
    this.#session = options.session;
    this.#apply = options.apply;
    this.#origin = options.origin;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#listener = listener;
    this.#destination = destination;
    this.#ladder = wanted.ladder;
    this.#troubles = wanted.troubles;
    this.#scope = new Scope({ clock: options.clock, onTimerError: options.onFault });
    const program = programOf(destination, pageUrl);
    this.#hls = programs.feed(program, jobs.hlsOutput(streamId, destination));
    // What is recorded or sent already of these pictures has them as the stream does.
    this.#hls.recompose(program.composition);
    // From the process that makes the first picture: its job has both.
    const second = secondPath === undefined ? undefined : alternateOf(destination);
    this.#second = second && {
      streamId: secondIdOf(streamId),
      path: secondPath!,
      aspectRatio: second.composition.videoAspectRatio,
      hls: programs.feed(program, jobs.hlsOutput(secondIdOf(streamId), destination, ALTERNATE)),
    };
    this.recording = feedKept(program, wanted, options);
    this.#tellWanted(wanted);
    this.#autoStop = new AutoStop({
      session: this.#session,
      timeoutS: destination.autoStopTimeout,
      scope: this.#scope,
      onDue: listener.due,
    });
    this.#watch(wanted);
  }

  /** What it is made by: as the stream was started with, but for changes of the composition. */
  get destination(): HlsDestination {
    return this.#destination;
  }

  /** Resolves when its last seconds are drained. */
  get over(): Promise<unknown> {
    return Promise.all([this.#hls.feed.over, this.#second?.hls.feed.over, this.recording?.feed.over]);
  }

  /** With it, or before when it has ended already. */
  defer(cleanUp: () => void): void {
    this.#scope.defer(cleanUp);
  }

  /** To be called whenever peers or roles changed. */
  watchBroadcasters(): void {
    this.#autoStop.watch();
  }

  /**
   * Draws it otherwise, from its next picture on; in another shape from one of its next segments on.
   * @returns what it is made by from then on
   * @throws PublicError 400 for a shape that it cannot have
   */
  recompose(change: Partial<Composition>): HlsDestination {
    const { composition } = this.#destination;
    const { videoAspectRatio: shape = composition.videoAspectRatio } = change;
    const drawn = {
      ...this.#destination,
      composition: { ...composition, ...change, videoAspectRatio: composition.videoAspectRatio },
    };
    if (shape === composition.videoAspectRatio) {
      this.#destination = drawn;
      this.#hls.recompose(compositionOf(drawn));
    } else this.#reshape(reshaped(drawn, shape, { showsPage: this.pageUrl !== undefined }));
    return this.#destination;
  }

  /**
   * Messages for its viewers, at the picture of now: it is not in a playlist yet.
   * @param options.charge takes them from the budget of whoever sends them
   * @throws PublicError 403 when the destination takes none; 413 when its playlist holds too many; what `charge` throws
   */
  async sendTimedMetadata(
    messages: readonly TimedMetadataBody[],
    options: { readonly hasSecond: boolean; readonly charge: () => void },
  ): Promise<void> {
    const { name, enableMetadataInsertion, playlistType } = this.#destination;
    if (!enableMetadataInsertion) throw new PublicError(403, `destination ${name}: enableMetadataInsertion is off`);
    options.charge();
    if (playlistType === 'event' && this.#messages + messages.length > MAX_KEPT_MESSAGES) {
      throw new PublicError(413, `this stream keeps at most ${MAX_KEPT_MESSAGES} messages`);
    }
    this.#messages += messages.length;
    const startDate = this.#clock.now();
    for (const message of messages) {
      const range = {
        id: this.#session.settings.newId(),
        startDate,
        durationS: message.duration,
        custom: { [TIMED_METADATA_ATTRIBUTE]: encodeTimedMetadata(message, startDate) },
      };
      await this.#origin.addDateRange(this.streamId, range);
      // Those who watch the other picture are of the same show.
      if (options.hasSecond) await this.#origin.addDateRange(secondIdOf(this.streamId), range);
    }
  }

  /** Everyone is told that it can be watched. */
  announce(at: Millis): void {
    this.#apply(handleStreamEvent(this.#session, { type: 'playable', streamId: this.streamId, path: this.path, at }));
  }

  /** The same of its picture of another shape. */
  announceSecond(startedAt: Millis): void {
    if (!this.#second) return;
    const { path, aspectRatio } = this.#second;
    this.#tellSecond({ path, aspectRatio, startedAt });
  }

  /** Its timers end, and it tells of nothing more; what it is fed by goes on. */
  dismiss(): void {
    this.#scope.close();
  }

  /** Fed no more; `over` tells when its last seconds are drained. */
  end(): void {
    this.recording?.end();
    this.#tellRecording({ type: 'stopped', jobId: this.streamId });
    this.#hls.end();
    this.#second?.hls.end();
    // A break is the stream's: what is recorded or sent beyond its end shows the stage again.
    const composition = compositionOf(this.#destination);
    if (composition.standBy) this.#hls.recompose({ ...composition, standBy: false });
  }

  #reshape(destination: HlsDestination): void {
    const program = programOf(destination, this.pageUrl);
    this.#destination = destination;
    this.#hls.reshape(program);
    const { videoAspectRatio: aspectRatio } = destination.composition;
    this.#apply(handleStreamEvent(this.#session, { type: 'reshaped', streamId: this.streamId, aspectRatio }));
    if (!this.#ladder) return;
    const ladder = withRungs(this.#ladder, program);
    this.#ladder = thinnedBy(this.#hls.pictureStep, destination.videoFrameRate, ladder);
    this.#listener.changed({ ladder: this.#ladder });
  }

  #tellWanted({ streamId, name, destination, isRecorded, hasVod, initialisedAt }: WantedStream): void {
    const beginning = { initialisedAt, destination: name };
    this.#apply(
      handleStreamEvent(this.#session, {
        type: 'requested',
        streamId,
        ...beginning,
        playlistType: destination.playlistType === 'event' ? 'dvr' : 'no-dvr',
        ...(this.#second && { aspectRatio: destination.composition.videoAspectRatio }),
      }),
    );
    if (!this.recording) return;
    const kept = { hls_vod: hasVod, single_file_per_layer: isRecorded };
    this.#tellRecording({ type: 'requested', jobId: streamId, ...beginning, kept });
  }

  #watch({ destination, initialisedAt }: WantedStream): void {
    const { events } = this.#hls.feed;
    this.#whenPlayable(this.streamId, this.#listener.playable);
    if (this.#second) this.#watchSecond(this.#second);
    this.#scope.defer(events.once('failed', this.#listener.failed));
    this.#scope.defer(events.on('thinned', ({ step }) => this.#noteThinned(step)));
    this.#scope.defer(events.on('trouble', ({ code }) => this.#noteTrouble(code)));
    // By now: its process may be one that ran before, or not the one that it had before a restart.
    this.#noteThinned(this.#hls.pictureStep);
    if (this.recording) this.#watchRecording(this.recording);
    const endsAt = initialisedAt + destination.maxDuration * 1000;
    this.#scope.after(Math.max(0, endsAt - this.#clock.now()), () => {
      this.#listener.due('max duration reached');
    });
  }

  #whenPlayable(streamId: string, told: () => void): void {
    const off = this.#origin.onPlayable((stream) => {
      if (stream.streamId !== streamId) return;
      off();
      told();
    });
    this.#scope.defer(off);
  }

  /** What becomes of it the first one does not notice. */
  #watchSecond({ streamId, hls }: SecondStream): void {
    this.#whenPlayable(streamId, () => {
      this.announceSecond(this.#clock.now());
      this.#logger.info({ streamId }, 'second picture of the live stream started');
    });
    this.#scope.defer(
      hls.feed.events.once('failed', ({ message }) => {
        this.#tellSecond(undefined);
        this.#logger.error({ streamId, error: message }, 'second picture of the live stream failed');
      }),
    );
  }

  #noteThinned(step: number): void {
    if (!this.#ladder) return;
    const thinned = thinnedBy(step, this.#destination.videoFrameRate, this.#ladder);
    if (isDeepStrictEqual(thinned, this.#ladder)) return;
    this.#ladder = thinned;
    this.#listener.changed({ ladder: thinned });
  }

  #noteTrouble(code: string): void {
    const troubles = withTrouble(this.#troubles, code, this.#clock.now());
    if (troubles === this.#troubles) return;
    this.#troubles = troubles;
    this.#listener.changed({ troubles });
  }

  #watchRecording(recording: RecordingFeed): void {
    const { events } = recording.feed;
    const jobId = this.streamId;
    this.#scope.defer(
      events.on('running', () => {
        // It was paused meanwhile, and tells that next.
        if (!recording.isPaused) this.#tellRecording({ type: 'started', jobId, at: this.#clock.now() });
      }),
    );
    this.#scope.defer(events.on('paused', () => this.#tellRecording({ type: 'paused', jobId, at: this.#clock.now() })));
    this.#scope.defer(
      events.on('failed', ({ message, ...rest }) => {
        this.#tellRecording({
          type: 'failed',
          jobId,
          error: { code: 500, message: `the recording failed: ${message}` },
          ...rest,
        });
      }),
    );
  }

  #tellRecording(event: OutputEvent): void {
    this.#apply(handleOutputEvent(this.#session, 'hls', event));
  }

  #tellSecond(second: (Omit<SecondStream, 'streamId' | 'hls'> & { readonly startedAt: Millis }) | undefined): void {
    this.#apply(handleStreamEvent(this.#session, { type: 'secondPicture', streamId: this.streamId, second }));
  }
}

/** What is to be kept of a stream, if anything is. */
function feedKept(
  program: Program,
  { streamId, destination, isRecorded, hasVod, isPaused }: WantedStream,
  { programs, archive }: { readonly programs: Programs; readonly archive: RecordingArchive },
): RecordingFeed | undefined {
  const forms = [...(isRecorded ? (['mp4'] as const) : []), ...(hasVod ? (['vod'] as const) : [])];
  if (forms.length === 0) return undefined;
  const rungs = recordedRungs(program, destination);
  return feedRecording({
    programs,
    archive,
    program,
    recording: { jobId: streamId, id: `${streamId}-kept`, rungs, forms },
    isPaused,
  });
}
