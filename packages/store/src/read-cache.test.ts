import { VirtualClock } from '@amphi/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReadCache } from './read-cache.ts';

const cacheOf = <T>(options: { readonly maxEntries?: number; readonly remembersMissing?: boolean } = {}) => {
  const clock = new VirtualClock();
  return { clock, cache: new ReadCache<T>({ clock, keepMs: 5_000, maxEntries: 3, ...options }) };
};

describe('ReadCache', () => {
  it('reads once for all who ask within its time', async () => {
    const { clock, cache } = cacheOf<number>();
    let reads = 0;
    const get = () => cache.get('a', async () => (reads += 1));
    expect(await Promise.all([get(), get()])).toEqual([1, 1]);
    clock.advance(4_999);
    expect(await get()).toBe(1);
    clock.advance(1);
    expect(await get()).toBe(2);
  });

  it('remembers that something is not there only when told so', async () => {
    for (const remembersMissing of [false, true]) {
      const { cache } = cacheOf<number>({ remembersMissing });
      await cache.get('a', async () => undefined);
      expect(await cache.get('a', async () => 1)).toBe(remembersMissing ? undefined : 1);
    }
  });

  it('forgets reads that failed, and the oldest beyond its bound', async () => {
    const { cache } = cacheOf<string>();
    await expect(cache.get('a', () => Promise.reject(new Error('no answer')))).rejects.toThrow('no answer');
    for (const key of ['a', 'b', 'c', 'd']) expect(await cache.get(key, async () => key)).toBe(key);
    expect(cache.peek('a')).toBeUndefined();
    expect(await cache.peek('b')).toBe('b');
  });

  it('never shows after a write what was read before it, in whatever order reads and writes begin and end (BUD19)', async () => {
    const steps = fc.array(fc.constantFrom('ask', 'read ends', 'write begins', 'write ends'), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const { cache } = cacheOf<number>();
        let stored = 0;
        let written = 0;
        const reading: (() => void)[] = [];
        const asked: Promise<void>[] = [];
        for (const step of sequence) {
          if (step === 'ask') {
            const atLeast = written;
            // The database answers with what it has when the read begins.
            const answer = cache.get('a', () => {
              const found = stored;
              return new Promise((resolve) => reading.push(() => resolve(found)));
            });
            asked.push(answer.then((value) => expect(value).toBeGreaterThanOrEqual(atLeast)));
          } else if (step === 'read ends') {
            reading.shift()?.();
          } else if (step === 'write begins') {
            stored += 1;
          } else {
            written = stored;
            cache.clear();
          }
          await Promise.resolve();
        }
        for (const end of reading) end();
        await Promise.all(asked);
      }),
    );
  });
});
