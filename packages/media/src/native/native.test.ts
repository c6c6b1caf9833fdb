import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import {
  h264PictureSize,
  NAL,
  nalType,
  splitAnnexB,
  Vp9Depacketizer,
  vp8PictureSize,
  vp9PictureSize,
} from '@amphi/rtp';
import { drawBarcode, readBarcode } from '@amphi/testkit';
import { drawTestPicture, lumaOf } from '@amphi/testkit/synthetic';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AAC_FRAME_SAMPLES, AacEncoder } from './aac-encoder.ts';
import { Av1Encoder } from './av1-encoder.ts';
import { CodecContext, Frame } from './codec-library.ts';
import { H264Encoder } from './h264-encoder.ts';
import { quietCodecLibrary } from './media-error.ts';
import { fillPicture, type Picture, pictureBytes, pictureOver, subPicture } from './planes.ts';
import { Scaler } from './scaler.ts';
import { type DecodedPicture, VideoDecoder } from './video-decoder.ts';
import { Vp8Encoder } from './vp8-encoder.ts';

const COLOR = { u: 110, v: 150 };
const pictureOf = (width: number, height: number): Picture =>
  pictureOver(new ArrayBuffer(pictureBytes(width, height)), 0, width, height);

const { alloc, free, copy } = Frame.prototype;
const receive = CodecContext.prototype.receiveFrameSync;

const open: Disposable[] = [];
const using = <T extends Disposable>(native: T): T => {
  open.push(native);
  return native;
};

beforeAll(() => quietCodecLibrary());
afterAll(() => {
  for (const native of open.reverse()) native[Symbol.dispose]();
});

describe('pictures', () => {
  it('refuse odd sizes and places outside of their memory', () => {
    expect(() => pictureOver(new ArrayBuffer(100), 0, 10, 10)).toThrow('lies in 100 bytes');
    expect(() => pictureOver(new ArrayBuffer(1000), 0, 11, 10)).toThrow('even');
    const picture = pictureOf(64, 32);
    expect(() => subPicture(picture, 2, 2, 64, 16)).toThrow('lies in 64×32');
    expect(() => subPicture(picture, 1, 0, 16, 16)).toThrow('even');
    const part = subPicture(picture, 16, 8, 16, 8);
    fillPicture(part, [200, 1, 2]);
    expect(picture.planes[0][8 * 64 + 16]).toBe(200);
    expect(picture.planes[0][7 * 64 + 16]).toBe(0);
    expect(picture.planes[0][8 * 64 + 32]).toBe(0);
    expect(picture.planes[2][4 * 32 + 8]).toBe(2);
  });
});

describe('scaler', () => {
  it('writes nothing outside of its place', () => {
    const source = pictureOf(640, 360);
    fillPicture(source, [200, 60, 60]);
    for (const [width, height] of [
      [16, 10],
      [48, 28],
      [208, 118],
      [400, 226],
    ] as const) {
      const canvas = pictureOf(640, 360);
      fillPicture(canvas, [20, 128, 128]);
      using(new Scaler()).scale(source, subPicture(canvas, 34, 20, width, height));
      let inside = 0;
      for (let y = 0; y < 360; y++) {
        for (let x = 0; x < 640; x++) {
          const isInside = x >= 34 && x < 34 + width && y >= 20 && y < 20 + height;
          const luma = canvas.planes[0][y * 640 + x]!;
          if (isInside) inside += Math.abs(luma - 200) <= 1 ? 1 : 0;
          else if (luma !== 20) throw new Error(`pixel ${x},${y} of ${width}×${height} was written: ${luma}`);
        }
      }
      expect(inside).toBe(width * height);
      for (let y = 0; y < 180; y++) {
        for (let x = 0; x < 320; x++) {
          const isInside = x >= 17 && x < 17 + width / 2 && y >= 10 && y < 10 + height / 2;
          if (!isInside && canvas.planes[1][y * 320 + x] !== 128) throw new Error(`chroma ${x},${y} was written`);
        }
      }
    }
  });

  it('brings full-range pictures to studio range', () => {
    const source = { ...pictureOf(320, 180), isFullRange: true };
    const target = pictureOf(160, 90);
    for (const [from, to] of [
      [255, 235],
      [0, 16],
    ] as const) {
      fillPicture(source, [from, 128, 128]);
      using(new Scaler()).scale(source, target);
      expect(Math.abs(target.planes[0][40 * 160 + 80]! - to)).toBeLessThanOrEqual(1);
    }
  });

  it('refuses widths that its SIMD writer would exceed', () => {
    expect(() => using(new Scaler()).scale(pictureOf(64, 64), pictureOf(24, 24))).toThrow('multiple of 16');
  });
});

