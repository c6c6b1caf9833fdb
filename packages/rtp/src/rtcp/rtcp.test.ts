import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../bytes.ts';
import { serializeGenericNack } from './generic-nack.ts';
import { serializePictureLossIndication } from './keyframe-request.ts';
import { serializeReceiverReport } from './receiver-report.ts';
import { parseRtcp } from './rtcp-packet.ts';
import { serializeSenderReport } from './sender-report.ts';
import { serializeSourceDescription } from './source-description.ts';

const block = {
  ssrc: 5,
  fractionLost: 0.25,
  packetsLost: -2,
  extendedHighestSequenceNumber: 70_000,
  jitter: 12,
  lastSenderReport: 0xdeadbeef,
  delaySinceLastSenderReport: 65_536,
};

describe('RTCP', () => {
  it('parses a compound packet element by element', () => {
    const compound = concatBytes([
      serializeSenderReport({
        ssrc: 0xfffffffe,
        ntp: 3_900_000_000_250.5,
        rtpTimestamp: 0xfffffff0,
        packetCount: 3,
        octetCount: 4,
        reports: [block],
      }),
      serializeSourceDescription(0xfffffffe, 'a@b'),
      serializeReceiverReport({ ssrc: 9, reports: [block, block] }),
      serializePictureLossIndication({ senderSsrc: 1, mediaSsrc: 2 }),
      serializeGenericNack({ senderSsrc: 1, mediaSsrc: 2, sequenceNumbers: [7] }),
    ]);
    const [sr, sdes, rr, pli, nack] = parseRtcp(compound);
    expect(sr).toMatchObject({ type: 'senderReport', ssrc: 0xfffffffe, rtpTimestamp: 0xfffffff0, reports: [block] });
    expect(sr).toHaveProperty('ntp', expect.closeTo(3_900_000_000_250.5, 3));
    // 3 900 000 000 s = 0xE8754700; 0.2505 s = 0x4020… / 2^32.
    expect(sr).toHaveProperty('ntpMiddle', 0x47004020);
    expect(sdes).toEqual({ type: 'other', payloadType: 202 });
    expect(rr).toEqual({ type: 'receiverReport', ssrc: 9, reports: [block, block] });
    expect(pli).toEqual({ type: 'pli', senderSsrc: 1, mediaSsrc: 2 });
    expect(nack).toEqual({ type: 'nack', senderSsrc: 1, mediaSsrc: 2, sequenceNumbers: [7] });
  });

  it('reads full intra requests by their entry', () => {
    const fir = Uint8Array.of(0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 1, 0, 0, 0);
    expect(parseRtcp(fir)).toEqual([{ type: 'fir', senderSsrc: 1, mediaSsrc: 9 }]);
  });

  it('packs neighbours of a NACK into one item, across the wrap', () => {
    const bytes = serializeGenericNack({ senderSsrc: 1, mediaSsrc: 2, sequenceNumbers: [65_530, 65_535, 0, 10, 11] });
    expect(bytes.length).toBe(12 + 2 * 4);
    expect(parseRtcp(bytes)).toMatchObject([{ sequenceNumbers: [65_530, 65_535, 0, 10, 11] }]);
  });

  it('round-trips any set of missing packets', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(0xffff), { minLength: 1, maxLength: 60 }), (numbers) => {
        const sequenceNumbers = numbers.sort((a, b) => a - b);
        const bytes = serializeGenericNack({ senderSsrc: 1, mediaSsrc: 2, sequenceNumbers });
        expect(parseRtcp(bytes)).toMatchObject([{ sequenceNumbers }]);
      }),
    );
  });

  it('keeps what came before a malformed element', () => {
    const good = serializePictureLossIndication({ senderSsrc: 1, mediaSsrc: 2 });
    expect(parseRtcp(concatBytes([good, Uint8Array.of(0x81, 206, 0, 200, 1, 2)]))).toHaveLength(1);
    expect(parseRtcp(Uint8Array.of(0x85, 200, 0, 6, ...new Uint8Array(24)))).toEqual([]);
  });

  it('never throws on garbage', () => {
    const types = fc.constantFrom(200, 201, 202, 203, 204, 205, 206, 207);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 120 }), types, fc.nat(31), (bytes, type, count) => {
        bytes[0] = 0x80 | count;
        bytes[1] = type;
        bytes[2] = 0;
        bytes[3] = Math.min(bytes[3] as number, Math.floor(bytes.length / 4) - 1);
        parseRtcp(bytes);
      }),
    );
  });
});
