/**
 * Proves that a worker carries media: two WebRTC transports of one router shake hands by DTLS and pass an RTP stream
 * from one to the other as SRTP. No browser, no other program: this process plays the ICE side of both peers and relays
 * their datagrams over loopback.
 *
 * A worker that only starts proves nothing: one linked to the wrong libraries makes transports by the hundred and dies
 * at its first handshake.
 *
 * Run as `node self-test.mjs` with MEDIASOUP_WORKER_BIN set (mediasoup reads it while it loads). Exit 0: it works.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createWorker } from 'mediasoup';

const TIME_LIMIT_MS = 15_000;
const RTP_INTERVAL_MS = 20;
const HOST = '127.0.0.1';

const OPUS = /** @type {const} */ ({ kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2 });
const SOURCE_SSRC = 0x414d5048;
const PAYLOAD = Buffer.from('carried from one end to the other');

/** @typedef {import('mediasoup').types.WebRtcTransport<import('mediasoup').types.AppData>} WebRtcTransport */

setTimeout(() => finish(1, `no media within ${TIME_LIMIT_MS / 1000} s`), TIME_LIMIT_MS).unref();

const worker = await createWorker({ logLevel: 'warn' });
worker.on('died', (error) => finish(1, `the worker died: ${error.message}`));
const router = await worker.createRouter({ mediaCodecs: [OPUS] });
const source = await router.createDirectTransport();
const sink = await router.createDirectTransport();
const [near, far] = await Promise.all([webRtcTransport(), webRtcTransport()]);

const relay = await Promise.all([near, far].map(bindTo));
relay.forEach((end, index) => {
  end.socket.on('message', (packet) => {
    if (isStun(packet)) return;
    const other = relay[1 - index];
    other?.socket.send(packet, other.port, HOST);
  });
});
// mediasoup takes the role of the remote end: the first becomes the DTLS server, the second the client.
await near.connect({ dtlsParameters: { ...far.dtlsParameters, role: 'client' } });
await far.connect({ dtlsParameters: { ...near.dtlsParameters, role: 'server' } });
for (const { socket, port, request } of relay) socket.send(request, port, HOST);

const producer = await source.produce({
  kind: 'audio',
  rtpParameters: {
    codecs: [{ mimeType: OPUS.mimeType, payloadType: 100, clockRate: OPUS.clockRate, channels: OPUS.channels }],
    encodings: [{ ssrc: SOURCE_SSRC }],
  },
});
const sent = await near.consume({ producerId: producer.id, rtpCapabilities: router.rtpCapabilities });
const received = await far.produce({ kind: 'audio', rtpParameters: sent.rtpParameters });
const arrived = await sink.consume({ producerId: received.id, rtpCapabilities: router.rtpCapabilities });
arrived.on('rtp', (packet) => {
  if (packet.subarray(-PAYLOAD.length).equals(PAYLOAD)) finish(0, 'DTLS and SRTP work');
});

let sequence = 0;
setInterval(() => {
  producer.send(rtpPacket(sequence));
  sequence += 1;
}, RTP_INTERVAL_MS);

function webRtcTransport() {
  return router.createWebRtcTransport({ listenInfos: [{ protocol: 'udp', ip: HOST }] });
}

/**
 * A socket that stands for the peer of a transport, and the binding request that makes the transport send to it.
 * @param {WebRtcTransport} transport
 */
async function bindTo(transport) {
  const port = transport.iceCandidates[0]?.port;
  if (port === undefined) throw new Error('the transport has no candidate');
  const socket = createSocket('udp4');
  await new Promise((resolve) => socket.bind(0, HOST, () => resolve(undefined)));
  const { usernameFragment, password } = transport.iceParameters;
  return { socket, port, request: bindingRequest(usernameFragment, password) };
}

/**
 * A connectivity check of a controlling agent that nominates at once (RFC 8445, 7.2.2 and RFC 8489).
 * @param {string} remoteFragment
 * @param {string} remotePassword
 * @returns {Buffer}
 */
function bindingRequest(remoteFragment, remotePassword) {
  const transaction = randomBytes(12);
  /** @param {Buffer} attributes @param {number} following bytes still to come, which the length field must count */
  const message = (attributes, following) => {
    const header = Buffer.alloc(8);
    header.writeUInt16BE(0x0001, 0);
    header.writeUInt16BE(attributes.length + following, 2);
    header.writeUInt32BE(0x2112a442, 4);
    return Buffer.concat([header, transaction, attributes]);
  };
  const claims = Buffer.concat([
    stunAttribute(0x0006, Buffer.from(`${remoteFragment}:self`)), // USERNAME
    stunAttribute(0x0024, Buffer.from([0x7e, 0xff, 0xff, 0xff])), // PRIORITY
    stunAttribute(0x802a, randomBytes(8)), // ICE-CONTROLLING
    stunAttribute(0x0025, Buffer.alloc(0)), // USE-CANDIDATE
  ]);
  const integrity = createHmac('sha1', remotePassword).update(message(claims, 24)).digest();
  const signed = Buffer.concat([claims, stunAttribute(0x0008, integrity)]); // MESSAGE-INTEGRITY
  const fingerprint = Buffer.alloc(4);
  fingerprint.writeUInt32BE((crc32(message(signed, 8)) ^ 0x5354554e) >>> 0);
  return message(Buffer.concat([signed, stunAttribute(0x8028, fingerprint)]), 0); // FINGERPRINT
}

/**
 * @param {number} type
 * @param {Buffer} value padded to four bytes, the length field counts it unpadded
 */
function stunAttribute(type, value) {
  const attribute = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  attribute.writeUInt16BE(type, 0);
  attribute.writeUInt16BE(value.length, 2);
  value.copy(attribute, 4);
  return attribute;
}

/**
 * STUN begins with a byte below 4, DTLS with 20 to 63, RTP with 128 to 191 (RFC 7983).
 * @param {Buffer} packet
 */
function isStun(packet) {
  return (packet[0] ?? 0) < 4;
}

/** @param {number} index */
function rtpPacket(index) {
  const header = Buffer.alloc(12);
  header[0] = 0x80;
  header[1] = 100;
  header.writeUInt16BE(index & 0xffff, 2);
  header.writeUInt32BE(index * 960, 4);
  header.writeUInt32BE(SOURCE_SSRC, 8);
  return Buffer.concat([header, PAYLOAD]);
}

/**
 * The CRC of ISO 3309, as zlib's; `zlib.crc32` exists only from Node 22 on.
 * @param {Buffer} bytes
 */
function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/**
 * @param {number} exitCode
 * @param {string} message
 */
function finish(exitCode, message) {
  worker?.close();
  process.stdout.write(`${message}\n`, () => process.exit(exitCode));
}
