import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Depacketizer, EncodedVideoFrame } from './encoded-frame.ts';
import { H264Depacketizer, packetizeH264, splitAnnexB } from './h264.ts';
import type { RtpPacket } from './rtp-packet.ts';
import { packetizeVp8, parseVp8Descriptor, Vp8Depacketizer } from './vp8.ts';
import { parseVp9Descriptor, Vp9Depacketizer } from './vp9.ts';

const packets = (payloads: readonly Uint8Array[], timestamp: number): RtpPacket[] =>
  payloads.map((payload, i) => ({
    payloadType: 96,
    marker: i === payloads.length - 1,
    sequenceNumber: i,
    timestamp,
    ssrc: 1,
    extensions: [],
    payload,
  }));

const feed = (depacketizer: Depacketizer, list: readonly RtpPacket[]): EncodedVideoFrame[] =>
  list.map((p) => depacketizer.push(p)).filter((f) => f !== undefined);

/** Much faster than a deep comparison of arrays. */
const equal = (a: Uint8Array | undefined, b: Uint8Array): boolean =>
  a !== undefined && a.length === b.length && a.every((byte, i) => byte === b[i]);

/** Bytes that look like a VP8 frame to whoever reads only its first byte. */
const vp8Frame = (size: number, key: boolean): Uint8Array => {
  const frame = Uint8Array.from({ length: size }, (_, i) => (i * 7) & 0xff);
  frame[0] = key ? 0x10 : 0x11;
  return frame;
};

/** NAL units without start codes inside. */
const nal = (header: number, size: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, i) => (i === 0 ? header : 0x80 + (i % 100)));

const annexB = (...nals: Uint8Array[]): Uint8Array => Uint8Array.from(nals.flatMap((n) => [0, 0, 0, 1, ...n]));

