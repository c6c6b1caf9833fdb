import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advancePartLimit, decideReload } from './blocking-reload.ts';
import { parseDirectives } from './directives.ts';
import { HlsError } from './errors.ts';
import { appendPart, createLiveWindow, endLiveWindow, type LiveWindow, setInit } from './live-window.ts';

describe('parseDirectives', () => {
  it('reads directives among other parameters', () => {
    expect(parseDirectives('')).toEqual({});
    expect(parseDirectives('token=a&x')).toEqual({});
    expect(parseDirectives('token=a&_HLS_msn=17&_HLS_part=0&_HLS_skip=YES')).toEqual({ msn: 17, part: 0, skip: 'YES' });
    expect(parseDirectives('_HLS_skip=v2')).toEqual({ skip: 'v2' });
    expect(parseDirectives('_HLS_novelty=1&_HLS_msn=0')).toEqual({ msn: 0 });
  });

  it.each([
    '_HLS_part=1',
    '_HLS_msn=',
    '_HLS_msn=-1',
    '_HLS_msn=1.5',
    '_HLS_msn=1e3',
    '_HLS_msn=1&_HLS_part=x',
    '_HLS_skip=NO',
  ])('DD1: refuses %s', (query) => {
    expect(() => parseDirectives(query)).toThrow(HlsError);
  });

  it('DD1: refuses a directive said twice and a number too long to hold', () => {
    expect(() => parseDirectives('_HLS_msn=1&_HLS_msn=2')).toThrow(/stands twice/);
    expect(() => parseDirectives(`_HLS_msn=${'9'.repeat(20)}`)).toThrow(/below 2\^53/);
  });

  it('answers any query with directives or a coded error', () => {
    const pair = fc.tuple(
      fc.constantFrom('_HLS_msn', '_HLS_part', '_HLS_skip', 'x', '_HLS_'),
      fc.string({ maxLength: 8 }),
    );
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 5 }), (pairs) => {
        try {
          const { msn, part } = parseDirectives(pairs.map(([name, value]) => `${name}=${value}`).join('&'));
          expect(part === undefined || msn !== undefined).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(HlsError);
        }
      }),
    );
  });
});

describe('decideReload', () => {
  /** Segments 0–4 of four parts each, then `parts` of segment 5. */
  const windowWith = (parts: number): LiveWindow => {
    let window = setInit(
      createLiveWindow({
        targetDuration: 2,
        partTarget: 0.5,
        serverControl: { canBlockReload: true, partHoldBack: 1.5 },
        type: 'live',
        windowSegments: 3,
      }),
      0,
    );
    for (let i = 0; i < 20 + parts; i++) {
      const part = i % 4;
      const programDateTime = i * 500;
      window = appendPart(window, {
        msn: Math.floor(i / 4),
        part,
        duration: 0.5,
        independent: part === 0,
        last: part === 3,
        programDateTime,
      }).window;
    }
    return window;
  };
  const answer = (parts: number, msn: number, part?: number): string =>
    decideReload(windowWith(parts), part === undefined ? { msn } : { msn, part }).answer;

  it('DD2: waits for a whole segment, or for a part, and answers what is reached', () => {
    expect(decideReload(windowWith(2), {}).answer).toBe('now');
    expect(answer(2, 4)).toBe('now');
    expect(answer(2, 0)).toBe('now');
    expect(answer(2, 5)).toBe('wait');
    expect(answer(2, 5, 1)).toBe('now');
    expect(answer(2, 5, 2)).toBe('wait');
    expect(answer(2, 6, 0)).toBe('wait');
    expect(answer(0, 5, 0)).toBe('wait');
  });

  it('DD3: takes a part beyond the last of a segment for part 0 of the next', () => {
    expect(answer(0, 4, 3)).toBe('now');
    expect(answer(0, 4, 4)).toBe('wait');
    expect(answer(1, 4, 4)).toBe('now');
    expect(answer(0, 3, 9)).toBe('now');
  });

  it('DD4: refuses what is too far ahead', () => {
    expect(answer(2, 6)).toBe('wait');
    expect(answer(2, 7)).toBe('too_far');
    expect(answer(2, 1e15)).toBe('too_far');
    expect(answer(2, 5, 7)).toBe('wait');
    expect(answer(2, 5, 8)).toBe('too_far');
    expect(answer(2, 6, 5)).toBe('wait');
    expect(answer(2, 6, 6)).toBe('too_far');
    expect([0.3334, 0.5, 1, 2].map(advancePartLimit)).toEqual([9, 6, 3, 3]);
  });

  it('DD5: answers everything at once after the end', () => {
    const ended = endLiveWindow(windowWith(2)).window;
    expect(decideReload(ended, { msn: 1e9, part: 3 }).answer).toBe('now');
  });
});
