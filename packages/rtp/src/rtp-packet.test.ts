import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRtcp, parseRtpPacket, serializeRtpPacket } from './rtp-packet.ts';

const packet = fc.record({
  payloadType: fc.nat(127),
  marker: fc.boolean(),
  sequenceNumber: fc.nat(0xffff),
  timestamp: fc.nat(0xffffffff),
  ssrc: fc.nat(0xffffffff),
  extensions: fc.array(
    fc.record({ id: fc.integer({ min: 1, max: 14 }), data: fc.uint8Array({ minLength: 1, maxLength: 16 }) }),
    { maxLength: 4 },
  ),
  payload: fc.uint8Array({ maxLength: 64 }),
});

describe('RTP packets', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(packet, (p) => {
        expect(parseRtpPacket(serializeRtpPacket(p))).toEqual(p);
      }),
    );
  });

  it('lose CSRCs and padding', () => {
    // V=2, P, CC=1; marker, type 96; sequence 1; timestamp 2; SSRC 3; CSRC 4; payload AA; padding of 3.
    const bytes = Uint8Array.of(0xa1, 0xe0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0xaa, 0, 0, 3);
    expect(parseRtpPacket(bytes)).toEqual({
      payloadType: 96,
      marker: true,
      sequenceNumber: 1,
      timestamp: 2,
      ssrc: 3,
      extensions: [],
      payload: Uint8Array.of(0xaa),
    });
  });

  it('read the two-byte form of header extensions', () => {
    const header = [0x90, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3];
    const extension = [0x10, 0x00, 0, 2, 20, 3, 1, 2, 3, 0, 21, 0];
    expect(parseRtpPacket(Uint8Array.from([...header, ...extension, 9]))).toMatchObject({
      extensions: [
        { id: 20, data: Uint8Array.of(1, 2, 3) },
        { id: 21, data: new Uint8Array(0) },
      ],
      payload: Uint8Array.of(9),
    });
  });

  it('of another version, cut off, or with impossible padding are refused', () => {
    expect(parseRtpPacket(new Uint8Array(11))).toBeUndefined();
    expect(parseRtpPacket(Uint8Array.of(0x40, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3))).toBeUndefined();
    expect(parseRtpPacket(Uint8Array.of(0x8f, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3))).toBeUndefined();
    expect(parseRtpPacket(Uint8Array.of(0xa0, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 9))).toBeUndefined();
  });

  it('never throw on garbage', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        if (bytes.length > 0) bytes[0] = 0x80 | ((bytes[0] as number) & 0x3f);
        parseRtpPacket(bytes);
      }),
    );
  });

  it('are told from RTCP by the second byte (RFC 5761)', () => {
    expect(isRtcp(Uint8Array.of(0x80, 200, 0, 1, 0, 0, 0, 0))).toBe(true);
    expect(isRtcp(Uint8Array.of(0x80, 0x80 | 96, 0, 1, 0, 0, 0, 0))).toBe(false);
    expect(isRtcp(Uint8Array.of(0x80, 200))).toBe(false);
  });

  it('refuse extensions that the one-byte form cannot hold', () => {
    const base = {
      payloadType: 96,
      marker: false,
      sequenceNumber: 0,
      timestamp: 0,
      ssrc: 0,
      payload: new Uint8Array(0),
    };
    expect(() => serializeRtpPacket({ ...base, extensions: [{ id: 15, data: Uint8Array.of(1) }] })).toThrow('id 15');
  });
});