describe('VP8', () => {
  it('shows the newest frame at once, in another size too, and goes on after garbage', () => {
    const decoder = using(new VideoDecoder('vp8'));
    const decoded: DecodedPicture[] = [];
    const seen: [number, number][] = [];
    for (const width of [320, 640, 320]) {
      const encoder = using(new Vp8Encoder({ width, height: (width * 9) / 16, frameRate: 30, bitrateBps: 600_000 }));
      for (let i = 0; i < 4; i++) {
        const picture = pictureOf(width, (width * 9) / 16);
        const time = 100_000 + width + i * 33;
        drawTestPicture(picture, time, COLOR);
        for (const { data } of encoder.encode(picture, i === 0)) decoded.push(...decoder.decode(data, time));
      }
      expect(() => decoder.decode(Uint8Array.of(1, 2, 3), 0)).toThrow();
    }
    for (const picture of decoded) {
      seen.push([picture.picture.width, readBarcode(lumaOf(picture.picture))]);
      expect(readBarcode(lumaOf(picture.picture))).toBe(picture.timestamp);
      picture.close();
    }
    expect(seen.map(([width]) => width)).toEqual([320, 320, 320, 320, 640, 640, 640, 640, 320, 320, 320, 320]);
  });
});

describe('VP9', () => {
  /** Key frames of the ffmpeg command line's encoder, out of an IVF file: a header of 32 bytes, then frames after 12 of theirs. */
  const keyframeOf = (width: number, height: number): Uint8Array => {
    const ivf = execFileSync('ffmpeg', [
      ...['-v', 'error', '-f', 'lavfi', '-i', `testsrc2=size=${width}x${height}:rate=5`, '-frames:v', '1'],
      ...['-pix_fmt', 'yuv420p', '-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-f', 'ivf', 'pipe:1'],
    ]);
    return ivf.subarray(44, 44 + ivf.readUInt32LE(32));
  };

  it('EG47: gives the picture of each spatial layer, the largest last', () => {
    const [small, large] = [keyframeOf(160, 90), keyframeOf(320, 180)];
    expect(vp9PictureSize(large)).toEqual({ width: 320, height: 180 });
    const depacketizer = new Vp9Depacketizer();
    const [superframe] = [small, large].flatMap((frame, layer) => {
      const payload = Uint8Array.of(0xac, 5, layer << 1, 0, ...frame);
      const header = { payloadType: 98, sequenceNumber: layer, timestamp: 9, ssrc: 1, extensions: [] };
      return depacketizer.push({ ...header, marker: layer === 1, payload }) ?? [];
    });
    const decoder = using(new VideoDecoder('vp9'));
    const decoded = decoder.decode(superframe!.data, 9);
    expect(decoded.map(({ picture }) => picture.width)).toEqual([160, 320]);
    for (const picture of decoded) picture.close();
    expect(() => decoder.decode(Uint8Array.of(0x82, 1, 2, 3), 10)).toThrow();
    for (const picture of decoder.decode(large, 11)) {
      expect(picture.timestamp).toBe(11);
      picture.close();
    }
  });
});

