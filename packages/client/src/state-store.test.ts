import { systemClock } from '@amphi/base';
import { VirtualClock } from '@amphi/testkit';
import { expect, it } from 'vitest';
import { SOON_MS, StateStore } from './state-store.ts';

const settled = (): Promise<void> => Promise.resolve();

it('tells a watcher its part now and when it has changed, and nothing else', async () => {
  const store = new StateStore({ chat: ['a'], people: 1 }, systemClock);
  const seen: unknown[] = [];
  const stop = store.watch(
    (state) => state.chat,
    (chat) => seen.push(chat),
  );
  expect(seen).toEqual([['a']]);
  store.update((state) => ({ ...state, people: 2 }));
  await settled();
  expect(seen).toHaveLength(1);
  store.update((state) => ({ ...state, chat: ['a', 'b'] }));
  store.update((state) => ({ ...state, chat: ['a', 'b', 'c'] }));
  await settled();
  expect(seen).toEqual([['a'], ['a', 'b', 'c']]);
  stop();
  store.update((state) => ({ ...state, chat: [] }));
  await settled();
  expect(seen).toHaveLength(2);
});

it('a watcher that changes the state as it begins is told of that change', async () => {
  const store = new StateStore({ count: 0 }, systemClock);
  const seen: number[] = [];
  store.watch(
    (state) => state.count,
    (count) => {
      seen.push(count);
      if (count < 2) store.update((state) => ({ count: state.count + 1 }));
    },
  );
  for (let i = 0; i < 4; i++) await settled();
  expect(seen).toEqual([0, 1, 2]);
});

it('of what can wait subscribers are told at once, then at most once in a while, and with all that cannot', async () => {
  const clock = new VirtualClock();
  const store = new StateStore({ lines: 0, people: 1 }, clock);
  const told: string[] = [];
  store.subscribe(() => told.push(`${store.get().lines} of ${store.get().people}`));
  const line = (): void => store.updateSoon((state) => ({ ...state, lines: state.lines + 1 }));
  line();
  await settled();
  expect(told).toEqual(['1 of 1']);
  for (let i = 0; i < 10; i++) line();
  await settled();
  expect(store.get().lines).toBe(11);
  expect(told).toHaveLength(1);
  clock.advance(SOON_MS);
  await settled();
  expect(told).toEqual(['1 of 1', '11 of 1']);
  line();
  store.update((state) => ({ ...state, people: 2 }));
  await settled();
  expect(told).toEqual(['1 of 1', '11 of 1', '12 of 2']);
  clock.advance(SOON_MS);
  await settled();
  expect(told).toHaveLength(3);
  store.updateSoon((state) => state);
  line();
  await settled();
  expect(told.at(-1)).toBe('13 of 2');
});
