import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { arrange, PICTURE_ALIGNMENT } from '@amphi/layout';
import {
  Compositor,
  type DecodedPicture,
  H264Encoder,
  pictureBytes,
  pictureOver,
  quietCodecLibrary,
  VideoDecoder,
} from '@amphi/media';
import { percentile } from '@amphi/testkit';
import { printResult, progress } from './result.ts';

/**
 * What composing costs: CPU seconds (user + system) per second of output for 1, 4 and 9 people at 720p30 with a 360p
 * rung: decode VP8, scale into tiles, label, encode twice with x264 (veryfast, superfast; zerolatency), one thread
 * each. Beside it, in turns, the ffmpeg command line doing the same composition (without labels) with the same
 * encoder settings. Target: ratio at 4 people ≤ 1.1. Argument: `--seconds N` of output a run (10); the median of seven pairs counts.
 */

const FRAME_RATE = 30;
const CANVAS = { width: 1280, height: 720 };
const GAP = 8;
const TOP = { bitrateBps: 2_048_000, preset: 'veryfast' };
const LOW = { width: 640, height: 360, bitrateBps: 500_000, preset: 'superfast' };
const ROUNDS = 7;
const COUNTS = [1, 4, 9] as const;

const at = process.argv.indexOf('--seconds');
const seconds = at < 0 ? 10 : Number(process.argv[at + 1]);

quietCodecLibrary();
const folder = mkdtempSync(join(tmpdir(), 'amphi-compose-'));
try {
  const result: Record<string, number> = {};
  for (const count of COUNTS) {
    // One person fills the canvas with the top layer; in a grid the middle layer is what is asked for.
    const size = count === 1 ? CANVAS : { width: 640, height: 360 };
    const inputs = Array.from({ length: count }, (_, i) => makeInput(i, size));
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(compose(inputs) / seconds);
      theirs.push((await ffmpeg(inputs)) / seconds);
      progress(
        `${count} people, round ${round + 1}: ${ours.at(-1)!.toFixed(3)} against ${theirs.at(-1)!.toFixed(3)} CPU s/s`,
      );
    }
    result[`core_${count}`] = percentile(ours, 0.5);
    result[`ffmpeg_${count}`] = percentile(theirs, 0.5);
    result[`ratio_${count}`] = percentile(
      ours.map((value, i) => value / theirs[i]!),
      0.5,
    );
  }
  printResult({ ratio_to_ffmpeg: result.ratio_4!, ...result, seconds });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** A talking-head's worth of motion: a moving pattern with noise, VP8 at a camera's bit rate. */
function makeInput(index: number, size: { width: number; height: number }): string {
  const path = join(folder, `${size.width}-${index}.ivf`);
  execFileSync('ffmpeg', [
    '-v',
    'error',
    '-y',
    '-f',
    'lavfi',
    '-i',
    `testsrc2=s=${size.width}x${size.height}:r=${FRAME_RATE},hue=h=${index * 40},noise=alls=6:allf=t`,
    '-t',
    String(seconds),
    '-c:v',
    'libvpx',
    '-deadline',
    'realtime',
    '-cpu-used',
    '8',
    '-b:v',
    size.width === 1280 ? '1200k' : '500k',
    '-g',
    '300',
    path,
  ]);
  return path;
}

