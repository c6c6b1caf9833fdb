import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Buckets,
  charge,
  OpenCounts,
  openAll,
  Penalties,
  type Rate,
  type Release,
  refusalOf,
  TokenBucket,
} from './index.ts';

/** Rates from one in 100 s to 10 MB/s. */
const rates: fc.Arbitrary<Rate> = fc.record({
  perSecond: fc.double({ min: 0.01, max: 1e7, noNaN: true }),
  burst: fc.double({ min: 1, max: 1e8, noNaN: true }),
});
const steps = fc.array(
  fc.record({
    afterMs: fc.nat({ max: 5_000 }),
    key: fc.constantFrom('a', 'b', 'c'),
    share: fc.double({ min: 0, max: 1.5, noNaN: true }),
  }),
  { maxLength: 60 },
);

describe('TokenBucket', () => {
  it('allows bursts, then the rate', () => {
    const bucket = new TokenBucket({ perSecond: 2, burst: 3 }, 0);
    expect([bucket.take(0), bucket.take(0), bucket.take(0), bucket.take(0)]).toEqual([true, true, true, false]);
    expect(bucket.waitMs(0)).toBe(500);
    expect(bucket.take(499)).toBe(false);
    expect(bucket.take(1000)).toBe(true);
  });

  it('takes back what did not count, up to a full bucket', () => {
    const bucket = new TokenBucket({ perSecond: 1, burst: 2 }, 0);
    bucket.spend(0);
    bucket.giveBack(0);
    bucket.giveBack(0);
    expect([bucket.take(0), bucket.take(0), bucket.take(0)]).toEqual([true, true, false]);
  });

  it('goes on when the clock is set back', () => {
    const bucket = new TokenBucket({ perSecond: 1, burst: 1 }, 1_000_000);
    expect(bucket.take(1_000_000)).toBe(true);
    expect(bucket.take(0)).toBe(false);
    expect(bucket.take(1_000)).toBe(true);
  });
});

