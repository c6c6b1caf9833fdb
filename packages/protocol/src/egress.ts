import * as z from 'zod';
import { composition, layoutName } from './composition.ts';
import { frameRate } from './frame-rate.ts';
import { MAX_WINDOW_SEGMENTS, pathId } from './ingest.ts';
import { pageTracks } from './web-page.ts';

/** Between the server and an egress process: the job, its commands, its status. JSON over the child's IPC channel. */

export const videoRung = z.object({
  id: pathId,
  width: z.int().min(144).max(1920).multipleOf(2),
  height: z.int().min(144).max(1920).multipleOf(2),
  bitrateBps: z.int().positive(),
  /** Absent: H.264. */
  codec: z.literal('av1').exactOptional(),
});

/** Rungs of one picture: each layer in each codec. */
const MAX_RUNGS = 8;

/** Outputs that one process feeds at most. */
export const MAX_OUTPUTS = 8;

/** Pictures that one process draws beside the first, from the same decoded sources: one of another shape, and those that outputs keep. */
export const MAX_ALTERNATES = 1 + MAX_OUTPUTS;

/** A further picture of the same stage, with a size and renditions of its own; else it looks as the first does. */
export const egressAlternate = z.object({
  id: pathId,
  /** Absent: that of the first, in the shape that it had. Drawn for as long as an output takes it. */
  layout: layoutName.exactOptional(),
  /** Descending; the first is the canvas size. */
  rungs: z.array(videoRung).min(1).max(MAX_RUNGS),
});

/** Where a composed program goes. Each has its own state; what goes wrong in one never touches another. */
export const egressOutput = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('hls'),
    /** Also of the stream at the origin. */
    id: pathId,
    /** Base of the ingest API (`ingest.ts`), without a slash at the end. */
    ingestUrl: z.url({ protocol: /^https?$/ }),
    ingestToken: z.string().min(1),
    playlistType: z.enum(['live', 'event']),
    windowSegments: z.int().min(3).max(MAX_WINDOW_SEGMENTS),
    /** The sound as Opus beside AAC. */
    opus: z.literal(true).exactOptional(),
    /** As in the description that the origin gets. */
    isSigned: z.literal(true).exactOptional(),
    /** Which of the job's `alternates` it is; absent: the first picture. */
    alternate: pathId.exactOptional(),
  }),
  z.object({
    kind: z.literal('recording'),
    id: pathId,
    /** Made when it is not there. */
    folder: z.string().min(1),
    /** In H.264 all of them. */
    rungs: z.array(pathId).min(1).max(4),
    /** As of `hls`. */
    alternate: pathId.exactOptional(),
    /** `mp4`: a file for each rung, with the sound. `vod`: what becomes an HLS playlist of all rungs, in `vod/` of the folder. */
    forms: z.array(z.enum(['mp4', 'vod'])).min(1),
    /** Nothing is written from the next part on; what comes after it is cut out of the time line. False: from the next segment on. */
    isPaused: z.boolean(),
  }),
  z.object({
    kind: z.literal('rtmp'),
    id: pathId,
    /** Server, application and stream key. Secret: never in a log, a status or an error. */
    url: z.string().min(1).max(1_000),
    /** Which pictures go there. */
    rung: pathId,
    /** As of `hls`. */
    alternate: pathId.exactOptional(),
    /** Whether to connect to this machine and its network. */
    allowPrivate: z.boolean(),
  }),
  z.object({
    /** To players by WHEP: plain RTP to the SFU, agreed by `plain-publish` of the hidden peer. */
    kind: z.literal('whep'),
    id: pathId,
    rung: pathId,
  }),
  z.object({
    /** Each track of the stage as a file, as it is received. The one output of a job without rungs, which draws nothing. */
    kind: z.literal('tracks'),
    id: pathId,
    /** Made when it is not there. */
    folder: z.string().min(1),
  }),
]);

/** What a file of a job's `tracks` holds. */
export const recordedTrack = z.object({
  trackId: z.string(),
  streamId: z.string(),
  peerId: z.string(),
  userId: z.string(),
  userName: z.string(),
  kind: z.enum(['audio', 'video']),
  /** `regular`, `screen`, or what an app named it. */
  source: z.string(),
  codec: z.enum(['opus', 'vp8', 'vp9', 'h264']),
  /** When what it begins with was captured, Unix epoch: files of one person are laid side by side by it. */
  startedAtMs: z.int(),
});

/** A line of the list of such files in their folder. */
export const listedTrack = z.object({ name: z.string().regex(/^[a-z0-9-]+\.(webm|mkv)$/), track: recordedTrack });

/** A file of a recording that is over. */
export const finishedFile = z.object({
  name: z.string().regex(/^[A-Za-z0-9_-]+\.(mp4|webm|mkv)$/),
  bytes: z.int().positive(),
  durationSeconds: z.number().min(0),
  width: z.int().min(0),
  height: z.int().min(0),
  /** Why it could not be made progressive. It plays all the same. */
  staysFragmented: z.string().optional(),
  /** Of a file of a track. */
  track: recordedTrack.optional(),
});

/** A recording as an HLS playlist, `vod/master.m3u8` of the folder. */
export const finishedVod = z.object({
  /** Of all that belongs to it. */
  bytes: z.int().positive(),
  durationSeconds: z.number().min(0),
  /** Of the largest rung. */
  width: z.int().min(0),
  height: z.int().min(0),
  rungs: z.int().positive(),
  /** Names of its images of small pictures, in order. */
  thumbnails: z.array(z.string()),
});

