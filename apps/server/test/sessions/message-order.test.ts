import type { Notification } from '@amphi/protocol';
import { afterEach, expect, it } from 'vitest';
import { Turns } from '../../src/sessions/turns.ts';
import { startTestHost, type TestHost } from './test-host.ts';
import type { WireClient } from './wire-client.ts';

let host: TestHost;
afterEach(() => host.close());

const plenty = { perSecond: 1e9, burst: 1e9 };
const ROUNDS = 30;

interface Ids {
  readonly bo: string;
  readonly cy: string;
}

/** What one can say, and who hears it. */
const WAYS: readonly {
  readonly heardBy: readonly (keyof Ids)[];
  say(text: string, ids: Ids): readonly [string, object];
}[] = [
  { heardBy: ['bo', 'cy'], say: (message) => ['broadcast', { info: { message } }] },
  { heardBy: ['bo'], say: (message, { bo }) => ['broadcast', { info: { message }, peer_id: bo }] },
  { heardBy: ['cy'], say: (message) => ['broadcast', { info: { message }, roles: ['hls-viewer'] }] },
  { heardBy: ['cy'], say: (message, { cy }) => ['broadcast', { info: { message }, peer_id: cy }] },
  { heardBy: ['bo'], say: (message) => ['broadcast', { info: { message, type: 'app' }, roles: ['viewer-realtime'] }] },
  { heardBy: ['bo', 'cy'], say: (data) => ['set-metadata', { key: data[0], data }] },
  { heardBy: ['bo', 'cy'], say: (data) => ['peer-update', { data }] },
  { heardBy: ['bo', 'cy'], say: (message) => ['broadcast', { info: { message, type: 'app' } }] },
];

/** The texts that somebody was told, in whatever way, as they came. */
function heard({ inbox }: WireClient): string[] {
  return inbox.flatMap((message) => {
    const { method, params } = message as Notification;
    if (method === 'on-broadcast') return params.info.message;
    if (method === 'on-metadata-change') return params.values.map(({ data }) => String(data));
    return method === 'on-peer-update' ? params.info.data : [];
  });
}

it('DEL2: whatever one says, and to whomever, each hears it in the order in which it was said', async () => {
  let now = 0;
  // A turn is over after three steps: what is said waits behind what is told.
  const turns = new Turns({ sliceMs: 3, now: () => now++ });
  host = await startTestHost({
    turns,
    limits: { messagesPerToken: plenty, chatPerToken: plenty, toldBytesPerToken: plenty },
  });
  const [ann, dee] = [await host.join('broadcaster'), await host.join('viewer-on-stage')];
  const listeners = { bo: await host.join('viewer-realtime'), cy: await host.join('hls-viewer') };
  const ids = { bo: listeners.bo.peerId, cy: listeners.cy.peerId };
  for (const listener of Object.values(listeners))
    await listener.request('listen-metadata-change', { keys: ['a', 'd'] });
  const said = Array.from({ length: ROUNDS * WAYS.length }, (_none, n) => ({ n, way: WAYS[n % WAYS.length]! }));
  // Both at once, and no answer is waited for.
  const answers = said.flatMap(({ n, way }) => [
    ann.request(...way.say(`ann ${n}`, ids)),
    dee.request(...way.say(`dee ${n}`, ids)),
  ]);
  for (const { error } of await Promise.all(answers)) expect(error).toBeUndefined();
  for (const [name, listener] of Object.entries(listeners)) {
    await listener.settled();
    const theirs = said.filter(({ way }) => way.heardBy.includes(name as keyof Ids));
    for (const speaker of ['ann', 'dee']) {
      expect(heard(listener).filter((text) => text.startsWith(speaker))).toEqual(
        theirs.map(({ n }) => `${speaker} ${n}`),
      );
    }
  }
});
