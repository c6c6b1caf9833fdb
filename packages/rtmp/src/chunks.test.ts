import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChunkReader, ChunkWriter, type RtmpMessage } from './chunks.ts';
import { MESSAGE } from './message-types.ts';

const message = fc.record({
  type: fc.constantFrom(MESSAGE.audio, MESSAGE.video, MESSAGE.command),
  streamId: fc.nat(0xffff),
  timestamp: fc.oneof(fc.nat(0xfffffe), fc.integer({ min: 0xffffff, max: 0xffffffff })),
  body: fc.uint8Array({ maxLength: 700 }),
});

const u32 = (value: number): Uint8Array => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);

describe('chunks', () => {
  it('RTMP1: what is written is read again, however it is cut, also after a day', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), fc.array(fc.nat(2_000)), (messages, cuts) => {
        const writer = new ChunkWriter();
        const bytes = Buffer.concat(messages.map((each, i) => writer.write(3 + (i % 4), each)));
        const reader = new ChunkReader({ maxMessageBytes: 1_000 });
        const read: RtmpMessage[] = [];
        let at = 0;
        for (const cut of [...cuts, bytes.byteLength]) {
          read.push(...reader.read(bytes.subarray(at, at + cut)));
          at = Math.min(bytes.byteLength, at + cut);
        }
        expect(read).toEqual(messages);
      }),
    );
  });

  it('RTMP1: follows headers that say only what has changed, another chunk size, and a message that is given up', () => {
    const reader = new ChunkReader({ maxMessageBytes: 1_000 });
    const full = Uint8Array.of(0x05, 0, 0, 40, 0, 0, 2, 9, 1, 0, 0, 0, 1, 2);
    const sameStream = Uint8Array.of(0x45, 0, 0, 10, 0, 0, 1, 8, 3);
    const sameLength = Uint8Array.of(0x85, 0, 0, 5, 4);
    const sameAll = Uint8Array.of(0xc5, 5);
    const bytes = Buffer.concat([full, sameStream, sameLength, sameAll]);
    const expected = [
      { type: 9, streamId: 1, timestamp: 40, body: { length: 2 } },
      { type: 8, streamId: 1, timestamp: 50 },
      { type: 8, timestamp: 55 },
      { type: 8, timestamp: 60 },
    ];
    expect(reader.read(bytes)).toMatchObject(expected);
    // Also where a connection cuts a header.
    const slow = new ChunkReader({ maxMessageBytes: 1_000 });
    expect([...bytes].flatMap((byte) => slow.read(Uint8Array.of(byte)))).toMatchObject(expected);
    const writer = new ChunkWriter();
    const control = { streamId: 0, timestamp: 0 };
    reader.read(writer.write(2, { type: MESSAGE.setChunkSize, body: u32(500), ...control }));
    writer.chunkSize = 500;
    const long = { type: MESSAGE.video, streamId: 1, timestamp: 1, body: new Uint8Array(900) };
    expect(reader.read(writer.write(6, long).subarray(0, 512))).toEqual([]);
    reader.read(writer.write(2, { type: MESSAGE.abort, body: u32(6), ...control }));
    expect(reader.read(writer.write(6, long))).toEqual([long]);
  });

  it.each([
    ['a message that is too long', [0x03, 0, 0, 0, 0, 255, 255, 20, 0, 0, 0, 0]],
    ['a chunk stream without its header', [0xc3]],
    ['a chunk size of 0', [0x02, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0, 0, 0, 0]],
  ])('RTMP1: refuses %s', (_, bytes) => {
    const reader = new ChunkReader({ maxMessageBytes: 1_000 });
    expect(() => reader.read(Uint8Array.from(bytes))).toThrow(expect.objectContaining({ code: 'rtmp_malformed' }));
  });

  it('RTMP1: nothing that comes is more than an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          new ChunkReader({ maxMessageBytes: 1_000 }).read(bytes);
        } catch (error) {
          expect(error).toMatchObject({ code: 'rtmp_malformed' });
        }
      }),
    );
  });
});
