import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JitterBuffer, type JitterBufferOutput } from './jitter-buffer.ts';
import type { RtpPacket } from './rtp-packet.ts';

const packet = (sequenceNumber: number): RtpPacket => ({
  payloadType: 96,
  marker: false,
  sequenceNumber: sequenceNumber & 0xffff,
  timestamp: 0,
  ssrc: 1,
  extensions: [],
  payload: Uint8Array.of(1),
});

const drain = (buffer: JitterBuffer, now: number): (number | string)[] => {
  const out: (number | string)[] = [];
  for (let next: JitterBufferOutput | undefined = buffer.pop(now); next; next = buffer.pop(now)) {
    out.push(next.type === 'gap' ? `gap ${next.lost}` : next.packet.sequenceNumber);
  }
  return out;
};

describe('jitter buffer', () => {
  it('hands packets out at once while they are in order, across the wrap', () => {
    const buffer = new JitterBuffer();
    for (const s of [65_534, 65_535, 0, 1]) {
      buffer.push(packet(s), 0);
      expect(drain(buffer, 0)).toEqual([s]);
    }
    expect(buffer.deadline).toBeUndefined();
  });

  it('waits for a missing packet and puts it in its place', () => {
    const buffer = new JitterBuffer({ maxWaitMs: 120 });
    for (const s of [10, 12, 13]) buffer.push(packet(s), s);
    expect(drain(buffer, 13)).toEqual([10]);
    expect(buffer.deadline).toBe(12 + 120);
    buffer.push(packet(11), 100);
    expect(drain(buffer, 100)).toEqual([11, 12, 13]);
    expect(buffer.stats).toMatchObject({ reordered: 1, lost: 0, late: 0 });
  });

  it('gives a missing packet up after maxWaitMs and then drops it as late', () => {
    const buffer = new JitterBuffer({ maxWaitMs: 120 });
    for (const s of [10, 13]) buffer.push(packet(s), 0);
    expect(drain(buffer, 119)).toEqual([10]);
    expect(drain(buffer, 120)).toEqual(['gap 2', 13]);
    expect(buffer.push(packet(11), 121)).toBeUndefined();
    expect(buffer.stats).toMatchObject({ lost: 2, late: 1 });
  });

  it('drops duplicates', () => {
    const buffer = new JitterBuffer();
    for (const s of [1, 3, 3]) buffer.push(packet(s), 0);
    expect(buffer.stats.duplicates).toBe(1);
    expect(buffer.held).toBe(2);
  });

  it('stays bounded when the sender jumps ahead', () => {
    const buffer = new JitterBuffer({ capacity: 16 });
    for (const s of [0, 2, 3, 5000]) buffer.push(packet(s), 0);
    expect(buffer.held).toBeLessThanOrEqual(16);
    expect(drain(buffer, 200)).toEqual(['gap 4985', 'gap 15', 5000]);
  });

  it('follows a sender that starts over', () => {
    const buffer = new JitterBuffer();
    for (const s of [30_000, 30_001]) buffer.push(packet(s), 0);
    drain(buffer, 0);
    for (const s of [5, 6, 7, 8, 9]) buffer.push(packet(s), 1);
    expect(drain(buffer, 1)).toEqual(['gap 1', 8, 9]);
    expect(buffer.stats.restarts).toBe(1);
  });

  it('takes a lost burst that comes late for late, not for a sender that starts over', () => {
    const buffer = new JitterBuffer({ maxWaitMs: 120 });
    buffer.push(packet(109), 0);
    for (const s of [115, 116, 117, 118, 119, 120]) buffer.push(packet(s), 0);
    expect(drain(buffer, 120)).toEqual([109, 'gap 5', 115, 116, 117, 118, 119, 120]);
    for (const s of [110, 111, 112, 113, 114]) expect(buffer.push(packet(s), 130)).toBeUndefined();
    expect(drain(buffer, 130)).toEqual([]);
    buffer.push(packet(121), 131);
    expect(drain(buffer, 131)).toEqual([121]);
    expect(buffer.stats).toMatchObject({ late: 5, lost: 5, restarts: 0 });
  });

  it('does not follow single packets from far behind', () => {
    const buffer = new JitterBuffer();
    buffer.push(packet(30_000), 0);
    for (const s of [5, 9, 10, 11, 90]) buffer.push(packet(s), 1);
    expect(drain(buffer, 1)).toEqual([30_000]);
    expect(buffer.stats).toMatchObject({ late: 5, restarts: 0 });
  });

  it('hands out in rising order and counts everything, whatever comes', () => {
    const arrivals = fc.array(fc.tuple(fc.integer({ min: -60, max: 60 }), fc.nat(80)), { maxLength: 300 });
    fc.assert(
      fc.property(arrivals, fc.nat(0xffff), (steps, start) => {
        const buffer = new JitterBuffer({ capacity: 64 });
        let now = 0;
        let at = start;
        let last = -Infinity;
        let restarts = 0;
        let handedOut = 0;
        for (const [jump, wait] of steps) {
          now += wait;
          at += 1;
          if (jump < -55) at += jump * 200;
          buffer.push(packet(at + (jump > 40 || jump < -50 ? jump : 0)), now);
          if (buffer.stats.restarts > restarts) {
            restarts = buffer.stats.restarts;
            last = -Infinity;
          }
          for (let out = buffer.pop(now); out; out = buffer.pop(now)) {
            if (out.type === 'gap') continue;
            expect(out.sequence).toBeGreaterThan(last);
            last = out.sequence;
            handedOut++;
          }
          expect(buffer.held).toBeLessThanOrEqual(64);
        }
        expect(handedOut + buffer.held).toBeLessThanOrEqual(buffer.stats.received);
      }),
    );
  });
});
