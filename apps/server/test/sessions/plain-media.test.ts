import type { Notification } from '@amphi/protocol';
import { beforeEach, expect, it } from 'vitest';
import { PlainMedia } from '../../src/sessions/plain-media.ts';
import { FakeRouter } from './fake-sfu.ts';

const track = (trackId: string) =>
  ({ trackId, streamId: 's', peerId: 'p', kind: 'video', source: 'regular', muted: false, layers: ['high'] }) as const;

let router: FakeRouter;
let told: Notification[];
let media: PlainMedia;

beforeEach(() => {
  router = new FakeRouter('session');
  for (const id of ['v1', 'v2']) router.published.set(id, track(id));
  told = [];
  media = new PlainMedia({ plane: { router: async () => router }, notify: (notification) => told.push(notification) });
  return () => router.close();
});

const subscribe = async (trackId: string) =>
  (await media.subscribe({ track_id: trackId, ip: '127.0.0.1', port: 5_000 })).subscription_id;

const ended = (id: string) => ({ method: 'plain-ended', params: { subscription_id: id } });

it('EG18 CL6: a leg that ends with its track is told, one that is given back is not', async () => {
  const [first, second] = [await subscribe('v1'), await subscribe('v2')];
  media.unsubscribe({ subscription_id: second });
  router.plain[0]!.close({ by: 'remote', code: 'unpublished' });
  await Promise.all(router.plain.map((leg) => leg.closed));
  expect(told).toEqual([ended(first)]);
  await expect(media.resume({ subscription_id: first })).rejects.toThrow(first);
});

it('EG18: what there is can be told again', async () => {
  const [first, second] = [await subscribe('v1'), await subscribe('v2')];
  router.plain[0]!.close({ by: 'remote', code: 'unpublished' });
  await router.plain[0]!.closed;
  told.length = 0;
  media.tellAll();
  expect(told).toEqual([{ method: 'plain-list', params: { subscription_ids: [second] } }]);
  expect(first).not.toBe(second);
});

it('says nothing of what ends with the peer', async () => {
  await subscribe('v1');
  media.close();
  await router.plain[0]!.closed;
  expect(told).toEqual([]);
});
