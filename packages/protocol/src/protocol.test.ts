import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clientFrame,
  clientTokenClaims,
  createAppBody,
  describeIssues,
  errorCodes,
  hlsDestination,
  isMethodName,
  levelOf,
  methods,
  PublicError,
  parseOrThrow,
  role,
  templateBody,
} from './index.ts';

describe('frame rates', () => {
  it('STR21: of 10 to 60 are allowed whose frames last a whole number of ticks; others are named', () => {
    const layers = [{ width: 1280, height: 720, videoBitrate: 2_500 }];
    const read = (videoFrameRate: number) => hlsDestination.safeParse({ name: 'd', layers, videoFrameRate });
    for (let rate = 1; rate <= 70; rate += 1) {
      const isAllowed = rate >= 10 && rate <= 60 && Number.isInteger(90_000 / rate);
      expect([rate, read(rate).success]).toEqual([rate, isAllowed]);
    }
    const usual = [10, 12, 15, 20, 24, 25, 30, 48, 50, 60];
    expect(usual.filter((rate) => !read(rate).success)).toEqual([]);
    expect(read(29).error?.issues[0]?.message).toMatch(/90000: 10, 12, 15, .*, 60$/);
  });
});

describe('errors', () => {
  it('name the field, the value and what is allowed', () => {
    const attempt = () =>
      parseOrThrow(methods['role-change-request'], { requested_for: 7, role: 'x' }, 'role-change-request');
    expect(attempt).toThrowError(/role-change-request: requested_for: .*expected string.*got 7/);
    expect(attempt).toThrowError(PublicError);
  });

  it('cut long values', () => {
    const parsed = createAppBody.safeParse({
      kit: 'live_streaming',
      name: 'n',
      subdomain: 'X'.repeat(500),
      region: 'eu',
    });
    expect(parsed.success).toBe(false);
    const [line] = describeIssues(parsed.error!, { subdomain: 'X'.repeat(500) });
    expect(line?.length).toBeLessThan(220);
  });

  it('only what may heal is retryable', () => {
    const retryable = Object.entries(errorCodes)
      .filter(([, entry]) => entry.retryable)
      .map(([code]) => Number(code));
    expect(retryable).toEqual([429, 500, 503]);
  });
});

describe('roles', () => {
  it('fill in what public templates leave out, and permit nothing by default', () => {
    const parsed = role.parse({ name: 'guest' });
    expect(parsed.publishParams.allowed).toEqual([]);
    expect(Object.values(parsed.permissions).every((value) => value === false)).toBe(true);
    expect(parsed.publishParams.screen.width).toBe(1280);
  });

  it('give the level of interactivity', () => {
    const publishes = role.parse({ name: 'a', publishParams: { allowed: ['audio'] } });
    const hears = role.parse({ name: 'b', subscribeParams: { subscribeToRoles: ['a'] } });
    expect([levelOf(publishes), levelOf(hears), levelOf(role.parse({ name: 'c' }))]).toEqual([
      'stage',
      'webinar',
      'stream',
    ]);
  });

  it('reserve the names of internal roles', () => {
    expect(role.safeParse({ name: '__internal_recorder' }).success).toBe(false);
    expect(templateBody.safeParse({ name: 't', roles: { x: { name: '__x' } } }).success).toBe(false);
  });
});

describe('texts for others', () => {
  const broadcast = (message: string) => methods.broadcast.safeParse({ info: { message } });

  it('SIG95: are counted in UTF-16 units, and in bytes as JSON', () => {
    expect(broadcast('🎥'.repeat(8_192)).success).toBe(true);
    expect(broadcast('🎥'.repeat(8_193)).success).toBe(false);
    expect(broadcast('語'.repeat(16_384)).success).toBe(true);
    expect(broadcast('\u0001'.repeat(10_922)).success).toBe(true);
    const heavy = broadcast('\u0001'.repeat(16_384));
    expect(heavy.error?.issues[0]?.message).toBe('at most 65536 bytes as JSON');
    expect(methods.join.safeParse({ data: '\u0001'.repeat(16_384) }).success).toBe(false);
  });
});

describe('frames', () => {
  it('need no jsonrpc member, and methods are looked up without the prototype', () => {
    expect(clientFrame.parse({ method: 'leave', params: {} }).method).toBe('leave');
    expect(isMethodName('constructor')).toBe(false);
    expect(isMethodName('trickle')).toBe(true);
  });

  it('never throw on any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...Object.keys(methods)), (value, name) => {
        clientFrame.safeParse(value);
        clientTokenClaims.safeParse(value);
        if (isMethodName(name)) methods[name].safeParse(value);
      }),
    );
  });
});
