import { randomUUID } from 'node:crypto';
import { type Clock, type Logger, type Millis, systemClock, type Unsubscribe } from '@amphi/base';
import { isRefusedAddress } from '@amphi/outbound';
import { type HlsDestination, PublicError } from '@amphi/protocol';
import { parseRtmpTarget } from '@amphi/rtmp';
import { type ChosenLayers, chooseLayers } from './choose-layers.ts';
import { type Effort, EffortCount } from './effort.ts';
import { EgressJob } from './egress-job.ts';
import type { EgressProgram } from './egress-process.ts';
import { EgressProcesses } from './egress-processes.ts';
import type { JobOutput } from './feed.ts';
import { DEFAULT_EGRESS_POLICY, type EgressPolicy } from './job-state.ts';
import { playlistOf } from './playlist.ts';
import type { Program } from './program.ts';

/** What the host needs of the origin. */
export interface StreamOrigin {
  /** Tells each time a stream becomes playable: its multivariant playlist and first segments are served. */
  onPlayable(listener: (stream: { readonly streamId: string }) => void): Unsubscribe;
  /**
   * Where players find the stream on this server: the path of its multivariant playlist.
   * @param signedUntil of a stream that is played by signed addresses only: how long this one is good
   */
  playbackPath(streamId: string, signedUntil?: Millis): string;
  /** Ends the playlists (EXT-X-ENDLIST). Does nothing for a stream that is unknown or ended. */
  endStream(streamId: string): Promise<void>;
  /** Puts a message for viewers into its playlists (EXT-X-DATERANGE). @throws PublicError 404 for an unknown stream */
  addDateRange(streamId: string, range: StreamDateRange): Promise<void>;
}

export interface StreamDateRange {
  readonly id: string;
  /** Unix epoch. */
  readonly startDate: Millis;
  readonly durationS: number;
  readonly custom: Readonly<Record<string, string>>;
}

export interface EgressAddresses {
  /** Signaling endpoint, `ws:` or `wss:`. */
  readonly signalingUrl: string;
  readonly ingestUrl: string;
  readonly ingestToken: string;
  /** Where egress processes receive RTP, reachable from the SFU. */
  readonly rtpListenIp: string;
}

export interface EgressRequest {
  readonly roomName: string;
  readonly program: Program;
  /** A client token with the recorder's role; asked for at each start of a process. */
  readonly issueToken: () => Promise<string>;
}

/** Runs egress processes on this machine: a bounded number, as each takes a core or more. */
export interface EgressJobs {
  /** @throws PublicError 503 when as many run, or are draining, as may */
  requireCapacity(program: Pick<Program, 'rungs'>): void;
  /** Has the processes of so many jobs load that are about to be started. */
  warmUp(jobs: number): void;
  /** To be given an output at once. @throws PublicError as `requireCapacity` */
  start(request: EgressRequest): EgressJob;
  readonly effort: Effort;
  /** What a stream to this destination is encoded in on this machine. */
  chooseLayers(destination: HlsDestination): ChosenLayers;
  /** A live stream as an output. @param alternate which further picture of the job it is; by default the first one */
  hlsOutput(streamId: string, destination: HlsDestination, alternate?: string): JobOutput;
  /**
   * What is sent to another platform as an output.
   * @param wanted.rung which pictures go there
   */
  rtmpOutput(id: string, wanted: { readonly url: string; readonly rung: string }): JobOutput;
  /** What goes to players by WHEP as an output. @param rung which pictures go there */
  whepOutput(id: string, rung: string): JobOutput;
  /**
   * Hosts of platforms, in the words of their URLs.
   * @throws PublicError 400 for an address to which nothing may be sent; what a name stands for is judged when it is looked up
   */
  requireTargets(urls: readonly string[]): string[];
  /** Drains all; resolves when the last process is gone. */
  close(): Promise<void>;
}

/** Processes that record tracks: each takes some hundredths of a core, and no place of a live stream. */
const MAX_TRACK_JOBS = 32;

