import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { peekId, readFrame, serializeError, serializeNotification, serializeResult } from './frames.ts';

const readText = (text: string) => readFrame(Buffer.from(text));
const read = (frame: unknown) => readText(JSON.stringify(frame));
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

describe('readFrame', () => {
  it('takes requests and notifications as public clients send them, without jsonrpc', () => {
    expect(read({ method: 'peer-update', params: { name: 'Mia' }, id: 'a-1', jsonrpc: '2.0' })).toEqual({
      kind: 'call',
      call: { method: 'peer-update', params: { name: 'Mia' }, id: 'a-1' },
    });
    expect(read({ method: 'leave', params: { client_reason: 'user request' } })).toEqual({
      kind: 'call',
      call: { method: 'leave', params: { client_reason: 'user request' } },
    });
  });

  it('SIG2: refuses what is not JSON with id null', () => {
    expect(readText('{"method":')).toMatchObject({ kind: 'refused', id: null, error: { code: 400 } });
  });

  it('SIG2: refuses JSON that is no frame, with its id where it has one', () => {
    for (const frame of [null, 7, [], 'x']) expect(read(frame)).toMatchObject({ kind: 'refused', id: null });
    expect(read({ id: 'a-1' })).toMatchObject({ kind: 'refused', id: 'a-1', error: { code: 400 } });
    expect(read({ id: {}, method: 'ping' })).toMatchObject({ kind: 'refused', id: null });
  });

  it('SIG3: refuses an unknown method by name, and ignores an unknown notification', () => {
    expect(read({ method: 'dance', id: 1 })).toMatchObject({
      kind: 'refused',
      id: 1,
      error: { code: 400, message: 'method: unknown method "dance"' },
    });
    expect(read({ method: 'constructor', id: 1 })).toMatchObject({ kind: 'refused' });
    expect(read({ method: 'dance' })).toMatchObject({ kind: 'ignored' });
  });

  it('SIG4: names the wrong field, what is allowed, and the value', () => {
    const reading = read({ method: 'trickle', params: { target: 2, candidate: { candidate: '' } }, id: 'a' });
    expect(reading).toMatchObject({ kind: 'refused', id: 'a', error: { code: 400 } });
    expect(reading.kind === 'refused' && reading.error.message).toMatch(/^trickle: target: .*got 2$/);
    expect(read({ method: 'broadcast', params: { info: { message: 7 } }, id: 'a' })).toMatchObject({
      error: { message: expect.stringMatching(/^broadcast: info\.message: .*got 7$/) },
    });
  });

  it('SIG90: refuses what is nested too deep, wherever it is, with its id where that can be seen', () => {
    const refused = { kind: 'refused', error: { code: 400, message: 'frame: nested deeper than 64 levels' } };
    expect(readText(`{"id":"1","method":${nested(7_000)}}`)).toMatchObject({ ...refused, id: '1' });
    expect(readText(`{"id":"1","method":"join","params":{"name":${nested(7_000)}}}`)).toMatchObject(refused);
    expect(readText(`{"id":${nested(7_000)},"method":7}`)).toMatchObject({ ...refused, id: null });
    expect(readText(nested(120_000))).toMatchObject({ ...refused, id: null });
  });

  it('SIG91: shows of a foreign value its kind, length and first characters', () => {
    const messageOf = (name: unknown) => {
      const reading = read({ id: 1, method: 'join', params: { name } });
      return reading.kind === 'refused' ? reading.error.message : '';
    };
    expect(messageOf('x'.repeat(10_000))).toMatch(/got "x{77}\.\.\." \(10000 characters\)$/);
    expect(messageOf([['deep']])).toMatch(/got a list of 1$/);
    expect(messageOf({ some: 'thing' })).toMatch(/got an object$/);
    const key = 'k'.repeat(5_000);
    const manyTracks = read({ id: 1, method: 'track-update', params: { tracks: { [key]: 7 } } });
    expect(manyTracks.kind === 'refused' && manyTracks.error.message.length).toBeLessThan(700);
  });

  it('never throws, whatever comes', () => {
    const anything = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record({
          method: fc.constantFrom('join', 'offer', 'answer', 'trickle', 'broadcast', 'role-change-request', 'ping'),
          params: fc.jsonValue(),
          id: fc.option(fc.oneof(fc.string(), fc.integer()), { nil: undefined }),
        })
        .map((frame) => JSON.stringify(frame)),
    );
    fc.assert(
      fc.property(anything, (text) => {
        expect(['call', 'refused', 'ignored']).toContain(readText(text).kind);
      }),
    );
  });
});

describe('peekId', () => {
  const peek = (text: string) => peekId(Buffer.from(text));

  it('finds the id of a whole frame before or after the parameters, and no other', () => {
    expect(peek('{"method":"x","params":{"a":1},"id":"a-1","jsonrpc":"2.0"}')).toBe('a-1');
    expect(peek('{"id": 7, "method":"x"}')).toBe(7);
    expect(peek('{"jsonrpc":"2.0","method":"x","id":"b","params":{}}')).toBe('b');
    expect(peek('{"method":"x","params":{"id":"inner"}}')).toBeUndefined();
    expect(peek('{"method":"x","params":{"a":1,"id":"inner"}}')).toBeUndefined();
    expect(peek(`{"id":"${'x'.repeat(129)}","method":"x"}`)).toBeUndefined();
    expect(peek('{"id":{"a":1}}')).toBeUndefined();
  });

  it('agrees with the parser wherever it finds one', () => {
    const member = fc.tuple(fc.constantFrom('id', 'method', 'params', 'jsonrpc'), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(fc.array(member), (members) => {
        const frame = Object.fromEntries(members);
        const text = JSON.stringify(frame);
        const found = peek(text);
        if (found !== undefined) expect(found).toEqual(JSON.parse(text).id);
      }),
    );
  });
});

describe('serialized frames', () => {
  it('have the members that clients dispatch on', () => {
    expect(JSON.parse(serializeResult('a', {}))).toEqual({ jsonrpc: '2.0', id: 'a', result: {} });
    expect(JSON.parse(serializeError(null, { code: 400, message: 'no' }))).toEqual({
      jsonrpc: '2.0',
      id: null,
      error: { code: 400, message: 'no' },
    });
    const notification = serializeNotification({ method: 'on-peer-leave', params: { peer_id: 'p' } });
    expect(JSON.parse(notification)).toEqual({
      jsonrpc: '2.0',
      method: 'on-peer-leave',
      params: { peer_id: 'p' },
    });
  });
});
