import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { barcodeAgeMs } from './barcode-format.ts';
import { type LumaPlane, readBarcode, type TileCorner } from './barcode-luma.ts';

/** What is in a stream, as the ffmpeg command line tools see it: a judge that shares no code with what made it. */

export interface LumaFrame {
  /** Seconds on the media time line. */
  readonly ptsSeconds: number;
  readonly luma: LumaPlane;
}

/** A part of a picture, in pixels. */
export interface TileArea extends TileCorner {
  readonly height: number;
}

export interface MonoAudio {
  /** Media time of the first sample. */
  readonly startSeconds: number;
  /** At 48 kHz, in [−1, 1]. */
  readonly samples: Float32Array;
}

/** Lends a file with the data, which is gone afterwards. */
export async function withMediaFile<T>(
  data: Uint8Array | readonly Uint8Array[],
  use: (path: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'amphi-judge-'));
  try {
    const path = join(folder, 'stream.mp4');
    await writeFile(path, data instanceof Uint8Array ? data : Buffer.concat(data));
    return await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Everything that ffprobe and a full decode have to complain about. Empty is clean. Time stamps are judged in the file's own time
 * base: by the frame rate that FFmpeg guesses, pictures that follow on many left out would fall on the same one.
 */
export async function complaints(path: string): Promise<string> {
  const probe = await run('ffprobe', ['-v', 'warning', '-show_packets', '-of', 'compact', path]);
  const decode = await run('ffmpeg', [
    '-v',
    'warning',
    '-xerror',
    '-i',
    path,
    '-enc_time_base',
    '-1',
    '-f',
    'null',
    '-',
  ]);
  return `${probe.stderr}${decode.stderr}`.trim();
}

/** All pictures of the first rendition, scaled to `width` × `height`. @throws when their number is not that of the time stamps */
export async function decodeLuma(path: string, width: number, height: number): Promise<LumaFrame[]> {
  const times = await run('ffprobe', [
    ...['-v', 'error', '-select_streams', 'v:0', '-show_entries', 'frame=pts_time', '-of', 'csv=p=0', path],
  ]);
  const pts = String(times.stdout).split('\n').map(Number.parseFloat).filter(Number.isFinite);
  const { stdout } = await run('ffmpeg', [
    ...['-v', 'error', '-i', path, '-map', '0:v:0', '-vsync', 'passthrough', '-f', 'rawvideo', '-pix_fmt', 'gray'],
    ...['-s', `${width}x${height}`, '-'],
  ]);
  const size = width * height;
  if (stdout.length !== pts.length * size) throw new Error(`${pts.length} time stamps, ${stdout.length / size} frames`);
  return pts.map((ptsSeconds, i) => ({
    ptsSeconds,
    luma: { data: stdout.subarray(i * size, (i + 1) * size), stride: width, width },
  }));
}

export async function decodeAudio(path: string): Promise<MonoAudio> {
  const first = await run('ffprobe', [
    ...['-v', 'error', '-select_streams', 'a', '-show_entries', 'packet=pts_time', '-read_intervals', '%+#1'],
    ...['-of', 'csv=p=0', path],
  ]);
  const raw = await run('ffmpeg', ['-v', 'error', '-i', path, '-f', 'f32le', '-ac', '1', '-ar', '48000', '-']);
  return {
    startSeconds: Number.parseFloat(String(first.stdout)),
    samples: new Float32Array(new Uint8Array(raw.stdout).buffer),
  };
}

/** Age of what a tile shows: the time at which the frame claims to have been captured less the clock in the picture. */
export function clockErrorMs(frame: LumaFrame, tile: TileCorner, claimedMs: number): number {
  return barcodeAgeMs(Math.round(claimedMs), readBarcode(frame.luma, tile));
}

/** Mean luma of the line in the middle of a tile: below the barcode, above the label. */
export function brightness({ luma: { data, stride } }: LumaFrame, tile: TileArea): number {
  const y = Math.round(tile.y + tile.height * 0.5);
  const left = Math.round(tile.x + tile.width * 0.1);
  const right = Math.round(tile.x + tile.width * 0.9);
  let sum = 0;
  for (let x = left; x < right; x++) sum += data[y * stride + x] ?? 0;
  return sum / (right - left);
}

/** Times at which something goes on after it was off for `quietSeconds`. */
export function onsets(values: Iterable<readonly [seconds: number, isOn: boolean]>, quietSeconds: number): number[] {
  const found: number[] = [];
  let lastOn = Number.NEGATIVE_INFINITY;
  let wasOff = false;
  for (const [seconds, isOn] of values) {
    if (isOn) {
      if (wasOff && seconds - lastOn > quietSeconds) found.push(seconds);
      lastOn = seconds;
    } else wasOff = true;
  }
  return found;
}

/** Times at which the sound becomes louder than `threshold` after 0.3 s below it. */
export function beepOnsets({ startSeconds, samples }: MonoAudio, threshold = 0.05): number[] {
  function* loud(): Generator<readonly [number, boolean]> {
    for (let i = 0; i < samples.length; i++) yield [startSeconds + i / 48_000, Math.abs(samples[i] ?? 0) > threshold];
  }
  return onsets(loud(), 0.3);
}

/** Amplitude of one tone in a piece of the sound (Goertzel's algorithm), which is to hold many periods of it. */
export function toneAmplitude(
  { startSeconds, samples }: MonoAudio,
  hz: number,
  { from, seconds }: { readonly from: number; readonly seconds: number },
): number {
  const first = Math.round((from - startSeconds) * 48_000);
  const piece = samples.subarray(Math.max(0, first), Math.max(0, first + Math.round(seconds * 48_000)));
  const turn = 2 * Math.cos((2 * Math.PI * hz) / 48_000);
  let [before, last] = [0, 0];
  for (const sample of piece) [before, last] = [last, sample + turn * last - before];
  const power = last * last + before * before - turn * last * before;
  return piece.length === 0 ? 0 : (2 * Math.sqrt(Math.max(0, power))) / piece.length;
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
