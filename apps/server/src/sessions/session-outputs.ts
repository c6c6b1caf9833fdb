import type { Logger } from '@amphi/base';
import type { Destinations, Effects, RecordingKind, Session } from '@amphi/rooms';
import { Beam } from './beam.ts';
import type { MediaPlane } from './media-plane.ts';
import { Programs } from './programs.ts';
import type { SessionDeps } from './session-deps.ts';
import { SessionStream } from './session-stream.ts';
import { TrackRecording } from './track-recording.ts';

/** All that is made of a stage for those who are not in the room: its live stream, recording and RTMP, files of its tracks. */
export class SessionOutputs {
  readonly programs: Programs;
  readonly stream: SessionStream;
  readonly beam: Beam;
  readonly tracks: TrackRecording;

  constructor(options: {
    readonly rules: Session;
    readonly plane: MediaPlane;
    /** False when the session goes on where another process was killed. */
    readonly isNew: boolean;
    readonly deps: SessionDeps;
    readonly logger: Logger;
    apply(effects: Effects): void;
    /** A program is over: whoever came in by its token is put out. */
    dismissBearer(tokenHash: string): void;
    onFault(error: unknown): void;
  }) {
    const { rules, plane, isNew, deps, logger } = options;
    const { roomId } = rules.settings;
    this.programs = new Programs({
      ...deps,
      plane,
      session: rules,
      dismissBearer: (tokenHash) => options.dismissBearer(tokenHash),
    });
    const findTemplate = async () => (await deps.rooms.findRoom(roomId))?.template;
    const findDestinations = async (): Promise<Destinations | undefined> =>
      (await findTemplate())?.destinations.hlsDestinations;
    const findConfiguration = async () => (await findTemplate())?.recordings[0];
    const common = {
      ...deps,
      session: rules,
      programs: this.programs,
      logger,
      apply: (effects: Effects) => options.apply(effects),
      onFault: (error: unknown) => options.onFault(error),
    };
    this.stream = new SessionStream({ ...common, findDestinations });
    this.tracks = new TrackRecording({ ...common, records: deps.beams, findConfiguration, isNew });
    this.beam = new Beam({
      ...common,
      records: deps.beams,
      findDestinations,
      findConfiguration,
      findRtmpDestinations: async () => (await findTemplate())?.destinations.rtmpDestinations ?? {},
      isNew,
    });
  }

  /** Something composes the stage, or a page in its place. */
  get isComposed(): boolean {
    return this.stream.isRunning || this.beam.isRunning;
  }

  /** What of it is kept: the stream's files, or the recording's. */
  recorded(kind: RecordingKind): Pick<Beam, 'setPaused'> {
    return kind === 'hls' ? this.stream : this.beam;
  }

  /** Who publishes has changed. */
  watchBroadcasters(): void {
    this.stream.watchBroadcasters();
    this.beam.watchBroadcasters();
    this.tracks.watchBroadcasters();
  }

  /** Stops what runs. `closed()` tells when its processes are gone as well. */
  async close(): Promise<void> {
    await Promise.all([this.stream.close(), this.beam.close(), this.tracks.close()]);
  }

  /** After `close`, when the peers are gone: they may watch a program. */
  closed(): Promise<void> {
    return this.programs.closed();
  }
}