describe('VP8', () => {
  it('reads every form of the descriptor (RFC 7741, 4.2)', () => {
    expect(parseVp8Descriptor(Uint8Array.of(0x10, 1))).toEqual({
      isFrameStart: true,
      isNonReference: false,
      pictureId: undefined,
      temporalLayer: undefined,
      sizeBytes: 1,
    });
    expect(parseVp8Descriptor(Uint8Array.of(0x90, 0x80, 0x11))).toMatchObject({ pictureId: 0x11, sizeBytes: 3 });
    expect(parseVp8Descriptor(Uint8Array.of(0xa0, 0xe0, 0x81, 0x02, 9, 0x40, 7))).toEqual({
      isFrameStart: false,
      isNonReference: true,
      pictureId: 0x102,
      temporalLayer: 1,
      sizeBytes: 6,
    });
    expect(parseVp8Descriptor(Uint8Array.of(0x90, 0xf0, 0x81))).toBeUndefined();
  });

  it('puts frames together again', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 10, max: 1500 }), fc.boolean()), { maxLength: 5 }), (list) => {
        const depacketizer = new Vp8Depacketizer();
        const frames = list.map(([size, key]) => vp8Frame(size, key));
        const out = frames.flatMap((f, i) => feed(depacketizer, packets(packetizeVp8(f, 0x7ffe + i, 500), i)));
        expect(out).toHaveLength(frames.length);
        for (const [i, frame] of frames.entries()) expect(equal(out[i]?.data, frame)).toBe(true);
        expect(out.map((f) => f.isKeyframe)).toEqual(list.map(([, key]) => key));
      }),
    );
  });

  it('drops a frame with a hole and takes the next', () => {
    const vp8 = new Vp8Depacketizer();
    const [a, , c] = packets(packetizeVp8(vp8Frame(1200, true), 1, 500), 10) as [RtpPacket, RtpPacket, RtpPacket];
    expect(vp8.push(a)).toBeUndefined();
    vp8.handleGap();
    expect(vp8.push(c)).toBeUndefined();
    expect(feed(vp8, packets(packetizeVp8(vp8Frame(1200, true), 2, 500), 20))).toHaveLength(1);
  });

  it('does not glue two frames when the marker between them was lost', () => {
    const vp8 = new Vp8Depacketizer();
    const first = packets(packetizeVp8(vp8Frame(900, true), 1, 500), 10).slice(0, 1);
    const second = vp8Frame(900, false);
    expect(feed(vp8, [...first, ...packets(packetizeVp8(second, 2, 500), 20)]).map((f) => f.data)).toEqual([second]);
  });

  it('never throws on garbage', () => {
    const vp8 = new Vp8Depacketizer();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), fc.nat(2), (payload, timestamp) => {
        for (const frame of feed(vp8, packets([payload, payload], timestamp)))
          expect(frame.data.length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('VP9', () => {
  /** A packet of one spatial layer in non-flexible mode: picture id 5, TL0PICIDX 0. */
  const layer = (options: { sid: number; starts?: boolean; ends?: boolean; inter?: boolean }, ...body: number[]) => {
    const { sid, starts = true, ends = true, inter = false } = options;
    const first = 0xa0 | (inter ? 0x40 : 0) | (starts ? 0x08 : 0) | (ends ? 0x04 : 0);
    return Uint8Array.of(first, 5, sid << 1, 0, ...body);
  };

  it('reads every form of the descriptor (RFC 9628, 4.2)', () => {
    expect(parseVp9Descriptor(Uint8Array.of(0x0c, 9))).toEqual({
      isFrameStart: true,
      isFrameEnd: true,
      isInterPredicted: false,
      spatialLayer: 0,
      pictureSize: undefined,
      sizeBytes: 1,
    });
    // A picture id of 15 bits, layer 2, TL0PICIDX.
    expect(parseVp9Descriptor(Uint8Array.of(0xa8, 0x81, 2, 0x24, 7, 9))).toMatchObject({
      spatialLayer: 2,
      sizeBytes: 5,
    });
    // Flexible: no TL0PICIDX, two references.
    expect(parseVp9Descriptor(Uint8Array.of(0xf4, 3, 0x02, 0x03, 0x04, 9))).toMatchObject({
      isFrameEnd: true,
      isInterPredicted: true,
      spatialLayer: 1,
      sizeBytes: 5,
    });
    // A structure of two layers, 320×180 and 640×360, and a group of one picture with one reference.
    const structure = [0x38, 1, 0x40, 0, 0xb4, 2, 0x80, 1, 0x68, 1, 0x14, 1];
    expect(parseVp9Descriptor(Uint8Array.of(0x0a, ...structure, 9))).toMatchObject({
      pictureSize: { width: 640, height: 360 },
      sizeBytes: 13,
    });
    expect(parseVp9Descriptor(Uint8Array.of(0x0a, ...structure.slice(0, 9)))).toBeUndefined();
    expect(parseVp9Descriptor(new Uint8Array(0))).toBeUndefined();
  });

  it('puts the frames of all spatial layers of a picture into one superframe', () => {
    const payloads = [
      layer({ sid: 0, ends: false }, 1, 2),
      layer({ sid: 0, starts: false }, 3),
      layer({ sid: 1 }, 4, 5),
    ];
    expect(feed(new Vp9Depacketizer(), packets(payloads, 7))).toEqual([
      {
        data: Uint8Array.of(1, 2, 3, 4, 5, 0xd9, 3, 0, 0, 0, 2, 0, 0, 0, 0xd9),
        timestamp: 7,
        isKeyframe: true,
        pictureSize: undefined,
      },
    ]);
  });

  it('gives a frame of one layer as it is, and says which are key frames', () => {
    const vp9 = new Vp9Depacketizer();
    const out = [
      ...feed(vp9, packets([layer({ sid: 0 }, 1)], 1)),
      ...feed(vp9, packets([layer({ sid: 2, inter: true }, 2)], 2)),
    ];
    expect(out.map(({ data, isKeyframe }) => [[...data], isKeyframe])).toEqual([
      [[1], true],
      [[2], false],
    ]);
  });

  it('drops a picture with a hole, or whose end or start is missing, and takes the next', () => {
    const vp9 = new Vp9Depacketizer();
    const whole = packets([layer({ sid: 0, ends: false }, 1), layer({ sid: 0, starts: false }, 2)], 1);
    expect(vp9.push(whole[0]!)).toBeUndefined();
    vp9.handleGap();
    expect(vp9.push(whole[1]!)).toBeUndefined();
    expect(feed(vp9, packets([layer({ sid: 0, starts: false }, 2)], 2))).toEqual([]);
    expect(feed(vp9, packets([layer({ sid: 0, ends: false }, 2)], 3))).toEqual([]);
    expect(feed(vp9, packets([layer({ sid: 0 }, 3)], 4))).toHaveLength(1);
  });

  it('never throws on garbage', () => {
    const vp9 = new Vp9Depacketizer();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), fc.nat(2), (payload, timestamp) => {
        for (const frame of feed(vp9, packets([payload, payload], timestamp)))
          expect(frame.data.length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('H.264', () => {
  it('splits Annex B with three and four byte start codes and trailing zeros', () => {
    const stream = Uint8Array.of(0, 0, 0, 1, 0x67, 1, 2, 0, 0, 1, 0x68, 3, 0, 0, 0, 1, 0x65, 0, 1, 0x88, 0, 0);
    expect(splitAnnexB(stream)).toEqual([
      Uint8Array.of(0x67, 1, 2),
      Uint8Array.of(0x68, 3),
      Uint8Array.of(0x65, 0, 1, 0x88),
    ]);
    expect(splitAnnexB(new Uint8Array(0))).toEqual([]);
    expect(splitAnnexB(Uint8Array.of(1, 2, 3))).toEqual([]);
  });

  it('puts access units together again from single NAL units and FU-A', () => {
    const unit = annexB(nal(0x67, 12), nal(0x68, 5), nal(0x65, 3000));
    const [frame] = feed(new H264Depacketizer(), packets(packetizeH264(unit, 500), 7));
    expect(frame).toMatchObject({ data: unit, timestamp: 7, isKeyframe: true });
  });

  it('says how large pictures will be, by the largest parameter set, also one in fragments', () => {
    const small = Uint8Array.from(Buffer.from('6742c01f8c8d402802dc803c2211a80'.padEnd(32, '0'), 'hex'));
    const large = Uint8Array.from(Buffer.from('67640028acd940780227e5c05a808080a0000003002000000781e30632c0', 'hex'));
    const sizeIn = (...nals: Uint8Array[]) =>
      feed(new H264Depacketizer(), packets(packetizeH264(annexB(...nals, nal(0x65, 40)), 20), 7))[0]?.pictureSize;
    expect(sizeIn(small)).toEqual({ width: 1280, height: 720 });
    expect(sizeIn(small, large, small)).toEqual({ width: 1920, height: 1088 });
    expect(sizeIn()).toBeUndefined();
  });

  it('takes STAP-A apart', () => {
    const sps = nal(0x67, 4);
    const idr = nal(0x65, 6);
    const aggregate = Uint8Array.of(24, 0, 4, ...sps, 0, 6, ...idr);
    const [frame] = feed(new H264Depacketizer(), packets([aggregate], 7));
    expect(frame).toMatchObject({ data: annexB(sps, idr), timestamp: 7, isKeyframe: true });
  });

  it('drops a frame whose first slice fell into the gap, takes one that surely starts', () => {
    const h264 = new H264Depacketizer();
    const secondSlice = Uint8Array.of(0x65, 0x40, 9);
    h264.handleGap();
    expect(feed(h264, packets([secondSlice], 10))).toEqual([]);
    h264.handleGap();
    expect(feed(h264, packets(packetizeH264(annexB(nal(0x65, 2000)), 500), 20))).toHaveLength(1);
  });

  it('drops a frame with a hole', () => {
    const h264 = new H264Depacketizer();
    const list = packets(packetizeH264(annexB(nal(0x65, 2000)), 500), 10);
    feed(h264, list.slice(0, 2));
    h264.handleGap();
    expect(feed(h264, list.slice(3))).toEqual([]);
    expect(feed(h264, list)).toEqual([]);
    expect(feed(h264, packets(packetizeH264(annexB(nal(0x41, 900))), 20))).toHaveLength(1);
  });

  it('never throws on garbage', () => {
    const h264 = new H264Depacketizer();
    const kinds = fc.constantFrom(1, 5, 24, 28, 29, 31);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 30 }), kinds, fc.nat(2), (payload, kind, timestamp) => {
        payload[0] = ((payload[0] as number) & 0xe0) | kind;
        feed(h264, packets([payload, payload], timestamp));
        if (timestamp === 0) h264.handleGap();
      }),
    );
  });
});
