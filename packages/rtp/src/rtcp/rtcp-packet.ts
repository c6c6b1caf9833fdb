import { viewOf } from '../bytes.ts';
import { parseGenericNack } from './generic-nack.ts';
import { parsePayloadFeedback } from './keyframe-request.ts';
import { parseReceiverReport } from './receiver-report.ts';
import { parseSenderReport } from './sender-report.ts';
import type { RtcpPacket } from './types.ts';

/**
 * Parses a compound packet (RFC 3550, 6.1), reduced-size ones included (RFC 5506). Stops at the first malformed
 * element and returns what came before it; never throws. Elements of other types are `{ type: 'other' }`.
 */
export function parseRtcp(datagram: Uint8Array): RtcpPacket[] {
  const found: RtcpPacket[] = [];
  let offset = 0;
  while (offset + 4 <= datagram.length) {
    const view = viewOf(datagram.subarray(offset));
    const first = view.getUint8(0);
    const size = (view.getUint16(2) + 1) * 4;
    if (first >> 6 !== 2 || offset + size > datagram.length) break;
    const packet = parseElement(first & 0x1f, view.getUint8(1), datagram.subarray(offset, offset + size));
    if (!packet) break;
    found.push(packet);
    offset += size;
  }
  return found;
}

/** @param count the five bits beside the version: a report count or a feedback message type */
function parseElement(count: number, payloadType: number, element: Uint8Array): RtcpPacket | undefined {
  switch (payloadType) {
    case 200:
      return parseSenderReport(count, element);
    case 201:
      return parseReceiverReport(count, element);
    case 205:
      return count === 1 ? parseGenericNack(element) : { type: 'other', payloadType };
    case 206:
      return count === 1 || count === 4 ? parsePayloadFeedback(count, element) : { type: 'other', payloadType };
    default:
      return { type: 'other', payloadType };
  }
}
