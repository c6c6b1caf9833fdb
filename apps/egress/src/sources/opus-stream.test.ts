import fc from 'fast-check';
import { expect, it } from 'vitest';
import { OpusStream } from './opus-stream.ts';

const FRAME = 960;

/** Says what it is asked for by the value of its samples. */
const ANSWER = { decoded: 1, recovered: 2, concealed: 3 };

function scripted() {
  const of = (value: number, samples: number) => ({
    left: new Float32Array(samples).fill(value),
    right: new Float32Array(samples).fill(value),
  });
  return new OpusStream({
    decode: (payload) => {
      if (payload[0] === 0xff) throw new Error('malformed');
      return of(ANSWER.decoded, FRAME);
    },
    conceal: (samples) => of(ANSWER.concealed, samples),
    recover: (_, samples) => of(ANSWER.recovered, samples),
  });
}

/** @returns by 20 ms of the sender's time, from its first packet on, what is heard there */
function heard(packets: readonly (readonly [number: number, frame: number, payload?: number])[]): number[] {
  const stream = scripted();
  const frames: number[] = [];
  const [first] = packets;
  for (const [sequenceNumber, frame, payload = 0] of packets) {
    const packet = {
      sequenceNumber: sequenceNumber & 0xffff,
      timestamp: (frame * FRAME) >>> 0,
      payload: Uint8Array.of(payload),
    };
    stream.push(packet, ({ left }, at) => {
      const place = frame - first![1] + at / FRAME;
      expect(Number.isInteger(place)).toBe(true);
      expect(frames[place]).toBeUndefined();
      frames[place] = left[0]!;
    });
  }
  return Array.from(frames, (value) => value ?? 0);
}

const { decoded, recovered, concealed } = ANSWER;

it('EG49: one lost packet is what the next one says of it', () => {
  expect(
    heard([
      [1, 0],
      [2, 1],
      [4, 3],
      [5, 4],
    ]),
  ).toEqual([decoded, decoded, recovered, decoded, decoded]);
});

it('EG49: of several, the last is what the next packet says; before it, what was heard goes on', () => {
  expect(
    heard([
      [7, 0],
      [11, 4],
    ]),
  ).toEqual([decoded, concealed, concealed, recovered, decoded]);
});

it('EG49: of a long loss, 120 ms are made up, and the rest is silence', () => {
  const frames = heard([
    [7, 0],
    [57, 50],
  ]);
  expect(frames.slice(1, 6)).toEqual(Array(5).fill(concealed));
  expect(frames.slice(6, 49)).toEqual(Array(43).fill(0));
  expect(frames[49]).toBe(recovered);
});

it('EG49: a sender that was silent has lost nothing, also where numbers begin anew', () => {
  expect(
    heard([
      [0xffff, 0],
      [0x10000, 25],
      [0x10001, 26],
    ]).filter(Boolean),
  ).toEqual([decoded, decoded, decoded]);
  // Silence, and a packet lost in it or at its end: no more than one is made up.
  expect(
    heard([
      [1, 0],
      [3, 25],
    ]).filter(Boolean),
  ).toEqual([decoded, recovered, decoded]);
});

it('EG49: a packet that cannot be decoded is as good as lost', () => {
  expect(
    heard([
      [1, 0],
      [2, 1, 0xff],
      [3, 2],
    ]),
  ).toEqual([decoded, recovered, decoded]);
});

it('EG49: whatever is lost, nothing is heard twice, and what came is heard where it was sent', () => {
  const losses = fc.array(fc.boolean(), { minLength: 2, maxLength: 60 });
  fc.assert(
    fc.property(losses, fc.nat(0xffff), fc.nat(0xffff_ffff), (came, number, start) => {
      const sent = came.map((isThere, i) => [isThere, [number + i, start + i]] as const);
      const packets = sent.filter(([isThere], i) => isThere || i === 0).map(([, packet]) => packet);
      const frames = heard(packets);
      for (const [i, isThere] of came.entries()) if (isThere) expect(frames[i]).toBe(decoded);
    }),
  );
});
