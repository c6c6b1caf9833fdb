import { spawn } from 'node:child_process';
import { type AudioTrack, avcConfigFromAnnexB, type Sample, sampleFromAnnexB, type VideoTrack } from '@amphi/mp4';
import { drawBarcode } from './barcode-luma.ts';

export interface EncodedVideo {
  readonly track: VideoTrack;
  readonly frameRate: number;
  readonly samples: readonly Sample[];
}

export interface EncodedAudio {
  readonly track: AudioTrack;
  readonly samples: readonly Sample[];
}

const VIDEO_TIMESCALE = 90_000;
const AUDIO_RATE = 48_000;
const AAC_FRAME = 1024;

/**
 * A grey picture with the barcode clock (media time in milliseconds) and a moving bar, encoded by the ffmpeg command
 * line as H.264 without B-pictures, an IDR picture every `gopFrames`.
 */
export async function encodeTestVideo(options: {
  readonly seconds: number;
  readonly gopFrames: number;
  readonly frameRate?: number;
  /** A multiple of 20, so that barcode blocks are whole pixels. */
  readonly width?: number;
  readonly height?: number;
  readonly bitrateBps?: number;
}): Promise<EncodedVideo> {
  const { seconds, gopFrames, frameRate = 30, width = 320, height = 180, bitrateBps = 400_000 } = options;
  const stream = await run(
    'ffmpeg',
    [
      ...['-v', 'error', '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${width}x${height}`, '-r', `${frameRate}`],
      ...['-i', 'pipe:0', '-c:v', 'libx264', '-profile:v', 'high', '-preset', 'veryfast', '-bf', '0'],
      ...['-g', `${gopFrames}`, '-b:v', `${bitrateBps}`, '-x264-params', 'aud=1:scenecut=0', '-f', 'h264', 'pipe:1'],
    ],
    barcodePictures(Math.round(seconds * frameRate), frameRate, width, height),
  );
  const config = avcConfigFromAnnexB(stream);
  return {
    track: { kind: 'video', id: 1, timescale: VIDEO_TIMESCALE, ...config, bitrateBps },
    frameRate,
    samples: accessUnits(stream).map((unit) => ({ ...sampleFromAnnexB(unit), duration: VIDEO_TIMESCALE / frameRate })),
  };
}

/** A tone, encoded by the ffmpeg command line as AAC-LC stereo, without the frame of encoder priming. */
export async function encodeTestAudio(options: {
  readonly seconds: number;
  readonly toneHz?: number;
}): Promise<EncodedAudio> {
  const { seconds, toneHz = 440 } = options;
  const adts = await run('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', `sine=frequency=${toneHz}:sample_rate=${AUDIO_RATE}:duration=${seconds}`],
    ...['-ac', '2', '-c:a', 'aac', '-b:a', '64k', '-f', 'adts', 'pipe:1'],
  ]);
  return {
    track: {
      kind: 'audio',
      id: 1,
      timescale: AUDIO_RATE,
      sampleRate: AUDIO_RATE,
      channelCount: 2,
      audioSpecificConfig: Uint8Array.of(0x11, 0x90), // AAC-LC, 48 kHz, stereo
      bitrateBps: 64_000,
    },
    samples: adtsFrames(adts)
      .slice(1)
      .map((data) => ({ data, duration: AAC_FRAME, isSync: true })),
  };
}

/**
 * Runs a program and gives its standard output.
 * @throws when it fails, and when it says anything on its standard error
 */
export function run(program: string, args: readonly string[], input?: Iterable<Uint8Array>): Promise<Buffer> {
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
    // A program that ends early closes its input; its exit code tells.
    child.stdin.on('error', () => {});
    void (async () => {
      for (const piece of input ?? []) {
        if (!child.stdin.write(piece)) await new Promise((drained) => child.stdin.once('drain', drained));
      }
      child.stdin.end();
    })();
  });
}

function* barcodePictures(count: number, frameRate: number, width: number, height: number): Generator<Uint8Array> {
  for (let frame = 0; frame < count; frame++) {
    const picture = new Uint8Array((width * height * 3) / 2).fill(128);
    const fill = (x: number, y: number, w: number, h: number, luma: number): void => {
      for (let row = y; row < y + h; row++) picture.fill(luma, row * width + x, row * width + x + w);
    };
    drawBarcode({ data: picture, stride: width, width }, Math.round((frame * 1000) / frameRate));
    fill((frame * 4) % (width - 40), Math.floor(height / 2), 40, Math.floor(height / 4), 200);
    yield picture;
  }
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
