import { describe, expect, it } from 'vitest';
import { Receiving } from './receiving.ts';

const MiB = 1024 * 1024;

const fresh = () => new Receiving({ maxUnsentBytes: 32 * MiB, now: 0 });

describe('a receiver that is behind', () => {
  it('SIG8: goes without what is soon out of date, then without chat, never without the truth', () => {
    const receiving = fresh();
    const kept = (unsent: number) =>
      (['passing', 'chat', 'truth'] as const).filter((kind) => receiving.judge(100, kind, unsent) === 'send');
    expect(kept(0)).toEqual(['passing', 'chat', 'truth']);
    expect(kept(MiB / 2)).toEqual(['chat', 'truth']);
    expect(kept(2 * MiB)).toEqual(['truth']);
    expect(kept(31 * MiB)).toEqual(['truth']);
    expect(receiving.judge(2 * MiB, 'truth', 31 * MiB)).toBe('give up');
  });

  it('SIG8: is not given up for one frame, however large', () => {
    const receiving = fresh();
    expect(receiving.judge(64 * MiB, 'truth', 0)).toBe('send');
  });

  it('SIG8: is given up after 20 s in which it took next to nothing', () => {
    const receiving = fresh();
    receiving.judge(4 * MiB, 'truth', 0);
    for (const at of [5_000, 10_000, 15_000]) expect(receiving.hasStalled(4 * MiB, at)).toBe(false);
    expect(receiving.hasStalled(4 * MiB, 20_000)).toBe(true);
  });

  it('SIG8: stays while it takes what it can, though the list it was sent takes minutes', () => {
    const receiving = fresh();
    receiving.judge(8 * MiB, 'truth', 0);
    let unsent = 8 * MiB;
    let at = 0;
    while (unsent > 0) {
      unsent -= 50_000;
      at += 5_000;
      expect(receiving.hasStalled(unsent, at)).toBe(false);
    }
    expect(at).toBeGreaterThan(600_000);
  });
});
