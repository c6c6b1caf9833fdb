import { spawn } from 'node:child_process';
import { type AudioTrack, avcConfigFromAnnexB, type Sample, sampleFromAnnexB, type VideoTrack } from '../src/index.ts';

export interface EncodedMedia {
  readonly video: { readonly track: VideoTrack; readonly samples: readonly Sample[] };
  readonly audio: { readonly track: AudioTrack; readonly samples: readonly Sample[] };
}

/** A moving test picture and a tone from the ffmpeg command line, as samples. */
export async function encodeTestMedia(seconds: number): Promise<EncodedMedia> {
  const fps = 30;
  const stream = await ffmpeg([
    ...['-f', 'lavfi', '-i', `testsrc2=size=320x180:rate=${fps}:duration=${seconds}`, '-c:v', 'libx264'],
    ...['-profile:v', 'high', '-pix_fmt', 'yuv420p', '-bf', '0', '-g', '60', '-preset', 'veryfast'],
    ...['-x264-params', 'aud=1:scenecut=0', '-f', 'h264', 'pipe:1'],
  ]);
  const adts = await ffmpeg([
    ...['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=48000:duration=${seconds}`, '-ac', '2'],
    ...['-c:a', 'aac', '-b:a', '64k', '-f', 'adts', 'pipe:1'],
  ]);
  const { avcConfig, width, height } = avcConfigFromAnnexB(stream);
  return {
    video: {
      track: { kind: 'video', id: 1, timescale: 90_000, width, height, avcConfig, bitrateBps: 400_000 },
      samples: accessUnits(stream).map((unit) => ({ ...sampleFromAnnexB(unit), duration: 90_000 / fps })),
    },
    audio: {
      track: {
        kind: 'audio',
        id: 1,
        timescale: 48_000,
        sampleRate: 48_000,
        channelCount: 2,
        audioSpecificConfig: Uint8Array.of(0x11, 0x90), // AAC-LC, 48 kHz, stereo
        bitrateBps: 64_000,
      },
      samples: adtsFrames(adts).map((data) => ({ data, duration: 1024, isSync: true })),
    },
  };
}

/** Runs ffmpeg and gives what it wrote to its standard output. */
export function ffmpeg(args: readonly string[], input?: Uint8Array): Promise<Buffer> {
  return run('ffmpeg', ['-v', 'error', ...args], input);
}

/** Runs a program; rejects on a failure and on anything it says on its standard error. */
export function run(program: string, args: readonly string[], input?: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    let complaints = '';
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      complaints += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0 && complaints === '') resolve(Buffer.concat(out));
      else reject(new Error(`${program} ended with ${code}: ${complaints}`));
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

const DELIMITER = Buffer.from([0, 0, 0, 1, 9]);

function accessUnits(stream: Buffer): Buffer[] {
  const starts: number[] = [];
  for (let at = stream.indexOf(DELIMITER); at !== -1; at = stream.indexOf(DELIMITER, at + 1)) starts.push(at);
  return starts.map((start, i) => stream.subarray(start, starts[i + 1]));
}

/** ISO/IEC 14496-3, 1.A.2.2. */
function adtsFrames(stream: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at < stream.length; ) {
    const length = ((stream[at + 3]! & 0x03) << 11) | (stream[at + 4]! << 3) | (stream[at + 5]! >> 5);
    frames.push(stream.subarray(at + (stream[at + 1]! & 1 ? 7 : 9), at + length));
    at += length;
  }
  return frames;
}
