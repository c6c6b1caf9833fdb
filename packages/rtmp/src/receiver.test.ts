import { describe, expect, it } from 'vitest';
import { type AmfValue, readAmf, writeAmf } from './amf0.ts';
import { ChunkReader, ChunkWriter, type RtmpMessage } from './chunks.ts';
import { avcBody, avcHeader } from './flv.ts';
import { HANDSHAKE_BYTES, MESSAGE, VERSION } from './message-types.ts';
import { RtmpPublisher } from './publisher.ts';
import { type Publication, RtmpReceiver } from './receiver.ts';

const u32 = (value: number): Uint8Array => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);

/** The receiver and what it does; `said` are its answers to commands. */
function receiving(options: { readonly onPublish?: (receiver: RtmpReceiver, publication: Publication) => void } = {}) {
  const reader = new ChunkReader({ maxMessageBytes: 10_000 });
  const answers: RtmpMessage[] = [];
  const media: RtmpMessage[] = [];
  const asked: Publication[] = [];
  let greeting = Buffer.alloc(0);
  let ended = 0;
  const receiver: RtmpReceiver = new RtmpReceiver({
    send: (bytes) => {
      if (greeting.byteLength < 1 + 2 * HANDSHAKE_BYTES) greeting = Buffer.concat([greeting, bytes]);
      else answers.push(...reader.read(bytes));
    },
    onPublish: (publication) => {
      asked.push(publication);
      options.onPublish?.(receiver, publication);
    },
    onMedia: (message) => media.push(message),
    onEnd: () => {
      ended += 1;
    },
  });
  const writer = new ChunkWriter();
  return {
    receiver,
    media,
    asked,
    answers,
    ended: () => ended,
    greeting: () => greeting,
    said: () => answers.filter(({ type }) => type === MESSAGE.command).map(({ body }) => readAmf(body)),
    greet: () => receiver.receive(new Uint8Array(1 + 2 * HANDSHAKE_BYTES).fill(VERSION, 0, 1)),
    command: (...values: readonly AmfValue[]) =>
      receiver.receive(
        writer.write(3, { type: MESSAGE.command, streamId: 0, timestamp: 0, body: writeAmf(...values) }),
      ),
    message: (type: number, body: Uint8Array) =>
      receiver.receive(writer.write(4, { type, streamId: 1, timestamp: 7, body })),
  };
}