it('a failure after a first picture leaves no native memory behind (F18)', () => {
  const encoder = using(new Vp8Encoder({ width: 320, height: 180, frameRate: 30, bitrateBps: 600_000 }));
  const { data } = encoder.encode(pictureOf(320, 180), true)[0]!;
  const held = new Set<Frame>();
  const copies = vi.spyOn(Frame.prototype, 'copy');
  const spies = [
    copies,
    vi.spyOn(Frame.prototype, 'alloc').mockImplementation(function (this: Frame) {
      held.add(this);
      return alloc.call(this);
    }),
    vi.spyOn(Frame.prototype, 'free').mockImplementation(function (this: Frame) {
      held.delete(this);
      return free.call(this);
    }),
    // The decoder has one picture more, which cannot be copied.
    vi.spyOn(CodecContext.prototype, 'receiveFrameSync').mockImplementation(function (this: CodecContext, frame) {
      return copies.mock.calls.length === 1 ? 0 : receive.call(this, frame);
    }),
  ];
  try {
    const decoder = new VideoDecoder('vp8');
    copies.mockImplementation(function (this: Frame, frame) {
      return copies.mock.calls.length === 1 ? copy.call(this, frame) : -12;
    });
    expect(() => decoder.decode(data, 1)).toThrow('copy the decoded frame');
    expect(copies).toHaveBeenCalledTimes(2);
    // The decoder's own, and the first picture's, which is filled again.
    expect(held.size).toBe(2);
    decoder.close();
    expect(held.size).toBe(0);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
});

describe('size of pictures', () => {
  it('EG21: is bounded in the decoder itself, which goes on with the next keyframe', () => {
    const decoder = using(new VideoDecoder('vp8'));
    const encoder = using(new Vp8Encoder({ width: 320, height: 180, frameRate: 30, bitrateBps: 600_000 }));
    const { data } = encoder.encode(pictureOf(320, 180), true)[0]!;
    const huge = data.slice();
    huge.set([0xff, 0x3f, 0xff, 0x3f], 6);
    expect(() => decoder.decode(huge, 0)).toThrow();
    const [decoded] = decoder.decode(data, 1);
    expect(decoded?.picture).toMatchObject({ width: 320, height: 180 });
    decoded?.close();
  });

  it('is read from what encoders write', () => {
    for (const [width, height] of [
      [320, 180],
      [1280, 720],
      [180, 320],
    ] as const) {
      const vp8 = using(new Vp8Encoder({ width, height, frameRate: 30, bitrateBps: 600_000 }));
      expect(vp8PictureSize(vp8.encode(pictureOf(width, height), true)[0]!.data)).toEqual({ width, height });
      const h264 = using(
        new H264Encoder({
          ...{ width, height, frameRate: 30, bitrateBps: 400_000, preset: 'ultrafast', keyframeInterval: 300 },
        }),
      );
      const sps = splitAnnexB(h264.parameterSets).find((nal) => nalType(nal) === NAL.sps)!;
      const whole = (side: number): number => Math.ceil(side / 16) * 16;
      expect(h264PictureSize(sps)).toEqual({ width: whole(width), height: whole(height) });
    }
  });
});

describe('AV1', () => {
  it.runIf(existsSync('/proc/self/task'))('EG48: leaves every thread one that shares the cores, as root too', () => {
    using(new Av1Encoder({ width: 320, height: 180, frameRate: 30, bitrateBps: 400_000, keyframeInterval: 300 }));
    const policies = readdirSync('/proc/self/task').map((thread) => {
      const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'latin1');
      return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[38];
    });
    expect(policies.length).toBeGreaterThan(20);
    expect(new Set(policies)).toEqual(new Set(['0']));
  });

  it('EG48: gives every picture at once, keyframes where they were asked for and nowhere else, in its own size', () => {
    const encoder = using(
      new Av1Encoder({ width: 320, height: 180, frameRate: 30, bitrateBps: 400_000, keyframeInterval: 300 }),
    );
    const picture = pictureOf(640, 360);
    const times = Array.from({ length: 12 }, (_, tick) => 5000 + tick * 33);
    const pictures = times.flatMap((time, tick) => {
      drawTestPicture(picture, time, COLOR);
      return encoder.encode(picture, tick, tick === 0 || tick === 5);
    });
    expect(pictures.map(({ tick }) => tick)).toEqual([...times.keys()]);
    expect(pictures.filter(({ isKeyframe }) => isKeyframe).map(({ tick }) => tick)).toEqual([0, 5]);
    expect(encoder.encodeAgain(12, false).map(({ tick }) => tick)).toEqual([12]);
    expect(encoder.flush()).toEqual([]);

    const luma = execFileSync(
      'ffmpeg',
      [...['-v', 'error', '-f', 'obu', '-i', '-', '-f', 'rawvideo', '-pix_fmt', 'gray'], '-'],
      { input: Buffer.concat(pictures.map(({ data }) => data)) },
    );
    const size = 320 * 180;
    expect(luma.length).toBe(12 * size);
    const shown = times.map((_, index) =>
      readBarcode({ data: luma.subarray(index * size, (index + 1) * size), stride: 320, width: 320 }),
    );
    expect(shown).toEqual(times);
  });
});

