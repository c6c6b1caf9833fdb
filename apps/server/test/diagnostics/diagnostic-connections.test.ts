import { silentLogger } from '@amphi/base';
import { VirtualClock } from '@amphi/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { DiagnosticConnections } from '../../src/diagnostics/diagnostic-connections.ts';
import { FakeSfu } from '../sessions/fake-sfu.ts';

let sfu: FakeSfu;
let clock: VirtualClock;
let connections: DiagnosticConnections;

beforeEach(() => {
  sfu = new FakeSfu();
  clock = new VirtualClock(0);
  connections = new DiagnosticConnections({
    sfu,
    limits: { diagnosticsPerAddress: { perSecond: 1, burst: 5 }, diagnosticsAtOnce: 3 },
    clock,
    logger: silentLogger,
  });
});

const offer = (session: string) => JSON.stringify({ session, version: 1, tracks: ['noise'] });
const connect = (session: string, from = 'here') =>
  connections.connect({ sdp: offer(session), trackId: 'noise', from });
/** What is closed is closed child by child. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const open = (): number => sfu.routers.filter(({ isClosed }) => !isClosed).length;

describe('diagnostic connections', () => {
  it('DIA3: have a router each, so that nobody receives what is sent, and end by themselves', async () => {
    const { sdp, lifetimeMs } = await connect('1');
    await connect('2');
    expect(sdp).not.toBe('');
    expect(open()).toBe(2);
    expect(sfu.router.tracks().map(({ trackId }) => trackId)).toEqual(['noise']);
    clock.advance(lifetimeMs - 1);
    expect(open()).toBe(2);
    clock.advance(1);
    await turn();
    expect(open()).toBe(0);
  });

  it.each(['closed', 'failed'] as const)('DIA3: end when the client’s is %s', async (state) => {
    await connect('1');
    sfu.router.publishings[0]?.events.emit('connectionState', { state: 'connected' });
    expect(open()).toBe(1);
    sfu.router.publishings[0]?.events.emit('connectionState', { state });
    await turn();
    expect(open()).toBe(0);
  });

  it('DIA4: are a bounded number at a time, and one that ends makes room', async () => {
    for (const session of ['1', '2', '3']) await connect(session, session);
    await expect(connect('4', 'there')).rejects.toMatchObject({ code: 429, retryAfterMs: expect.any(Number) });
    sfu.routers[0]?.publishings[0]?.events.emit('connectionState', { state: 'closed' });
    await turn();
    await connect('5', 'there');
  });

  it('DIA4: are a bounded number of an address', async () => {
    for (let made = 0; made < 5; made += 1) {
      await connect(`${made}`);
      sfu.router.publishings[0]?.events.emit('connectionState', { state: 'closed' });
      await turn();
    }
    await expect(connect('6')).rejects.toMatchObject({ code: 429 });
    await connect('7', 'elsewhere');
    clock.advance(1_000);
    await connect('8');
  });

  it('DIA3: leave nothing behind that did not come about, and nothing after the server', async () => {
    sfu.failures = 1;
    await expect(connect('1')).rejects.toMatchObject({ code: 'no_worker' });
    await expect(connections.connect({ sdp: 'garbage', trackId: undefined, from: 'here' })).rejects.toThrow();
    expect(open()).toBe(0);
    for (const session of ['2', '3']) await connect(session);
    connections.close();
    await connections.closed;
    expect(open()).toBe(0);
  });
});