/** What `finalise FOLDER` of the egress program writes: the files of the recording there, by name, and its playlist. */
export const finishedRecording = z.object({
  files: z.array(finishedFile),
  vod: finishedVod.optional(),
  /** Tracks whose files were begun, and have nothing in them that could be played: those are gone. */
  emptyTracks: z.array(recordedTrack).optional(),
});

/** Everything an egress process needs to know; it gets this as its first IPC message. */
export const egressJob = z.object({
  type: z.literal('job'),
  jobId: pathId,
  /** Signaling endpoint, `ws:` or `wss:`; the process joins there as a hidden peer. */
  signalingUrl: z.url({ protocol: /^wss?$/ }),
  /** Client auth token with the role `__internal_recorder`. */
  token: z.string().min(1),
  /** Address where the process receives RTP, reachable from the SFU. */
  rtpListenIp: z.string(),
  roomName: z.string(),
  composition,
  frameRate,
  /** Descending, those in H.264 first; the first is the canvas size. None: nothing is drawn, for an output of `tracks`. */
  rungs: z.array(videoRung).max(MAX_RUNGS),
  alternates: z.array(egressAlternate).max(MAX_ALTERNATES).exactOptional(),
  audioBitrateBps: z.int().positive(),
  /** Part target of the video renditions; a whole number of frames. */
  partSeconds: z.number().min(0.1).max(2),
  partsPerSegment: z.int().min(1).max(30),
  /** A web page is shown in place of the stage: its tracks, null until it is there. */
  page: pageTracks.nullable().exactOptional(),
  outputs: z.array(egressOutput).min(1).max(MAX_OUTPUTS),
});

/** Server → egress. */
export const egressCommand = z.discriminatedUnion('type', [
  egressJob,
  /**
   * All outputs that are wanted from now on: one that is not there begins with the next segment, one that is not wanted any
   * more ends, a recording is paused or goes on as it says, the others do not notice.
   */
  z.object({ type: z.literal('outputs'), outputs: z.array(egressOutput).min(1).max(MAX_OUTPUTS) }),
  /** Drain: finish the last part, end the outputs, leave, exit 0. */
  z.object({ type: z.literal('stop') }),
  /** Of a job that shows a page: its tracks by now, null while it is not there. */
  z.object({ type: z.literal('page'), tracks: pageTracks.nullable() }),
  /** From the next picture on; the shape of the picture stays, and the layout of alternates. */
  z.object({ type: z.literal('composition'), composition }),
  /**
   * The first picture has another shape from a segment on, and these are beside it. Live streams and what is sent to players go
   * over to it; an output that keeps the picture that it has names it as its `alternate`, by the same rungs.
   */
  z.object({
    type: z.literal('pictures'),
    composition,
    rungs: z.array(videoRung).min(1).max(MAX_RUNGS),
    alternates: z.array(egressAlternate).max(MAX_ALTERNATES),
    outputs: z.array(egressOutput).min(1).max(MAX_OUTPUTS),
  }),
]);

/** Egress → server. */
export const egressStatus = z.discriminatedUnion('type', [
  /** The hidden peer is in the session. */
  z.object({ type: z.literal('joined') }),
  /**
   * Another state of an output. `running`: what it makes arrives; `hls`: all renditions have their first part there.
   * `retrying`: nothing arrives at present, and it goes on by itself when it can. `paused`: all that was to be written before
   * the pause has been, and nothing is any more; `running` comes again with the first that is.
   */
  z.object({
    type: z.literal('output'),
    id: pathId,
    phase: z.enum(['running', 'paused', 'retrying', 'ended', 'failed']),
    /** Of a failure, and of the last try. */
    code: z.string().optional(),
    message: z.string().optional(),
  }),
  /** Of an output of `tracks`: another file was begun. */
  z.object({ type: z.literal('track'), id: pathId, track: recordedTrack }),
  /** Trouble of the pipeline. `fatal`: the process exits ≠ 0 right after. */
  z.object({
    type: z.literal('trouble'),
    severity: z.enum(['fatal', 'degraded', 'warning']),
    code: z.string(),
    message: z.string(),
  }),
  /**
   * The machine is too slow for all: the rungs below the top get every `step`-th picture from now on. 1: all again, as in each
   * process that begins.
   */
  z.object({ type: z.literal('thinned'), step: z.int().min(1) }),
  /** Once every five seconds. */
  z.object({
    type: z.literal('stats'),
    outputSeconds: z.number(),
    cpuSeconds: z.number(),
    framesEncoded: z.int(),
    framesSkipped: z.int(),
    sources: z.int(),
  }),
  /** All outputs were ended; the process exits 0 right after. */
  z.object({ type: z.literal('ended') }),
]);

/** Exit code of `send-in` of the egress program: an encoder's pictures are none that can be taken (`EX_DATAERR`). */
export const SEND_IN_UNSUPPORTED = 65;

/** Role of the hidden peer that composes; never listed in a template. */
export const RECORDER_ROLE = '__internal_recorder';

export type RecordedTrack = z.infer<typeof recordedTrack>;
export type FinishedFile = z.infer<typeof finishedFile>;
export type FinishedVod = z.infer<typeof finishedVod>;
export type FinishedRecording = z.infer<typeof finishedRecording>;
export type VideoRung = z.infer<typeof videoRung>;
export type EgressAlternate = z.infer<typeof egressAlternate>;
export type EgressOutput = z.infer<typeof egressOutput>;
/** Of a job that composes. */
export type ComposedOutput = Exclude<EgressOutput, { kind: 'tracks' }>;
export type EgressJobMessage = z.infer<typeof egressJob>;
export type EgressCommand = z.infer<typeof egressCommand>;
export type EgressStatus = z.infer<typeof egressStatus>;
