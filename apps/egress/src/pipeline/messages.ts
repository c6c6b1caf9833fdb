import type { MessagePort } from 'node:worker_threads';
import type { Composition, VideoRung } from '@amphi/protocol';
import type { CaptureReport } from '@amphi/rtp';
import type { EncodedPicture, OpusFrame, ThumbnailSheet, VideoConfig } from '../sinks/sink.ts';
import type { SourceStream } from '../sources/source-stream.ts';

/** What the threads of an egress tell each other. Bulk pictures travel in shared memory, only slot numbers in messages. */

/** Output pictures before they are encoded: slots of planar YUV 4:2:0 in shared memory. */
export interface CanvasRing {
  readonly width: number;
  readonly height: number;
  readonly slots: number;
  /** All slots one after another. */
  readonly pixels: SharedArrayBuffer;
  /** Int32 per slot: encoders that still read it. The media thread draws into slots at 0 only. */
  readonly readers: SharedArrayBuffer;
}

/** Slots that may wait for encoders; more would be delay, not safety. */
const RING_SLOTS = 4;

/** A ring for pictures of this size: luma, then the two chroma planes, without padding. */
export function createCanvasRing(size: { readonly width: number; readonly height: number }): CanvasRing {
  return {
    width: size.width,
    height: size.height,
    slots: RING_SLOTS,
    pixels: new SharedArrayBuffer((size.width * size.height * 3 * RING_SLOTS) / 2),
    readers: new SharedArrayBuffer(4 * RING_SLOTS),
  };
}

/** One picture of the stage: its canvases, and who encodes them. */
export interface CanvasSettings {
  readonly ring: CanvasRing;
  /** One per encoder thread, by rung; carries `FrameMessage`. */
  readonly encoderPorts: readonly MessagePort[];
  readonly composition: Composition;
  /** Those that are encoded from the first tick on, by their place; rising. */
  readonly rungs: readonly number[];
  /** Its top rung gets all pictures, however many the others get. */
  readonly keepsTop: boolean;
}

export interface MediaThreadSettings {
  /** All are drawn from the same decoded sources, at the same ticks. Others may come and go later. */
  readonly canvases: readonly CanvasSettings[];
  readonly frameRate: number;
  /** Every rung gets a picture at the first tick of each part, whatever the load. */
  readonly framesPerPart: number;
  /** A keyframe is forced on multiples of this. */
  readonly framesPerSegment: number;
  /** Number of the first tick: the first segment is what is left of one from there. */
  readonly firstTick: number;
  readonly audioBitrateBps: number;
  readonly playoutDelayMs: number;
  readonly rtpListenIp: string;
  readonly roomName: string;
  /** Tell of each tick what the newest canvas that keeps its top shows: `drawn`. */
  readonly tellsTicks: boolean;
}

/** What to draw and mix. Items stand in the order of the layout. */
export interface Scene {
  readonly items: readonly SceneItem[];
  /** Sources to be heard. */
  readonly audioSourceIds: readonly string[];
  /** The item in front in `active_speaker`. */
  readonly activeId: string | undefined;
}

export interface SceneItem {
  readonly id: string;
  readonly kind: 'person' | 'screen';
  readonly name: string;
  /** Absent while the camera is off: the name is drawn instead. */
  readonly videoSourceId: string | undefined;
  readonly audioMuted: boolean;
}

