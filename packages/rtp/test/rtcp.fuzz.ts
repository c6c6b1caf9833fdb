import { defineFuzzTarget, mutatedBytes } from '@amphi/testkit/fuzz';
import { concatBytes } from '../src/bytes.ts';
import { serializeGenericNack } from '../src/rtcp/generic-nack.ts';
import { serializePictureLossIndication } from '../src/rtcp/keyframe-request.ts';
import { serializeReceiverReport } from '../src/rtcp/receiver-report.ts';
import { parseRtcp } from '../src/rtcp/rtcp-packet.ts';
import { serializeSenderReport } from '../src/rtcp/sender-report.ts';
import { serializeSourceDescription } from '../src/rtcp/source-description.ts';

const reports = [
  {
    ssrc: 5,
    fractionLost: 0.25,
    packetsLost: -2,
    extendedHighestSequenceNumber: 70_000,
    jitter: 12,
    lastSenderReport: 1,
    delaySinceLastSenderReport: 2,
  },
];
const elements = [
  serializeSenderReport({ ssrc: 6, ntp: 3_900_000_000_250, rtpTimestamp: 9, packetCount: 3, octetCount: 4, reports }),
  serializeSourceDescription(6, 'a@b'),
  serializeReceiverReport({ ssrc: 9, reports }),
  serializePictureLossIndication({ senderSsrc: 1, mediaSsrc: 2 }),
  serializeGenericNack({ senderSsrc: 1, mediaSsrc: 2, sequenceNumbers: [7, 9, 400] }),
];

/** Compound RTCP packets (RFC 3550, 6.1): never throws, and never makes more elements than the bytes can hold. */
export default defineFuzzTarget({
  inputs: mutatedBytes([...elements, concatBytes(elements)]),
  check(datagram) {
    const found = parseRtcp(datagram);
    if (found.length * 4 > datagram.byteLength)
      throw new Error(`${found.length} elements of ${datagram.byteLength} bytes`);
  },
});
