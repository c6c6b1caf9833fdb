import { viewOf } from './bytes.ts';
import type { RtpPacket } from './rtp-packet.ts';

/**
 * The original packet inside a retransmission (RFC 4588, 4): the first two payload bytes are its sequence number.
 * @returns undefined when there is no original inside, as in padding that is sent to probe the bandwidth
 */
export function unwrapRtx(packet: RtpPacket, original: { ssrc: number; payloadType: number }): RtpPacket | undefined {
  if (packet.payload.length < 3) return undefined;
  return {
    ...packet,
    ssrc: original.ssrc,
    payloadType: original.payloadType,
    sequenceNumber: viewOf(packet.payload).getUint16(0),
    payload: packet.payload.subarray(2),
  };
}

/** Wraps a packet for sending it again on the retransmission stream. */
export function wrapRtx(
  packet: RtpPacket,
  retransmission: { ssrc: number; payloadType: number; sequenceNumber: number },
): RtpPacket {
  const payload = new Uint8Array(packet.payload.length + 2);
  viewOf(payload).setUint16(0, packet.sequenceNumber);
  payload.set(packet.payload, 2);
  return { ...packet, ...retransmission, payload };
}
