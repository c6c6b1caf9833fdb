import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Rect } from '@amphi/layout';
import { type Picture, pictureOver, readBarcode } from '@amphi/media';

/** What the stream holds, as the ffmpeg command line sees it: a judge that shares no code with us. */

export interface JudgedFrame {
  readonly ptsSeconds: number;
  readonly picture: Picture;
}

export async function withFile<T>(data: Uint8Array, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'amphi-egress-'));
  try {
    const path = join(folder, 'stream.mp4');
    await writeFile(path, data);
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

export async function decodeFrames(path: string, width: number, height: number): Promise<JudgedFrame[]> {
  const probed = await run('ffprobe', ['-v', 'error', '-show_entries', 'frame=pts_time', '-of', 'csv=p=0', path]);
  const pts = String(probed.stdout).split('\n').map(Number.parseFloat).filter(Number.isFinite);
  const raw = await run('ffmpeg', [
    ...['-v', 'error', '-i', path, '-vsync', 'passthrough', '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-'],
  ]);
  const memory = new Uint8Array(raw.stdout).buffer;
  const bytes = (width * height * 3) / 2;
  if (memory.byteLength !== pts.length * bytes) throw new Error(`${pts.length} frames, ${memory.byteLength} bytes`);
  return pts.map((ptsSeconds, i) => ({ ptsSeconds, picture: pictureOver(memory, i * bytes, width, height) }));
}

/** Mono at 48 kHz, and the media time of its first sample. */
export async function decodeAudio(path: string): Promise<{ startSeconds: number; samples: Float32Array }> {
  const first = await run('ffprobe', [
    ...['-v', 'error', '-show_entries', 'packet=pts_time', '-read_intervals', '%+#1', '-of', 'csv=p=0', path],
  ]);
  const raw = await run('ffmpeg', ['-v', 'error', '-i', path, '-f', 'f32le', '-ac', '1', '-']);
  return {
    startSeconds: Number.parseFloat(String(first.stdout)),
    samples: new Float32Array(new Uint8Array(raw.stdout).buffer),
  };
}

/** Mean luma of the lower part of a tile, between the barcode and the label. */
export function brightness({ picture }: JudgedFrame, tile: Rect): number {
  const [luma] = picture.planes;
  const y = Math.round(tile.y + tile.height * 0.5);
  let sum = 0;
  for (let x = tile.x; x < tile.x + tile.width; x++) sum += luma[y * picture.strides[0] + x]!;
  return sum / tile.width;
}

/** Age of what a tile shows: wall clock at which the frame claims to have been captured, less the clock in the picture. */
export function clockError({ picture }: JudgedFrame, tile: Rect, claimedMs: number): number {
  return (Math.round(claimedMs) - readBarcode(picture, tile)) | 0;
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

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
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