/** @returns CPU seconds of this process */
function compose(inputs: readonly string[]): number {
  const bytes = pictureBytes(CANVAS.width, CANVAS.height);
  const ring = new SharedArrayBuffer(bytes * 2);
  const canvases = [0, 1].map((slot) => pictureOver(ring, slot * bytes, CANVAS.width, CANVAS.height));
  using compositor = new Compositor({ canvases, title: 'bench' });
  compositor.setScene(
    inputs.map((_, i) => ({
      id: `p${i}`,
      kind: 'person',
      name: `Person ${i + 1}`,
      videoSourceId: `p${i}`,
      audioMuted: false,
    })),
    { layout: 'grid', tileAspectRatio: '16:9', gap: GAP },
  );
  const sources = inputs.map((path) => ({
    frames: readIvf(path),
    decoder: new VideoDecoder('vp8'),
    current: undefined as DecodedPicture | undefined,
  }));
  const common = { frameRate: FRAME_RATE, keyframeInterval: 60 };
  using top = new H264Encoder({ ...common, ...CANVAS, ...TOP });
  using low = new H264Encoder({ ...common, ...LOW });
  let encoded = 0;
  const before = process.cpuUsage();
  for (let tick = 0; tick < seconds * FRAME_RATE; tick++) {
    for (const source of sources) {
      for (const picture of source.decoder.decode(source.frames[tick]!, tick)) {
        source.current?.close();
        source.current = picture;
      }
    }
    const slot = tick % 2;
    compositor.draw(slot, (id) => sources[Number(id.slice(1))]!.current);
    for (const encoder of [top, low]) encoded += encoder.encode(canvases[slot]!, tick, tick % 60 === 0).length;
  }
  encoded += top.flush().length + low.flush().length;
  const used = process.cpuUsage(before);
  for (const source of sources) {
    source.current?.close();
    source.decoder.close();
  }
  if (encoded !== 2 * seconds * FRAME_RATE)
    throw new Error(`${encoded} pictures were encoded, expected ${2 * seconds * FRAME_RATE}`);
  return (used.user + used.system) / 1e6;
}

/** @returns CPU seconds of the command, as it says itself */
function ffmpeg(inputs: readonly string[]): Promise<number> {
  const items = inputs.map((_, i) => ({ id: String(i), kind: 'person' as const }));
  const tiles = arrange(items, CANVAS, { layout: 'grid', tileAspectRatio: '16:9', gap: GAP, align: PICTURE_ALIGNMENT });
  const scaled = tiles.map((tile, i) => `[${i}:v]scale=${tile.width}:${tile.height}:flags=bilinear[t${i}]`);
  const [x0, y0] = [Math.min(...tiles.map((tile) => tile.x)), Math.min(...tiles.map((tile) => tile.y))];
  const stack =
    inputs.length === 1
      ? '[t0]null[s]'
      : `${tiles.map((_, i) => `[t${i}]`).join('')}xstack=inputs=${inputs.length}:layout=${tiles.map((tile) => `${tile.x - x0}_${tile.y - y0}`).join('|')}:fill=black[s]`;
  const graph = [
    ...scaled,
    stack,
    `[s]pad=${CANVAS.width}:${CANVAS.height}:${x0}:${y0},split=2[top][half]`,
    `[half]scale=${LOW.width}:${LOW.height}:flags=area[low]`,
  ].join(';');
  const output = (label: string, rung: { bitrateBps: number; preset: string }): string[] => [
    '-map',
    `[${label}]`,
    '-c:v',
    'libx264',
    '-threads',
    '1',
    '-preset',
    rung.preset,
    '-tune',
    'zerolatency',
    '-profile:v',
    'high',
    '-b:v',
    String(rung.bitrateBps),
    '-maxrate',
    String(rung.bitrateBps),
    '-bufsize',
    String(rung.bitrateBps),
    '-g',
    '60',
    '-bf',
    '0',
    '-x264-params',
    'scenecut=0:open-gop=0',
    '-pix_fmt',
    'yuv420p',
    '-f',
    'null',
    '-',
  ];
  const args = [
    '-hide_banner',
    '-benchmark',
    '-nostdin',
    '-filter_complex_threads',
    '1',
    '-filter_threads',
    '1',
    ...inputs.flatMap((path) => ['-threads', '1', '-c:v', 'vp8', '-i', path]),
    '-filter_complex',
    graph,
    ...output('top', TOP),
    ...output('low', LOW),
  ];
  return new Promise((resolve, reject) => {
    const child = spawn('ffmpeg', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let text = '';
    child.stderr.on('data', (piece: Buffer) => {
      text += piece;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const times = /bench: utime=([\d.]+)s stime=([\d.]+)s/.exec(text);
      if (code !== 0 || !times) reject(new Error(`ffmpeg: exit code ${code}\n${text.slice(-2000)}`));
      else resolve(Number(times[1]) + Number(times[2]));
    });
  });
}

function readIvf(path: string): Uint8Array[] {
  const file = readFileSync(path);
  const frames: Uint8Array[] = [];
  for (let at = 32; at + 12 <= file.length; ) {
    const size = file.readUInt32LE(at);
    frames.push(file.subarray(at + 12, at + 12 + size));
    at += 12 + size;
  }
  return frames;
}
