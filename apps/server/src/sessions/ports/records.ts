import type { Millis } from '@amphi/base';
import type {
  HlsDestination,
  LiveStreamObject,
  LiveStreamStatus,
  OutputResolution,
  OutputStatus,
  StreamLadder,
  StreamTrouble,
  TrackQuality,
} from '@amphi/protocol';
import type { Fact, KeptMessage } from '@amphi/rooms';
import type { JobOutput } from '../../egress-jobs/feed.ts';

/** Where a session writes down what it does; the other side knows SQL and files, which a session does not. */

/** Durable record of live streams; each call is written before it returns. */
export interface LiveStreamRecords {
  create(stream: {
    readonly id: string;
    readonly roomId: string;
    readonly sessionId: string;
    readonly destination: string;
    /** The destination as it is now: the stream keeps it. */
    readonly settings: HlsDestination;
    readonly ladder: StreamLadder;
    /** Of a web page that is shown in place of the stage. */
    readonly pageUrl?: string | undefined;
    readonly playbackUrl: string;
    /** Its layers are kept as files. */
    readonly isRecorded: boolean;
    /** It is kept as an HLS playlist of all layers. */
    readonly hasVod: boolean;
    /** Peer id, or empty for REST. */
    readonly startedBy: string;
  }): Promise<LiveStreamObject>;
  update(
    id: string,
    change: {
      readonly status?: LiveStreamStatus;
      /** When the composition was changed while it runs. */
      readonly settings?: HlsDestination;
      /** When its lower layers get fewer pictures, or all again. */
      readonly ladder?: StreamLadder;
      /** When something was wrong with what it shows. */
      readonly troubles?: readonly StreamTrouble[];
      /** Why it has ended. */
      readonly reason?: string;
      /** What is kept of it is to be paused. */
      readonly isPaused?: boolean;
      readonly startedAt?: Date;
      readonly stoppedAt?: Date;
      readonly stoppedBy?: string;
    },
  ): Promise<LiveStreamObject>;
}

/** What was asked for with a recording, or with what is sent to other platforms. */
export interface BeamSettings {
  readonly record: boolean;
  readonly rtmpUrls: readonly string[];
  readonly resolution: OutputResolution;
  /** The destination by which the stage is composed, as it is now: it is kept. */
  readonly destination: HlsDestination;
  /** Of a web page that is shown in place of the stage. */
  readonly pageUrl?: string;
}

/** Durable record of recordings and external streams; each call is written before it returns. */
export interface BeamRecords {
  create(beam: {
    readonly id: string;
    /** How it was asked for, and is listed. */
    readonly kind: 'recording' | 'external_stream' | 'tracks';
    readonly roomId: string;
    readonly sessionId: string;
    /** Name of the destination. */
    readonly destination: string;
    readonly settings: BeamSettings;
    /** Peer id, or empty for REST. */
    readonly startedBy: string;
  }): Promise<void>;
  update(
    id: string,
    change: {
      readonly status?: OutputStatus;
      /** Why it has ended. */
      readonly reason?: string;
      /** Its recording is to be paused. */
      readonly isPaused?: boolean;
      readonly startedAt?: Date;
      readonly stoppedAt?: Date;
      readonly stoppedBy?: string;
    },
  ): Promise<void>;
}

/** Where recordings are kept. */
export interface RecordingArchive {
  /** A recording as an output: into another folder for each process that makes it. */
  output(recording: {
    readonly jobId: string;
    /** Of the output. */
    readonly id: string;
    readonly rungs: readonly string[];
    /** `mp4`: each rung becomes a file; `vod`: all of them a playlist. */
    readonly forms: readonly ('mp4' | 'vod')[];
    /** Whether nothing is to be written; asked whenever a process is told. */
    readonly isPaused: () => boolean;
  }): JobOutput;
  /** Each track by itself, as an output of a process that composes nothing; otherwise as `output`. */
  trackOutput(recording: { readonly jobId: string; readonly id: string }): JobOutput;
  /** Nothing of it is written any more: makes its files whole, and records them and that the job is completed. */
  finalise(job: { readonly kind: 'live_stream' | 'beam'; readonly id: string }): void;
}

/** Something that happened in a session, and when. */
export interface RecordedFact {
  /** Empty for what was asked of a session that there is not. */
  readonly sessionId: string;
  readonly roomId: string;
  /** Of the session. */
  readonly startedAt: Millis;
  readonly at: Millis;
  readonly fact: Fact;
}

/** Takes what happens in all sessions, each in its order, as it is decided. Never throws, and keeps nobody waiting. */
export interface FactRecorder {
  record(happened: RecordedFact): void;
}

/** A message of a chat that is kept. */
export interface ChatRecord {
  readonly roomId: string;
  readonly sessionId: string;
  /** It is kept for so long; 0: for the session alone, and a day at most. */
  readonly days: number;
  readonly message: KeptMessage;
}

/**
 * Keeps what is said in rooms whose templates want that. `keep` and `forget` never throw, and keep nobody waiting; what
 * they are told is in the database a moment later, and lost when that does not answer for long.
 */
export interface ChatArchive {
  keep(record: ChatRecord): void;
  forget(messageIds: readonly string[]): void;
  /** The newest of a room, or of one of its sessions; oldest first. */
  read(of: {
    readonly roomId: string;
    readonly sessionId?: string;
    readonly limit: number;
  }): Promise<readonly KeptMessage[]>;
}

/** What a peer has measured of its tracks since it last told. */
export interface QualityReport {
  readonly sessionId: string;
  readonly peerId: string;
  readonly tracks: readonly TrackQuality[];
}

/** Keeps how media have fared. `keep` never throws, and keeps nobody waiting; what it is told is there to be read at once. */
export interface QualityArchive {
  keep(report: QualityReport): void;
  /** All reports of a peer, oldest first. */
  read(sessionId: string, peerId: string): Promise<readonly (readonly TrackQuality[])[]>;
}
