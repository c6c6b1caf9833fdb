import { describe, expect, it } from 'vitest';
import { NackSchedule } from './nack-schedule.ts';

describe('NACK schedule', () => {
  it('gives reordered packets a moment, then asks, then asks again, then stops', () => {
    const nacks = new NackSchedule({ firstAfterMs: 5, retryMs: 30, maxRequests: 2 });
    nacks.onReceived(100, 0);
    nacks.onReceived(103, 0);
    expect(nacks.take(4)).toEqual([]);
    expect(nacks.nextAt).toBe(5);
    nacks.onReceived(101, 4);
    expect(nacks.take(5)).toEqual([102]);
    expect(nacks.take(34)).toEqual([]);
    expect(nacks.take(35)).toEqual([102]);
    expect(nacks.take(1000)).toEqual([]);
    expect(nacks.nextAt).toBeUndefined();
    expect(nacks.requested).toBe(2);
  });

  it('speaks in 16 bits', () => {
    const nacks = new NackSchedule({ firstAfterMs: 0 });
    nacks.onReceived(65_535, 0);
    nacks.onReceived(65_538, 0);
    expect(nacks.take(0)).toEqual([0, 1]);
  });

  it('forgets what was given up', () => {
    const nacks = new NackSchedule({ firstAfterMs: 0 });
    nacks.onReceived(1, 0);
    nacks.onReceived(5, 0);
    nacks.onGivenUp(4);
    expect(nacks.take(0)).toEqual([4]);
  });

  it('says so when too many are missing to ask for', () => {
    const nacks = new NackSchedule({ maxMissing: 50 });
    expect(nacks.onReceived(1, 0)).toBe(true);
    expect(nacks.onReceived(500, 0)).toBe(false);
    expect(nacks.nextAt).toBeUndefined();
  });
});
