import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFrame, serializeError, serializeNotification, serializeResult } from './frames.ts';

const read = (frame: unknown) => readFrame(JSON.stringify(frame));

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
    expect(readFrame('{"method":')).toMatchObject({ kind: 'refused', id: null, error: { code: 400 } });
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
        expect(['call', 'refused', 'ignored']).toContain(readFrame(text).kind);
      }),
    );
  });
});

describe('serialized frames', () => {
  it('have the members that clients dispatch on', () => {
    expect(JSON.parse(String(serializeResult('a', {})))).toEqual({ jsonrpc: '2.0', id: 'a', result: {} });
    expect(JSON.parse(String(serializeError(null, { code: 400, message: 'no' })))).toEqual({
      jsonrpc: '2.0',
      id: null,
      error: { code: 400, message: 'no' },
    });
    const notification = serializeNotification({ method: 'on-peer-leave', params: { peer_id: 'p' } });
    expect(JSON.parse(String(notification))).toEqual({
      jsonrpc: '2.0',
      method: 'on-peer-leave',
      params: { peer_id: 'p' },
    });
  });
});
