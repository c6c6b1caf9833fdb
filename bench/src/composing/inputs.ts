import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OPUS_PACKET_SAMPLES, OpusEncoder } from '@amphi/media';
import { FRAME_RATE, type Size } from './cases.ts';

/** What one person sends, as files that every program reads. */
export interface Input {
  /** VP8 in IVF. */
  readonly video: string;
  /** Opus in Ogg. */
  readonly audio: string;
  /** The same pictures, by themselves. */
  readonly frames: readonly Uint8Array[];
  /** As good a voice, in packets of 20 ms. */
  readonly packets: readonly Uint8Array[];
}

const run = (args: readonly string[]): void => {
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...args]);
};

/** A talking-head's worth of motion, a moving pattern with noise, and a tone that comes and goes. */
export function makeInput(folder: string, index: number, size: Size, seconds: number): Input {
  const video = join(folder, `${size.width}-${index}.ivf`);
  const audio = join(folder, `${index}.ogg`);
  if (!existsSync(video)) {
    const source = `testsrc2=s=${size.width}x${size.height}:r=${FRAME_RATE},hue=h=${index * 40},noise=alls=6:allf=t`;
    const vp8 = ['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-g', '300'];
    const bitrate = size.width === 1280 ? '1200k' : size.width === 640 ? '500k' : '150k';
    run(['-f', 'lavfi', '-i', source, '-t', String(seconds), ...vp8, '-b:v', bitrate, video]);
  }
  if (!existsSync(audio)) {
    const tone = `sine=f=${200 + 40 * index}:r=48000,tremolo=f=3,pan=stereo|c0=c0|c1=c0`;
    run(['-f', 'lavfi', '-i', tone, '-t', String(seconds), '-c:a', 'libopus', '-b:a', '32k', audio]);
  }
  return { video, audio, frames: readIvf(video), packets: voice(200 + 40 * index, seconds) };
}

function voice(hz: number, seconds: number): Uint8Array[] {
  using encoder = new OpusEncoder({ bitrateBps: 32_000 });
  const packets: Uint8Array[] = [];
  const samples = new Float32Array(2 * OPUS_PACKET_SAMPLES);
  for (let packet = 0; packet < seconds * 50; packet++) {
    for (let i = 0; i < OPUS_PACKET_SAMPLES; i++) {
      const at = (packet * OPUS_PACKET_SAMPLES + i) / 48_000;
      const sample = 0.1 * Math.sin(2 * Math.PI * hz * at) * (0.5 + 0.5 * Math.sin(2 * Math.PI * 3 * at));
      samples[2 * i] = sample;
      samples[2 * i + 1] = sample;
    }
    for (const encoded of encoder.encode(samples)) packets.push(Uint8Array.from(encoded));
  }
  return packets;
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
