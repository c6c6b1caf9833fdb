import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BARCODE, type TileFraction } from '@amphi/testkit/barcode';
import type { RecordedSegment } from './stream-recorder.ts';

/** What is in recorded segments, as the ffmpeg command line tools see it: an independent judge. */

export interface GrayFrame {
  /** Seconds on the media time line. */
  readonly ptsSeconds: number;
  /** Luma, one byte a pixel, row by row. */
  readonly luma: Uint8Array;
}

/** Runs of segments that share a time line. */
export function continuousRuns(segments: readonly RecordedSegment[]): RecordedSegment[][] {
  const runs: RecordedSegment[][] = [];
  for (const segment of segments) {
    if (runs.length === 0 || segment.discontinuity) runs.push([]);
    runs.at(-1)!.push(segment);
  }
  return runs;
}

export async function withFile<T>(segments: readonly RecordedSegment[], use: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'amphi-segments-'));
  try {
    const path = join(folder, 'run.mp4');
    await writeFile(path, Buffer.concat([segments[0]!.init, ...segments.map((segment) => segment.data)]));
    return await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Everything that ffprobe and a full decode have to complain about. Empty is clean. */
export async function complaints(path: string): Promise<string> {
  const probe = await run('ffprobe', ['-v', 'warning', '-show_packets', '-of', 'compact', path]);
  const decode = await run('ffmpeg', ['-v', 'warning', '-xerror', '-i', path, '-f', 'null', '-']);
  return `${probe.stderr}${decode.stderr}`.trim();
}

export async function decodeLuma(path: string, width: number, height: number): Promise<GrayFrame[]> {
  const times = await run('ffprobe', [
    '-v',
    'error',
    '-select_streams',
    'v',
    '-show_entries',
    'frame=pts_time',
    '-of',
    'csv=p=0',
    path,
  ]);
  const pts = String(times.stdout).split('\n').map(Number.parseFloat).filter(Number.isFinite);
  const raw = await run('ffmpeg', [
    '-v',
    'error',
    '-i',
    path,
    '-vsync',
    'passthrough',
    '-f',
    'rawvideo',
    '-pix_fmt',
    'gray',
    '-s',
    `${width}x${height}`,
    '-',
  ]);
  const size = width * height;
  return pts
    .map((ptsSeconds, i) => ({ ptsSeconds, luma: raw.stdout.subarray(i * size, (i + 1) * size) }))
    .filter((f) => f.luma.length === size);
}

/** Mono samples at 48 kHz, in [−1, 1], and the media time of the first. */
export async function decodeAudio(
  path: string,
): Promise<{ readonly startSeconds: number; readonly samples: Float32Array }> {
  const first = await run('ffprobe', [
    '-v',
    'error',
    '-select_streams',
    'a',
    '-show_entries',
    'packet=pts_time',
    '-read_intervals',
    '%+#1',
    '-of',
    'csv=p=0',
    path,
  ]);
  const raw = await run('ffmpeg', ['-v', 'error', '-i', path, '-f', 'f32le', '-ac', '1', '-ar', '48000', '-']);
  const copy = new Uint8Array(raw.stdout);
  return {
    startSeconds: Number.parseFloat(String(first.stdout)),
    samples: new Float32Array(copy.buffer, 0, Math.floor(copy.byteLength / 4)),
  };
}

/** The barcode clock in a part of a picture. */
export function readBarcode(frame: GrayFrame, width: number, height: number, tile: TileFraction): number {
  const block = (width * tile.width) / BARCODE.blocksPerWidth;
  let code = 0;
  for (let i = 0; i < BARCODE.columns * BARCODE.rows; i++) {
    const x = Math.round(width * tile.x + ((i % BARCODE.columns) + 0.5) * block);
    const y = Math.round(height * tile.y + (Math.floor(i / BARCODE.columns) + 0.5) * block);
    if ((frame.luma[y * width + x] ?? 0) > 126) code |= 1 << i;
  }
  return code >>> 0;
}

/** Mean luma of the lower half of a tile: no barcode there. */
export function brightness(frame: GrayFrame, width: number, height: number, tile: TileFraction): number {
  const left = Math.round(width * (tile.x + tile.width * 0.1));
  const right = Math.round(width * (tile.x + tile.width * 0.9));
  const y = Math.round(height * (tile.y + ((tile.width * width * 9) / 16 / height) * 0.35));
  let sum = 0;
  for (let x = left; x < right; x++) sum += frame.luma[y * width + x] ?? 0;
  return sum / (right - left);
}

/** Times at which a signal goes from below to above its threshold after being below for `quietSeconds`. */
export function onsets(values: Iterable<readonly [seconds: number, isOn: boolean]>, quietSeconds: number): number[] {
  const found: number[] = [];
  let lastOn = Number.NEGATIVE_INFINITY;
  let seenOff = false;
  for (const [seconds, isOn] of values) {
    if (isOn) {
      if (seenOff && seconds - lastOn > quietSeconds) found.push(seconds);
      lastOn = seconds;
    } else seenOff = true;
  }
  return found;
}

export function beepOnsets(
  audio: { readonly startSeconds: number; readonly samples: Float32Array },
  threshold = 0.05,
): number[] {
  function* loud(): Generator<readonly [number, boolean]> {
    for (let i = 0; i < audio.samples.length; i++)
      yield [audio.startSeconds + i / 48_000, Math.abs(audio.samples[i]!) > threshold];
  }
  return onsets(loud(), 0.3);
}

function run(command: string, args: readonly string[]): Promise<{ stdout: Buffer; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const pieces: Buffer[] = [];
    let stderr = '';
    child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
    child.stderr.on('data', (piece: Buffer) => {
      stderr += piece;
    });
    child.on('error', reject);
    child.on('close', () => resolve({ stdout: Buffer.concat(pieces), stderr }));
  });
}