describe('H.264', () => {
  const encode = (encoder: H264Encoder, keyTicks: readonly number[]) => {
    const picture = pictureOf(320, 180);
    return Array.from({ length: 12 }, (_, tick) => {
      drawTestPicture(picture, 5000 + tick * 33, COLOR);
      return encoder.encode(picture, tick, keyTicks.includes(tick));
    }).flat();
  };
  const options = { frameRate: 30, bitrateBps: 400_000, preset: 'ultrafast', keyframeInterval: 300 };

  it('gives every picture at once, keyframes where they were asked for and nowhere else', () => {
    const pictures = encode(using(new H264Encoder({ width: 320, height: 180, ...options })), [0, 5]);
    expect(pictures.map((picture) => picture.tick)).toEqual(Array.from({ length: 12 }, (_, i) => i));
    expect(pictures.filter((picture) => picture.isKeyframe).map((picture) => picture.tick)).toEqual([0, 5]);
  });

  it('is decoded to what was drawn, at its own size and scaled down', () => {
    for (const [width, height] of [
      [320, 180],
      [214, 120],
    ] as const) {
      const encoder = using(new H264Encoder({ width, height, ...options }));
      const decoder = using(new VideoDecoder('h264'));
      const pictures = encode(encoder, [0]);
      const codes = pictures.flatMap((picture) => {
        const data = picture.isKeyframe ? Buffer.concat([encoder.parameterSets, picture.data]) : picture.data;
        return decoder.decode(data, picture.tick).map((decoded) => {
          expect(decoded.picture).toMatchObject({ width, height });
          const code = readBarcode(lumaOf(decoded.picture));
          decoded.close();
          return code;
        });
      });
      expect(codes).toEqual(pictures.map((picture) => 5000 + picture.tick * 33));
    }
  });

  it('encodes the last picture again when there is no new one', () => {
    const encoder = using(new H264Encoder({ width: 320, height: 180, ...options }));
    const decoder = using(new VideoDecoder('h264'));
    const picture = pictureOf(320, 180);
    drawTestPicture(picture, 4321, COLOR);
    encoder.encode(picture, 0, true);
    const [again] = encoder.encodeAgain(3, true);
    expect(again).toMatchObject({ tick: 3, isKeyframe: true });
    const [decoded] = decoder.decode(Buffer.concat([encoder.parameterSets, again!.data]), 3);
    expect(readBarcode(lumaOf(decoded!.picture))).toBe(4321);
    decoded!.close();
  });

  it('is High or Main, and keeps to its bit rate on pictures that are nothing but noise', () => {
    const bitrateBps = 400_000;
    const encoder = using(new H264Encoder({ width: 320, height: 180, ...options, preset: 'superfast', bitrateBps }));
    const [sps] = splitAnnexB(encoder.parameterSets).filter((nal) => nalType(nal) === NAL.sps);
    // profile_idc (H.264, 7.4.2.1.1).
    expect([77, 100]).toContain(sps![1]);
    const picture = pictureOf(320, 180);
    let seed = 1;
    const seconds = Array.from({ length: 6 }, (_, second) => {
      let bytes = 0;
      for (let tick = 0; tick < 30; tick++) {
        for (const plane of picture.planes) {
          for (let i = 0; i < plane.length; i++) {
            seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
            plane[i] = seed >>> 24;
          }
        }
        for (const { data } of encoder.encode(picture, second * 30 + tick, tick === 0)) bytes += data.byteLength;
      }
      return bytes;
    });
    // The first fills the encoder's buffer; over any time after it, no more than was said.
    const mean = seconds.slice(1).reduce((sum, bytes) => sum + bytes, 0) / 5;
    expect((mean * 8) / bitrateBps).toBeLessThan(1.1);
    expect((Math.max(...seconds) * 8) / bitrateBps).toBeLessThan(2);
  });

  it('refuses an unknown preset instead of taking another', () => {
    expect(() => new H264Encoder({ width: 320, height: 180, ...options, preset: 'fastest' })).toThrow();
  });
});

describe('sound', () => {
  it('leaves AAC as one frame per 1024 samples, with AAC-LC 48 kHz stereo in its configuration', () => {
    const encoder = using(new AacEncoder({ bitrateBps: 96_000 }));
    // ISO/IEC 14496-3: object type 2 (5 bits), frequency index 3 (4 bits), 2 channels (4 bits).
    expect([...encoder.audioSpecificConfig.subarray(0, 2)]).toEqual([0x11, 0x90]);
    const frames = Array.from({ length: 10 }, () =>
      encoder.encode(new Float32Array(AAC_FRAME_SAMPLES), new Float32Array(AAC_FRAME_SAMPLES)),
    ).flat();
    expect(frames).toHaveLength(9);
    expect(encoder.flush()).toHaveLength(2);
  });
});

describe('barcode', () => {
  it('is read from a part of a picture', () => {
    const canvas = pictureOf(640, 360);
    const tile = { x: 320, y: 100, width: 320, height: 180 };
    drawBarcode(lumaOf(subPicture(canvas, tile.x, tile.y, tile.width, tile.height)), 0xfedcba98);
    expect(readBarcode(lumaOf(canvas), tile)).toBe(0xfedcba98);
  });
});
