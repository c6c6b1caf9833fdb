import { VirtualClock } from '@amphi/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { makeRoom } from './in-memory-ports.ts';
import { startTestHost, type TestHost } from './test-host.ts';
import type { WireClient } from './wire-client.ts';

const RIGHTS = { admin: ['broadcaster'], writer: ['viewer-on-stage'], reader: ['viewer-realtime', 'hls-viewer'] };

let host: TestHost;
afterEach(() => host.close());

async function open(options: Parameters<typeof startTestHost>[0] = {}): Promise<WireClient> {
  host = await startTestHost(options);
  const room = makeRoom();
  const template = { ...room.template, plugins: { whiteboard: { permissions: RIGHTS } } };
  host.rooms.rooms.set('room-1', { ...room, template });
  return host.join('broadcaster');
}

async function opened(client: WireClient): Promise<string> {
  const { result } = await client.request('board-open', {});
  return String(result?.board_id);
}

const draw = (client: WireClient, boardId: string, id: string, data: unknown, version = 1) =>
  client.request('board-draw', { board_id: boardId, changes: [{ id, version, nonce: 1, data }] });

describe('the whiteboard', () => {
  it('BRD1, BRD4: all three levels have it by the template’s rights: an admin opens, a writer draws, readers see, and no more', async () => {
    const ann = await open();
    const bo = await host.join('viewer-on-stage');
    const cy = await host.join('viewer-realtime');
    const di = await host.join('hls-viewer');
    expect(await di.next('room-info')).toMatchObject({ whiteboard: RIGHTS });
    for (const client of [bo, cy, di]) expect((await client.request('board-open', {})).error?.code).toBe(403);
    const id = await opened(ann);
    for (const client of [ann, bo, cy, di]) {
      expect(await client.next('on-board-update')).toMatchObject({ board_id: id, state: 'open', owner: ann.peerId });
    }
    expect(await draw(bo, id, 'e', { type: 'line' })).toMatchObject({ result: {} });
    for (const client of [ann, cy, di]) {
      expect(await client.next('on-board-change')).toEqual({
        board_id: id,
        peer_id: bo.peerId,
        elements: [{ id: 'e', version: 1, nonce: 1, data: { type: 'line' } }],
      });
    }
    await bo.settled();
    expect(bo.all('on-board-change')).toEqual([]);
    for (const client of [cy, di]) {
      expect((await draw(client, id, 'e', 'scribble', 9)).error?.code).toBe(403);
      expect((await client.request('board-close', { board_id: id })).error?.code).toBe(403);
      expect((await client.request('board-get', { board_id: id })).result).toMatchObject({
        elements: [{ id: 'e', data: { type: 'line' } }],
        last: true,
      });
    }
    await ann.request('board-close', { board_id: id });
    expect(await di.next('on-board-update')).toMatchObject({ state: 'closed' });
  });

  it('BRD12: who draws more than its budget is told when to go on, and may still write', async () => {
    const small = { perSecond: 1_000, burst: 20_000 };
    const ann = await open({ limits: { drawnBytesPerToken: small }, clock: new VirtualClock() });
    const id = await opened(ann);
    const scribble = 'x'.repeat(15_000);
    expect((await draw(ann, id, 'a', scribble)).error).toBeUndefined();
    expect((await draw(ann, id, 'b', scribble)).error).toMatchObject({
      code: 429,
      data: { retry_after_ms: expect.any(Number) },
    });
    expect((await ann.request('board-get', { board_id: id })).result).toMatchObject({ elements: [{ id: 'a' }] });
    expect((await ann.request('broadcast', { info: { message: 'hello' } })).error).toBeUndefined();
  });

  it('BRD13: of one whose time to come back is over it is closed; it passes to an admin who comes before', async () => {
    const clock = new VirtualClock();
    const ann = await open({ clock });
    const bo = await host.join('hls-viewer');
    await opened(ann);
    await bo.next('on-board-update');
    ann.socket.terminate();
    await ann.closed;
    await bo.settled();
    const pass = async (seconds: number): Promise<void> => {
      for (let i = 0; i < seconds; i += 5) {
        clock.advance(5_000);
        await bo.settled();
      }
    };
    await pass(90);
    const cy = await host.join('broadcaster');
    expect(await bo.next('on-board-update')).toMatchObject({ state: 'open', owner: cy.peerId });
    cy.notify('leave', {});
    await cy.closed;
    await pass(55);
    expect(bo.all('on-board-update').at(-1)).toMatchObject({ state: 'open', owner: cy.peerId });
    await pass(10);
    expect(await bo.next('on-board-update')).toMatchObject({ state: 'closed', owner: cy.peerId });
  });
});