describe('a connection that comes in', () => {
  it('ING13: takes what our own publisher sends, however its bytes are cut', () => {
    for (const cut of [1, 700, 100_000]) {
      const media: RtmpMessage[] = [];
      const told: string[] = [];
      const toPublisher: Uint8Array[] = [];
      const toReceiver: Uint8Array[] = [];
      const receiver: RtmpReceiver = new RtmpReceiver({
        send: (bytes) => toPublisher.push(bytes),
        onPublish: ({ app, streamKey }) => {
          told.push(`${app}/${streamKey}`);
          receiver.accept();
        },
        onMedia: (message) => media.push(message),
        onEnd: () => told.push('end'),
      });
      const publisher = new RtmpPublisher({
        target: { app: 'live', url: 'rtmp://here/live', streamKey: 'KEY?name=A' },
        send: (bytes) => toReceiver.push(bytes),
        onPublishing: () => {
          publisher.video(0, avcHeader(Uint8Array.of(1, 2)));
          publisher.video(0x1_000_000, avcBody(new Uint8Array(9_000).fill(5), true));
          publisher.end();
        },
      });
      const pass = (from: Uint8Array[], take: (bytes: Uint8Array) => void): void => {
        const bytes = Buffer.concat(from.splice(0));
        for (let at = 0; at < bytes.byteLength; at += cut) take(bytes.subarray(at, at + cut));
      };
      publisher.start();
      // It hears that it has ended, as from a server that cut it off.
      const hear = (bytes: Uint8Array): void => {
        try {
          publisher.receive(bytes);
        } catch (error) {
          expect(error).toMatchObject({ code: 'rtmp_refused' });
        }
      };
      while (toReceiver.length + toPublisher.length > 0) {
        pass(toReceiver, (bytes) => receiver.receive(bytes));
        pass(toPublisher, hear);
      }
      expect(told).toEqual(['live/KEY?name=A', 'end']);
      expect(media.map(({ type, timestamp, body }) => [type, timestamp, body.byteLength])).toEqual([
        [MESSAGE.video, 0, 7],
        [MESSAGE.video, 0x1_000_000, 9_005],
      ]);
    }
  });

  it('ING13: answers each command by its number, as encoders wait for it', () => {
    const one = receiving({ onPublish: (receiver) => receiver.accept() });
    one.greet();
    expect([one.greeting()[0], one.greeting().byteLength]).toEqual([VERSION, 1 + 2 * HANDSHAKE_BYTES]);
    one.command('connect', 1, { app: 'live' });
    one.command('releaseStream', 2, null, 'KEY');
    one.command('FCPublish', 3, null, 'KEY');
    one.command('createStream', 4, null);
    one.command('publish', 5, null, 'KEY', 'live');
    const [connected, ...rest] = one.said();
    expect(connected).toMatchObject(['_result', 1, {}, { code: 'NetConnection.Connect.Success' }]);
    expect(rest).toEqual([
      ['_result', 2, null, undefined],
      ['_result', 3, null, undefined],
      ['_result', 4, null, 1],
      ['onStatus', 0, null, { level: 'status', code: 'NetStream.Publish.Start', description: 'publishing' }],
    ]);
    expect(one.asked).toEqual([{ app: 'live', streamKey: 'KEY' }]);
  });

  it('ING14: who is refused is told a code and why, and its media go nowhere', () => {
    const one = receiving({
      onPublish: (receiver) => receiver.refuse('NetStream.Publish.BadName', 'stream key: unknown'),
    });
    one.greet();
    one.command('connect', 1, { app: 'live' });
    one.command('publish', 2, null, 'KEY');
    expect(one.said().at(-1)).toEqual([
      'onStatus',
      0,
      null,
      { level: 'error', code: 'NetStream.Publish.BadName', description: 'stream key: unknown' },
    ]);
    one.message(MESSAGE.video, Uint8Array.of(0x17, 0));
    one.receiver.accept();
    one.message(MESSAGE.video, Uint8Array.of(0x17, 0));
    expect(one.media).toEqual([]);
  });

  it('ING14: nothing is played', () => {
    const one = receiving();
    one.greet();
    one.command('connect', 1, { app: 'live' });
    one.command('play', 2, null, 'KEY');
    expect(one.said().at(-1)).toMatchObject(['onStatus', 0, null, { code: 'NetStream.Play.StreamNotFound' }]);
    expect(one.ended()).toBe(1);
  });

  it('ING13: acknowledges by the window it is told, and answers pings', () => {
    const one = receiving();
    one.greet();
    one.message(MESSAGE.windowSize, u32(100));
    one.message(MESSAGE.userControl, Uint8Array.of(0, 6, 1, 2, 3, 4));
    const types = one.answers.map(({ type }) => type);
    expect(types).toEqual([MESSAGE.acknowledgement, MESSAGE.userControl]);
    expect([...one.answers[1]!.body]).toEqual([0, 7, 1, 2, 3, 4]);
  });

  it.each<[string, (one: ReturnType<typeof receiving>) => void]>([
    ['another version', (one) => one.receiver.receive(Uint8Array.of(6))],
    [
      'publish before connect',
      (one) => {
        one.greet();
        one.command('publish', 1, null, 'KEY');
      },
    ],
    [
      'a second publish',
      (one) => {
        one.greet();
        one.command('connect', 1, {});
        one.command('publish', 2, null, 'KEY');
        one.command('publish', 3, null, 'KEY');
      },
    ],
    [
      'commands without end',
      (one) => {
        one.greet();
        for (let n = 0; n < 65; n++) one.command('createStream', n, null);
      },
    ],
    [
      'a long command',
      (one) => {
        one.greet();
        one.command('connect', 1, { app: 'x'.repeat(20_000) });
      },
    ],
  ])('ING16: refuses %s', (_, act) => {
    expect(() => act(receiving())).toThrow(expect.objectContaining({ code: 'rtmp_malformed' }));
  });
});

it('ING16: messages that are begun and not ended are bounded together', () => {
  const reader = new ChunkReader({ maxMessageBytes: 1_000 });
  const begin = (stream: number): Uint8Array =>
    new ChunkWriter().write(stream, { type: 9, streamId: 1, timestamp: 0, body: new Uint8Array(900) }).subarray(0, 140);
  reader.read(begin(4));
  reader.read(begin(5));
  expect(() => reader.read(begin(6))).toThrow(expect.objectContaining({ code: 'rtmp_malformed' }));
});