describe('Buckets', () => {
  it('BUD1: never allow more than a burst and what the time since brings', () => {
    fc.assert(
      fc.property(rates, steps, (rate, tries) => {
        const buckets = new Buckets({ name: 'x', rate });
        const allowed = new Map<string, { at: number; cost: number }[]>();
        let now = 0;
        for (const { afterMs, key, share } of tries) {
          now += afterMs;
          const cost = Math.min(share, 1) * rate.burst;
          if (!buckets.take(key, now, cost)) continue;
          const before = allowed.get(key) ?? [];
          before.push({ at: now, cost });
          allowed.set(key, before);
          for (const [index, { at: from }] of before.entries()) {
            const spent = before.slice(index).reduce((sum, step) => sum + step.cost, 0);
            const bound = rate.burst + ((now - from) * rate.perSecond) / 1000;
            expect(spent).toBeLessThanOrEqual(bound * (1 + 1e-9) + 1e-4);
          }
        }
      }),
    );
  });

  it('BUD2: what was refused is allowed after the time told, and not two milliseconds earlier', () => {
    fc.assert(
      fc.property(rates, steps, (rate, tries) => {
        const buckets = new Buckets({ name: 'x', rate });
        let now = 0;
        for (const { afterMs, key, share } of tries) {
          now += afterMs;
          const cost = share * rate.burst;
          const wait = buckets.waitMs(key, now, cost);
          if (wait > 2) expect(buckets.waitMs(key, now + wait - 2, cost)).toBeGreaterThan(0);
          // Asking about later moments has moved the bucket's clock; from there on time goes on.
          now += wait;
          expect(buckets.take(key, now, cost)).toBe(true);
        }
      }),
    );
  });

  it('BUD2: one thing above the burst passes a full bucket, and is paid off before the next', () => {
    const buckets = new Buckets({ name: 'bytes', rate: { perSecond: 100, burst: 1000 } });
    expect(buckets.take('a', 0, 3000)).toBe(true);
    expect(buckets.waitMs('a', 0, 1)).toBe(20_010);
    expect(buckets.take('a', 20_010, 1)).toBe(true);
  });

  it('BUD4: hold a bounded number of keys, and forget none in debt before a fuller one', () => {
    const maxKeys = 16;
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ afterMs: fc.nat({ max: 400 }), key: fc.nat({ max: 60 }), cost: fc.integer({ min: 1, max: 12 }) }),
          {
            minLength: 20,
            maxLength: 200,
          },
        ),
        (spendings) => {
          const rate = { perSecond: 5, burst: 10 };
          const buckets = new Buckets({ name: 'x', rate, maxKeys });
          const truth = new Map<number, TokenBucket>();
          let now = 0;
          for (const { afterMs, key, cost } of spendings) {
            now += afterMs;
            const isNew = buckets.waitMs(String(key), now, 10) === 0;
            const before = new Map([...truth].map(([known, bucket]) => [known, bucket.missing(now)]));
            buckets.spend(String(key), now, cost);
            expect(buckets.size).toBeLessThanOrEqual(maxKeys);
            if (isNew) truth.set(key, new TokenBucket(rate, now));
            truth.get(key)?.spend(now, cost);
            // Whose bucket seems full now, and was not.
            const forgotten = [...before].filter(
              ([known, missing]) => known !== key && missing > 0.001 && buckets.waitMs(String(known), now, 10) === 0,
            );
            const kept = [...before].filter(([known]) => known !== key && buckets.waitMs(String(known), now, 10) > 0);
            for (const [, lost] of forgotten) {
              for (const [, missing] of kept) expect(lost).toBeLessThanOrEqual(missing + 1e-6);
            }
            for (const [known] of forgotten) truth.set(known, new TokenBucket(rate, now));
          }
        },
      ),
    );
  });

  it('BUD4: a crowd of fresh keys does not free one in debt', () => {
    const buckets = new Buckets({ name: 'x', rate: { perSecond: 0.1, burst: 5 }, maxKeys: 100 });
    buckets.spend('guilty', 0, 5);
    for (let index = 0; index < 10_000; index++) buckets.spend(`fresh ${index}`, 0);
    expect(buckets.waitMs('guilty', 0)).toBe(10_000);
  });
});

describe('charge', () => {
  it('BUD3: charges all or nobody, and names the limit that holds longest', () => {
    fc.assert(
      fc.property(fc.array(rates, { minLength: 1, maxLength: 4 }), steps, (limits, tries) => {
        const buckets = limits.map((rate, index) => new Buckets({ name: `limit ${index}`, rate }));
        let now = 0;
        for (const { afterMs, key, share } of tries) {
          now += afterMs;
          const charges = buckets.map((limit, index) => ({ limit, key, cost: share * limits[index]!.burst }));
          const waits = () => charges.map((one) => one.limit.waitMs(key, now, one.cost));
          const before = waits();
          const levels = buckets.map((limit, index) => limit.waitMs(key, now, limits[index]!.burst));
          const refusal = charge(charges, now);
          const longest = Math.max(...before);
          expect(refusal?.retryAfterMs ?? 0).toBe(longest);
          if (!refusal) continue;
          expect(before[Number(refusal.limit.split(' ')[1])]).toBe(longest);
          expect(buckets.map((limit, index) => limit.waitMs(key, now, limits[index]!.burst))).toEqual(levels);
        }
      }),
    );
  });

  it('BUD3: counts penalties among the limits', () => {
    const penalties = new Penalties({ name: 'floods', rule: { firstMs: 1_000, maxMs: 8_000, forgetMs: 1_000 } });
    const buckets = new Buckets({ name: 'messages', rate: { perSecond: 1, burst: 1 } });
    const charges = [
      { limit: buckets, key: 'a' },
      { limit: penalties, key: 'a' },
    ];
    penalties.punish('a', 0);
    penalties.punish('a', 0);
    expect(charge(charges, 0)).toEqual({ limit: 'floods', retryAfterMs: 2_000 });
    expect(charge(charges, 2_000)).toBeUndefined();
    expect(refusalOf(charges, 2_000)).toEqual({ limit: 'messages', retryAfterMs: 1_000 });
  });
});

