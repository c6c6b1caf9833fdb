import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { opusSamples } from './opus.ts';
import { unwrapRtx, wrapRtx } from './rtx.ts';
import { NtpOffset, RtpClock } from './sender-report-clock.ts';
import { CounterUnwrapper } from './unwrap.ts';

describe('unwrapping', () => {
  it('follows a counter over wraps and small steps back', () => {
    fc.assert(
      fc.property(
        fc.nat(0xffff),
        fc.array(fc.integer({ min: -100, max: 30_000 }), { maxLength: 50 }),
        (start, steps) => {
          const unwrapper = new CounterUnwrapper(16);
          unwrapper.unwrap(start);
          let highest = start;
          for (const step of steps) {
            const value = highest + step;
            expect(unwrapper.unwrap(((value % 65_536) + 65_536) % 65_536)).toBe(value);
            highest = Math.max(highest, value);
          }
        },
      ),
    );
  });

  it('does not move its reference by peeking', () => {
    const unwrapper = new CounterUnwrapper(32);
    unwrapper.unwrap(0xfffffff0);
    expect(unwrapper.peek(5)).toBe(2 ** 32 + 5);
    expect(unwrapper.peek(0xfffffff1)).toBe(0xfffffff1);
  });
});

describe('RTX', () => {
  const original = {
    payloadType: 96,
    marker: true,
    sequenceNumber: 65_535,
    timestamp: 5,
    ssrc: 1,
    extensions: [],
    payload: Uint8Array.of(1, 2, 3),
  };

  it('gives the original back (RFC 4588)', () => {
    const again = wrapRtx(original, { ssrc: 2, payloadType: 97, sequenceNumber: 8 });
    expect(again).toMatchObject({ ssrc: 2, payloadType: 97, sequenceNumber: 8, timestamp: 5 });
    expect(unwrapRtx(again, { ssrc: 1, payloadType: 96 })).toEqual(original);
  });

  it('has no original inside padding', () => {
    expect(unwrapRtx({ ...original, payload: new Uint8Array(0) }, { ssrc: 1, payloadType: 96 })).toBeUndefined();
  });
});

describe('Opus', () => {
  it('tells the duration from the first byte (RFC 6716, 3.1)', () => {
    expect(opusSamples(Uint8Array.of(0xfc))).toBe(960); // CELT, 20 ms, one frame
    expect(opusSamples(Uint8Array.of((1 << 3) | 1))).toBe(1920); // SILK, 20 ms, two frames
    expect(opusSamples(Uint8Array.of((16 << 3) | 3, 4))).toBe(480); // CELT, 2.5 ms, four frames
    expect(opusSamples(Uint8Array.of((3 << 3) | 3, 63))).toBeUndefined(); // 63 frames of 60 ms
    expect(opusSamples(new Uint8Array(0))).toBeUndefined();
  });
});

describe('sender report clock', () => {
  it('maps time since boot to wall time by the fastest report', () => {
    const offset = new NtpOffset();
    expect(offset.toWall(0)).toBeUndefined();
    offset.observe(5_000, 1_005_030);
    offset.observe(6_000, 1_006_010);
    offset.observe(7_000, 1_007_500);
    expect(offset.toWall(8_000)).toBeCloseTo(1_008_010, 0);
  });

  it('puts audio and video of one sender on one time line', () => {
    const ntpOffset = new NtpOffset();
    const video = new RtpClock({ clockRate: 90_000, ntpOffset, slew: 1 });
    const audio = new RtpClock({ clockRate: 48_000, ntpOffset, slew: 1 });
    // Captured at 100 ms of uptime; audio took 5 ms, video 35 ms.
    video.onSenderReport({ ntp: 100, rtpTimestamp: 0xffffff00 }, 1_035);
    audio.onSenderReport({ ntp: 100, rtpTimestamp: 700 }, 1_005);
    expect(audio.capturedAt(700 + 4800, 1_105)).toBeCloseTo(1_105);
    // The report was before the wrap of the timestamp, the frame is after it.
    expect(video.capturedAt((0xffffff00 + 9000) >>> 0, 1_135)).toBeCloseTo(1_105);
  });

  it('uses the fastest arrival before the first report, then slews instead of jumping', () => {
    const clock = new RtpClock({ clockRate: 48_000, ntpOffset: new NtpOffset(), slew: 0.01 });
    expect(clock.capturedAt(0, 1_000)).toBe(1_000);
    expect(clock.capturedAt(960, 1_050)).toBeCloseTo(1_020);
    clock.onSenderReport({ ntp: 0, rtpTimestamp: 1920 }, 1_030);
    expect(clock.capturedAt(1920, 1_045)).toBeCloseTo(1_039.9);
    expect(clock.jumps).toBe(0);
  });

  it('jumps when it is far off', () => {
    const clock = new RtpClock({ clockRate: 48_000, ntpOffset: new NtpOffset() });
    clock.capturedAt(0, 1_000);
    clock.onSenderReport({ ntp: 0, rtpTimestamp: 960 }, 900);
    expect(clock.capturedAt(960, 1_020)).toBe(900);
    expect(clock.jumps).toBe(1);
  });

  it('a report of a packet that was held up does not move what comes in time', () => {
    const clock = new RtpClock({ clockRate: 48_000, ntpOffset: new NtpOffset(), maxWayMs: 30 });
    clock.onSenderReport({ ntp: 0, rtpTimestamp: 0 }, 1_000);
    for (let i = 0; i < 50; i++) clock.capturedAt(i * 960, 1_002 + i * 20);
    // The SFU got number 50 by 60 ms late.
    clock.onSenderReport({ ntp: 1_060, rtpTimestamp: 48_000 }, 2_060);
    for (let i = 50; i < 250; i++) expect(clock.capturedAt(i * 960, 1_002 + i * 20)).toBeCloseTo(1_000 + i * 20, -0.7);
    expect(clock.jumps).toBe(0);
  });

  it('follows a microphone that lost samples before the next report says so, a camera by reports alone', () => {
    const microphone = new RtpClock({ clockRate: 48_000, ntpOffset: new NtpOffset(), maxWayMs: 30 });
    const camera = new RtpClock({ clockRate: 48_000, ntpOffset: new NtpOffset() });
    const capturedAt = (i: number, arrivedAt: number): [number, number] => [
      microphone.capturedAt(i * 960, arrivedAt),
      camera.capturedAt(i * 960, arrivedAt),
    ];
    for (const clock of [microphone, camera]) clock.onSenderReport({ ntp: 0, rtpTimestamp: 0 }, 1_000);
    for (let i = 0; i < 50; i++) capturedAt(i, 1_002 + i * 20);
    for (let i = 50; i < 300; i++) {
      const [sound, picture] = capturedAt(i, 1_102 + i * 20);
      expect(picture).toBeCloseTo(1_000 + i * 20);
      if (i > 250) expect(sound).toBeCloseTo(1_102 + i * 20);
    }
    expect([microphone.jumps, camera.jumps]).toEqual([1, 0]);
  });
});
