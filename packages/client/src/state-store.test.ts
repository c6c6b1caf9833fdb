import { expect, it } from 'vitest';
import { StateStore } from './state-store.ts';

const settled = (): Promise<void> => Promise.resolve();

it('tells a watcher its part now and when it has changed, and nothing else', async () => {
  const store = new StateStore({ chat: ['a'], people: 1 });
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
  const store = new StateStore({ count: 0 });
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
