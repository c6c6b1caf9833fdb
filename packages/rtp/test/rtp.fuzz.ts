import { defineFuzzTarget, mutatedBytes } from '@amphi/testkit/fuzz';
import fc from 'fast-check';
import { H264Depacketizer, packetizeH264 } from '../src/h264.ts';
import { JitterBuffer } from '../src/jitter-buffer.ts';
import { parseRtpPacket, serializeRtpPacket } from '../src/rtp-packet.ts';
import { unwrapRtx } from '../src/rtx.ts';
import { packetizeVp8, Vp8Depacketizer } from '../src/vp8.ts';
import { Vp9Depacketizer } from '../src/vp9.ts';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const filled = (length: number, first: number): Uint8Array => new Uint8Array(length).fill(0x55).fill(first, 0, 1);

/** Payloads as senders make them: a VP8 keyframe, an H.264 access unit of three NAL units, fragments of both, VP9 of two layers, Opus. */
const payloads = [
  ...packetizeVp8(filled(2600, 0x10), 300),
  ...packetizeH264(
    Uint8Array.from([...bytes(0, 0, 0, 1), ...filled(20, 0x67), ...bytes(0, 0, 0, 1), ...filled(8, 0x68)]),
  ),
  ...packetizeH264(Uint8Array.from([...bytes(0, 0, 0, 1), ...filled(2600, 0x65)])),
  bytes(0xfc, 1, 2, 3),
  bytes(0xae, 0x81, 0x02, 0, 0, 0x38, 1, 0x40, 0, 0xb4, 2, 0x80, 1, 0x68, 1, 4, 1, 0x82, 0x49, 0x83, 0x42, 1, 2, 3),
  bytes(0xac, 0x81, 0x02, 0x03, 0, 0x86, 1, 2),
];

const packets = payloads.map((payload, index) =>
  serializeRtpPacket({
    payloadType: 96,
    marker: index % 2 === 1,
    sequenceNumber: (0xfffe + index) & 0xffff,
    timestamp: 3000 * (index >> 1),
    ssrc: 7,
    extensions: index % 3 === 0 ? [{ id: 4, data: bytes(1, 2, 3) }] : [],
    payload,
  }),
);

/** What a datagram meets on its way to a decoder: parser, retransmission, reordering, and the codecs' depacketizers. */
export default defineFuzzTarget({
  inputs: fc.array(mutatedBytes(packets), { minLength: 1, maxLength: 40 }),
  check(datagrams) {
    const depacketizers = [new Vp8Depacketizer(), new H264Depacketizer(), new Vp9Depacketizer()];
    const buffer = new JitterBuffer();
    let now = 1_000;
    let pushed = 0;
    let popped = 0;
    for (const datagram of datagrams) {
      now += 7;
      const packet = parseRtpPacket(datagram);
      if (!packet) continue;
      if (packet.payload.byteLength > datagram.byteLength) throw new Error('payload is longer than its datagram');
      unwrapRtx(packet, { ssrc: 1, payloadType: 97 });
      buffer.push(packet, now);
      pushed += 1;
      for (let out = buffer.pop(now); out; out = buffer.pop(now)) {
        if (out.type === 'packet') popped += 1;
        for (const depacketizer of depacketizers) {
          if (out.type === 'packet') depacketizer.push(out.packet);
          else depacketizer.handleGap();
        }
      }
    }
    if (popped > pushed) throw new Error(`${popped} packets came out of ${pushed}`);
  },
});
