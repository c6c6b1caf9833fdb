import { defineFuzzTarget, mutatedBytes } from '@amphi/testkit/fuzz';
import fc from 'fast-check';
import { type AmfValue, writeAmf } from '../src/amf0.ts';
import { ChunkWriter } from '../src/chunks.ts';
import { RtmpError } from '../src/errors.ts';
import { aacBody, aacHeader, avcBody, avcHeader } from '../src/flv.ts';
import { readAudioTag, readVideoTag, splitAvcConfig, toAnnexB } from '../src/flv-reader.ts';
import { HANDSHAKE_BYTES, MESSAGE, VERSION } from '../src/message-types.ts';
import { RtmpReceiver } from '../src/receiver.ts';

const writer = new ChunkWriter();
const command = (...values: readonly AmfValue[]): Uint8Array =>
  writer.write(3, { type: MESSAGE.command, streamId: 0, timestamp: 0, body: writeAmf(...values) });
const media = (type: number, timestamp: number, body: Uint8Array): Uint8Array =>
  writer.write(type === MESSAGE.video ? 6 : 4, { type, streamId: 1, timestamp, body });
const CONFIG = Uint8Array.of(1, 66, 0x40, 31, 0xff, 0xe1, 0, 2, 0x67, 1, 1, 0, 1, 0x68);

/** What an encoder sends, part by part. */
const parts = [
  command('connect', 1, { app: 'live', tcUrl: 'rtmp://here/live', fourCcList: ['hvc1'] }),
  command('releaseStream', 2, null, 'KEY'),
  command('createStream', 4, null),
  command('publish', 5, null, 'KEY', 'live'),
  media(MESSAGE.video, 0, avcHeader(CONFIG)),
  media(MESSAGE.audio, 0, aacHeader(Uint8Array.of(0x11, 0x90))),
  media(MESSAGE.video, 40, avcBody(Uint8Array.of(0, 0, 0, 2, 0x65, 1), true)),
  media(MESSAGE.audio, 0x1000000, aacBody(Uint8Array.of(1, 2, 3))),
  writer.write(2, { type: MESSAGE.setChunkSize, streamId: 0, timestamp: 0, body: Uint8Array.of(0, 0, 16, 0) }),
  writer.write(2, { type: MESSAGE.abort, streamId: 0, timestamp: 0, body: Uint8Array.of(0, 0, 0, 6) }),
  command('deleteStream', 7, null, 1),
];

/** What comes in on the RTMP port: handshake, chunks, commands, and the bodies of audio and video. */
export default defineFuzzTarget({
  inputs: fc.record({
    greeting: fc.oneof(
      { weight: 9, arbitrary: fc.constant(new Uint8Array(1 + 2 * HANDSHAKE_BYTES).fill(VERSION, 0, 1)) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
    ),
    script: fc.oneof(fc.constant(parts), fc.array(mutatedBytes(parts), { minLength: 1, maxLength: 30 })),
    last: mutatedBytes(parts),
    cut: fc.integer({ min: 1, max: 5_000 }),
  }),
  check({ greeting, script, last, cut }) {
    let asked = 0;
    const receiver: RtmpReceiver = new RtmpReceiver({
      send: () => {},
      onPublish: () => {
        asked += 1;
        receiver.accept();
      },
      onMedia: ({ type, body }) => {
        const tag = type === MESSAGE.video ? readVideoTag(body) : readAudioTag(body);
        if (type === MESSAGE.video && tag.kind === 'config') splitAvcConfig(tag.config);
        else if (tag.kind === 'coded') toAnnexB(tag.data, 4);
      },
      onEnd: () => {},
    });
    const bytes = Buffer.concat([greeting, ...script, last]);
    try {
      for (let at = 0; at < bytes.byteLength; at += cut) receiver.receive(bytes.subarray(at, at + cut));
    } catch (error) {
      if (!(error instanceof RtmpError)) throw error;
    }
    if (asked > 1) throw new Error('asked to publish more than once');
  },
});
