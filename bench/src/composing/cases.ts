export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Rung extends Size {
  readonly bitrateBps: number;
  /** Of x264. */
  readonly preset: string;
}

/** One thing to compose: so many people in a grid at 30 pictures a second, their voices mixed to AAC. */
export interface Case {
  readonly name: string;
  readonly people: number;
  readonly canvas: Size;
  /** What each camera sends: the layer that fits its tile. */
  readonly camera: Size;
  /** Largest first. */
  readonly rungs: readonly Rung[];
}

export const FRAME_RATE = 30;
export const GAP = 8;
export const AUDIO_BITRATE_BPS = 64_000;
/** A key frame every two seconds, as segments begin. */
export const KEYFRAME_INTERVAL = 60;

const P720: Size = { width: 1280, height: 720 };
const P1080: Size = { width: 1920, height: 1080 };
const P360: Size = { width: 640, height: 360 };
const P180: Size = { width: 320, height: 180 };

/** As on machines of two cores (`encoderPreset` of the egress). */
const rung = (size: Size, bitrateBps: number): Rung => ({ ...size, bitrateBps, preset: 'superfast' });
const TOP = rung(P720, 2_048_000);
const HALF = rung(P360, 500_000);
const LADDER = [TOP, rung({ width: 960, height: 540 }, 1_228_000), HALF];

export const CASES: readonly Case[] = [
  { name: '1', people: 1, canvas: P720, camera: P720, rungs: [TOP] },
  { name: '4', people: 4, canvas: P720, camera: P360, rungs: [TOP] },
  { name: '4_ladder', people: 4, canvas: P720, camera: P360, rungs: LADDER },
  { name: '16', people: 16, canvas: P720, camera: P180, rungs: [TOP] },
  { name: '4_1080p', people: 4, canvas: P1080, camera: P360, rungs: [rung(P1080, 4_000_000)] },
];