/** Main → media thread. */
export type MediaCommand =
  /** `peerId`: sources of one publisher are played together. */
  | {
      readonly type: 'open-source';
      readonly sourceId: string;
      readonly kind: 'audio' | 'video';
      readonly peerId: string;
    }
  | { readonly type: 'connect-source'; readonly sourceId: string; readonly stream: SourceStream }
  /** The publisher of a source lives, and says when it captured. */
  | { readonly type: 'capture-report'; readonly sourceId: string; readonly report: CaptureReport }
  | { readonly type: 'close-source'; readonly sourceId: string }
  /** One more canvas, under a number of its own, which encodes nothing so far. It shows what the newest one does until it is told. */
  | { readonly type: 'canvas'; readonly canvas: number; readonly settings: CanvasSettings }
  /** Nothing is drawn on it any more; its encoders end. */
  | { readonly type: 'close-canvas'; readonly canvas: number }
  /** `canvas`: a place in `MediaThreadSettings.canvases`, or a number given later. All scenes say alike what is heard. */
  | { readonly type: 'scene'; readonly canvas: number; readonly scene: Scene }
  | { readonly type: 'composition'; readonly canvas: number; readonly composition: Composition }
  /** The rungs below the top, and all of further canvases, get every `step`-th picture of a part from now on; 1: all. */
  | { readonly type: 'thin'; readonly step: number }
  /** Only these rungs are encoded from now on, those that were not from the start of a segment on. Answered by `rungs`. */
  | { readonly type: 'rungs'; readonly canvas: number; readonly rungs: readonly number[] }
  /** Whether the sound is encoded as Opus, too. */
  | { readonly type: 'opus'; readonly isWanted: boolean }
  /** Start the clock. Answered by `started`. */
  | { readonly type: 'start' }
  /** Stop when what was captured until now has been drawn and mixed; empty the encoders. Answered by `stopped`. */
  | { readonly type: 'stop' }
  /** End now, whatever is under way. Not answered. */
  | { readonly type: 'end' };

/** What a picture of the stream shows. */
export interface DrawnTick {
  readonly tick: number;
  /** By source: when the picture in its tile was captured. Sources that have none are left out, and all while tiles move. */
  readonly capturedAt: Readonly<Record<string, number>>;
}

/** Media thread → main. */
export type MediaEvent =
  /** The audio encoder is open. */
  | {
      readonly type: 'ready';
      readonly audioSpecificConfig: Uint8Array;
      readonly sampleRate: number;
      readonly channels: number;
      readonly primingSamples: number;
    }
  | { readonly type: 'source-open'; readonly sourceId: string; readonly port: number }
  /** No socket could be had; the source is closed. */
  | { readonly type: 'source-failed'; readonly sourceId: string; readonly message: string }
  /** `startedAtMs`: when what tick 0 shows was captured (its due time less the playout delay), Unix epoch. */
  | { readonly type: 'started'; readonly startedAtMs: number }
  /** From this tick on all rungs are there that were asked for, in the order of asking. */
  | { readonly type: 'rungs'; readonly fromTick: number }
  | ({ readonly type: 'drawn' } & DrawnTick)
  | { readonly type: 'audio'; readonly frames: readonly Uint8Array[] }
  | { readonly type: 'opus'; readonly frames: readonly OpusFrame[] }
  | { readonly type: 'stats'; readonly ticks: number; readonly skipped: number; readonly sources: number }
  | { readonly type: 'stopped' }
  | {
      readonly type: 'trouble';
      readonly severity: 'fatal' | 'degraded' | 'warning';
      readonly code: string;
      readonly message: string;
    };

export interface EncoderThreadSettings {
  readonly ring: CanvasRing;
  readonly rung: VideoRung;
  readonly frameRate: number;
  readonly framesPerSegment: number;
  readonly preset: string;
  /** It makes the thumbnails, too: one thread of a canvas does. */
  readonly makesThumbnails: boolean;
  /** Receives `FrameMessage` from the media thread. */
  readonly frames: MessagePort;
}

/** Media thread → encoder thread. */
export type FrameMessage =
  /** Encode this slot, then take one off its count of readers. */
  | { readonly type: 'frame'; readonly slot: number; readonly tick: number; readonly keyframe: boolean }
  /** Encode the last picture once more: a part must begin, and no slot was free to draw in. */
  | { readonly type: 'repeat'; readonly tick: number; readonly keyframe: boolean }
  /** Nothing comes any more. */
  | { readonly type: 'end' };

/** Encoder thread → main. */
export type EncoderEvent =
  | { readonly type: 'ready'; readonly config: VideoConfig }
  | ({ readonly type: 'picture' } & EncodedPicture)
  | { readonly type: 'thumbnails'; readonly sheet: ThumbnailSheet }
  /** All frames are encoded and posted. */
  | { readonly type: 'stopped' }
  | {
      readonly type: 'trouble';
      readonly severity: 'fatal' | 'degraded' | 'warning';
      readonly code: string;
      readonly message: string;
    };