export function createEgressJobs(options: {
  readonly program: EgressProgram;
  /** Asked at each start of a process, when all ports are known. */
  readonly addresses: () => EgressAddresses;
  readonly origin: StreamOrigin;
  readonly policy?: Partial<EgressPolicy>;
  /** Whether streams may be sent to this machine and its network. */
  readonly allowPrivateTargets: boolean;
  /** Jobs at a time, those that drain included. */
  readonly maxJobs: number;
  /** That a stream may count on. */
  readonly cores: number;
  readonly clock?: Clock;
  readonly logger: Logger;
}): EgressJobs {
  const running = new Set<EgressJob>();
  /** Of those that run. */
  const recordingTracks = new Set<EgressJob>();
  const effort = new EffortCount();
  const processes = new EgressProcesses(options);
  const policy = { ...DEFAULT_EGRESS_POLICY, ...options.policy };
  const requireCapacity = ({ rungs }: Pick<Program, 'rungs'>): void => {
    if (rungs.length === 0) {
      if (recordingTracks.size < MAX_TRACK_JOBS) return;
      throw new PublicError(503, `this server records tracks of as many sessions as it may (${MAX_TRACK_JOBS})`);
    }
    if (running.size - recordingTracks.size < options.maxJobs) return;
    const message = `this server runs as many live streams as it may (${options.maxJobs}); try again later`;
    throw new PublicError(503, message);
  };
  return {
    requireCapacity,
    warmUp: (count) => processes.warmUp(Math.min(count, options.cores, options.maxJobs)),
    get effort() {
      const thinned = [...running].filter(({ pictureStep }) => pictureStep > 1).length;
      return { jobs: running.size, thinned, ...effort.total };
    },
    start(request) {
      requireCapacity(request.program);
      const jobId = randomUUID();
      const { roomName, program } = request;
      const { composition, drawnBy: _, pageUrl, ...encoding } = program;
      const job = new EgressJob({
        processes,
        policy,
        composition,
        showsPage: pageUrl !== undefined,
        effort,
        clock: options.clock ?? systemClock,
        logger: options.logger.child({ jobId }),
        describe: async () => {
          const { signalingUrl, rtpListenIp } = options.addresses();
          const token = await request.issueToken();
          return { type: 'job', jobId, signalingUrl, rtpListenIp, token, roomName, ...encoding };
        },
      });
      running.add(job);
      if (program.rungs.length === 0) recordingTracks.add(job);
      void job.closed.then(() => {
        running.delete(job);
        recordingTracks.delete(job);
      });
      return job;
    },
    chooseLayers: (destination) => chooseLayers(destination, options.cores),
    hlsOutput: (id, destination, alternate) => ({
      id,
      isTriedAgain: true,
      describe() {
        const { ingestUrl, ingestToken } = options.addresses();
        const opus = destination.opus ? ({ opus: true } as const) : {};
        const isSigned = destination.signedPlayback ? ({ isSigned: true } as const) : {};
        const picture = alternate === undefined ? {} : { alternate };
        return {
          kind: 'hls',
          id,
          ingestUrl,
          ingestToken,
          ...playlistOf(destination),
          ...opus,
          ...isSigned,
          ...picture,
        };
      },
      release: () => options.origin.endStream(id),
    }),
    rtmpOutput: (id, { url, rung }) => ({
      id,
      // It tries again by itself: what failed is given up.
      isTriedAgain: false,
      describe: () => ({ kind: 'rtmp', id, url, rung, allowPrivate: options.allowPrivateTargets }),
    }),
    whepOutput: (id, rung) => ({ id, isTriedAgain: true, describe: () => ({ kind: 'whep', id, rung }) }),
    requireTargets: (urls) =>
      urls.map((url, index) => {
        const host = parseRtmpTarget(url)?.host;
        if (host === undefined) throw new PublicError(400, `rtmp_urls.${index}: no RTMP URL`);
        if (!options.allowPrivateTargets && isRefusedAddress(host)) {
          throw new PublicError(400, `rtmp_urls.${index}: ${host} is not a public address`);
        }
        return host;
      }),
    async close() {
      processes.close();
      await Promise.all(
        [...running].map(async (job) => {
          job.stop();
          await job.closed;
        }),
      );
    },
  };
}