describe('Penalties', () => {
  const rule = { firstMs: 1_000, maxMs: 60_000, forgetMs: 10_000 };

  it('BUD5: double with each repetition up to the bound, and are forgotten one by one', () => {
    const penalties = new Penalties({ name: 'x', rule });
    expect([1, 2, 3].map(() => penalties.punish('a', 0))).toEqual([1_000, 2_000, 4_000]);
    expect(penalties.waitMs('a', 3_999)).toBe(1);
    expect(penalties.waitMs('a', 4_000)).toBe(0);
    // Two of the three are forgotten 20 s after the end of the last.
    expect(penalties.punish('a', 24_000)).toBe(2_000);
    for (let time = 0; time < 20; time++) penalties.punish('a', 24_000);
    expect(penalties.punish('a', 24_000)).toBe(60_000);
    expect(penalties.punish('b', 24_000)).toBe(1_000);
  });

  it('BUD5: last from one to the next, never longer than the bound', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 30_000 }), { maxLength: 30 }), (gaps) => {
        const penalties = new Penalties({ name: 'x', rule });
        let now = 0;
        for (const gap of gaps) {
          now += gap;
          const length = penalties.punish('a', now);
          expect(length).toBeGreaterThanOrEqual(rule.firstMs);
          expect(length).toBeLessThanOrEqual(rule.maxMs);
          expect(penalties.waitMs('a', now)).toBe(length);
          expect(penalties.waitMs('a', now + length - 1)).toBe(1);
          expect(penalties.waitMs('a', now - 5_000)).toBeLessThanOrEqual(length);
          penalties.waitMs('a', now);
        }
      }),
    );
  });

  it('BUD4: a crowd of others does not end one', () => {
    const penalties = new Penalties({ name: 'x', rule, maxKeys: 100 });
    for (let time = 0; time < 3; time++) penalties.punish('guilty', 0);
    for (let index = 0; index < 1_000; index++) penalties.punish(`other ${index}`, 0);
    expect(penalties.waitMs('guilty', 0)).toBe(4_000);
    expect(penalties.size).toBeLessThanOrEqual(100);
  });
});

describe('OpenCounts', () => {
  it('BUD6: count what is open, however often it is let go, and open all or nothing', () => {
    const actions = fc.array(
      fc.oneof(fc.record({ open: fc.constantFrom('a', 'b') }), fc.record({ release: fc.nat({ max: 30 }) })),
      { maxLength: 100 },
    );
    fc.assert(
      fc.property(actions, (sequence) => {
        const perKey = new OpenCounts({ name: 'peers of this token', max: 2 });
        const server = new OpenCounts({ name: 'peers of this server', max: 3 });
        const opened: { key: string; release: Release; open: boolean }[] = [];
        for (const action of sequence) {
          const open = opened.filter((one) => one.open);
          if ('open' in action) {
            const { open: key } = action;
            const result = openAll([
              { counts: perKey, key },
              { counts: server, key: '' },
            ]);
            const full =
              open.filter((one) => one.key === key).length >= 2
                ? perKey.name
                : open.length >= 3
                  ? server.name
                  : undefined;
            if (full !== undefined) expect(result).toEqual({ limit: full, retryAfterMs: 5_000 });
            else opened.push({ key, release: result as Release, open: true });
          } else {
            const one = opened[action.release];
            one?.release();
            if (one) one.open = false;
          }
          const left = opened.filter((one) => one.open);
          expect(server.countOf('')).toBe(left.length);
          for (const key of ['a', 'b']) expect(perKey.countOf(key)).toBe(left.filter((one) => one.key === key).length);
        }
      }),
    );
  });
});
