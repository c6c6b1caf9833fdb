import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { types } from 'mediasoup';
import * as mediasoup from 'mediasoup';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** What the worker sends at one time, on a real worker: the set-up's own sends it in batches (docs/decisions/0028). */

const SSRC = 4711;
const PAYLOAD_TYPE = 111;
const RTP_HEADER_BYTES = 12;
/** Runs of one size with a shorter end, as frames are cut; longer ones in between; the shortest; the longest in a network. */
const SIZES = [900, 900, 900, 340, 900, 901, 901, 1, 1, 60, 60, 1188, 1188, 1188, 1188, 2, 700];
const BURSTS = 12;

let worker: types.Worker;
let router: types.Router;
const receivers: Socket[] = [];

beforeAll(async () => {
  worker = await mediasoup.createWorker({ logLevel: 'error' });
  router = await worker.createRouter({
    mediaCodecs: [
      { kind: 'audio', mimeType: 'audio/opus', preferredPayloadType: PAYLOAD_TYPE, clockRate: 48_000, channels: 2 },
    ],
  });
});

afterAll(async () => {
  for (const receiver of receivers) receiver.close();
  worker.close();
  await new Promise<void>((resolve) => worker.once('subprocessclose', resolve));
});

async function subscribe(producerId: string, family: 'udp4' | 'udp6'): Promise<Buffer[]> {
  const ip = family === 'udp4' ? '127.0.0.1' : '::1';
  const receiver = createSocket(family);
  receivers.push(receiver);
  receiver.bind(0, ip);
  await once(receiver, 'listening');
  const payloads: Buffer[] = [];
  receiver.on('message', (packet) => {
    const isRtp = (packet[1]! & 0x7f) === PAYLOAD_TYPE;
    if (isRtp) payloads.push(payloadOf(packet));
  });
  const transport = await router.createPlainTransport({ listenInfo: { protocol: 'udp', ip }, rtcpMux: true });
  await transport.connect({ ip, port: receiver.address().port });
  const consumer = await transport.consume({
    producerId,
    rtpCapabilities: {
      codecs: [
        { kind: 'audio', mimeType: 'audio/opus', preferredPayloadType: PAYLOAD_TYPE, clockRate: 48_000, channels: 2 },
      ],
    },
  });
  expect(consumer.rtpParameters.codecs[0]?.payloadType).toBe(PAYLOAD_TYPE);
  return payloads;
}

/** What is behind the header and its extensions, which the worker adds (RFC 3550, 5.3.1). */
function payloadOf(packet: Buffer): Buffer {
  return packet.subarray(RTP_HEADER_BYTES + 4 + packet.readUInt16BE(RTP_HEADER_BYTES + 2) * 4);
}

function packetOf(number: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(RTP_HEADER_BYTES);
  header[0] = 0x80;
  header[1] = PAYLOAD_TYPE;
  header.writeUInt16BE(number & 0xffff, 2);
  header.writeUInt32BE(number * 960, 4);
  header.writeUInt32BE(SSRC, 8);
  return Buffer.concat([header, payload]);
}

test('packets of any sizes that are sent at one time come to each receiver whole and in order', async () => {
  const source = await router.createDirectTransport();
  const producer = await source.produce({
    kind: 'audio',
    rtpParameters: {
      codecs: [{ mimeType: 'audio/opus', payloadType: PAYLOAD_TYPE, clockRate: 48_000, channels: 2 }],
      encodings: [{ ssrc: SSRC }],
    },
  });
  const received = await Promise.all(
    (['udp4', 'udp4', 'udp4', 'udp6'] as const).map((family) => subscribe(producer.id, family)),
  );
  const sent: Buffer[] = [];
  for (let burst = 0; burst < BURSTS; burst++) {
    for (const size of SIZES) {
      const payload = Buffer.alloc(size, sent.length % 251);
      producer.send(packetOf(sent.length, payload));
      sent.push(payload);
    }
    // A socket's buffer holds a burst, not all of them.
    await expect
      .poll(() => received.map(({ length }) => length), { timeout: 10_000 })
      .toEqual(received.map(() => sent.length));
  }
  const shown = (payloads: readonly Buffer[]) => payloads.map((payload) => `${payload.length} of ${payload[0]}`);
  for (const payloads of received) {
    expect(shown(payloads)).toEqual(shown(sent));
    expect(Buffer.concat(payloads).equals(Buffer.concat(sent))).toBe(true);
  }
});
