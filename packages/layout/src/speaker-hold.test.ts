import { describe, expect, it } from 'vitest';
import { HOLD_MS, LEAD, LOUDER_FOR_MS, NOBODY_SPEAKS, type SpeakerHold, speakerAfter } from './index.ts';

const REPORT_MS = 600;
const everyone = () => true;

/** Who is in front after each report, one every 600 ms. Written `{ ann: 40, bob: 60 }`. */
function fronts(reports: readonly Readonly<Record<string, number>>[], isHere = everyone): (string | undefined)[] {
  let hold: SpeakerHold = NOBODY_SPEAKS;
  return reports.map((levels, index) => {
    const speaking = Object.entries(levels).map(([id, level]) => ({ id, level }));
    hold = speakerAfter(hold, speaking, index * REPORT_MS, isHere);
    return hold.activeId;
  });
}

const times = <Value>(count: number, value: Value): Value[] => Array.from({ length: count }, () => value);

describe('the speaker in front', () => {
  it('LY5: comes at once when nobody is there', () => {
    expect(fronts([{}, { ann: 3, bob: 40 }])).toEqual([undefined, 'bob']);
  });

  it('LY5: stays through silence', () => {
    expect(fronts([{ ann: 40 }, ...times(20, {})]).at(-1)).toBe('ann');
  });

  it('LY5: changes when another one was clearly louder for a while, and not before its time', () => {
    const seen = fronts([...times(2, { ann: 40 }), ...times(6, { ann: 40, bob: 40 + LEAD })]);
    const changedAt = seen.indexOf('bob') * REPORT_MS;
    expect(changedAt).toBeGreaterThanOrEqual(HOLD_MS);
    expect(changedAt).toBeGreaterThanOrEqual(2 * REPORT_MS + LOUDER_FOR_MS);
    expect(seen.at(-1)).toBe('bob');
  });

  it('LY5: does not flap while two talk over each other', () => {
    const reports = Array.from({ length: 100 }, (_, i) => (i % 2 ? { ann: 60, bob: 40 } : { ann: 40, bob: 60 }));
    expect(new Set(fronts(reports)).size).toBe(1);
  });

  it('LY5: is not taken by one who is only a little louder, or coughs', () => {
    expect(new Set(fronts([{ ann: 40 }, ...times(50, { ann: 40, bob: 40 + LEAD - 1 })]))).toEqual(new Set(['ann']));
    expect(fronts([...times(5, { ann: 40 }), ...times(2, { bob: 90 }), ...times(5, { ann: 40 })])).not.toContain('bob');
  });

  it('LY5: goes to the rival although a third one is louder for a moment', () => {
    expect(fronts([...times(5, { ann: 20 }), { bob: 50 }, { bob: 50, cid: 90 }, { bob: 50 }]).at(-1)).toBe('bob');
  });

  it('LY5: holds two seconds at least, whoever speaks how', () => {
    const voices = ['ann', 'bob', 'cid', 'dan'];
    let seed = 7;
    const random = (): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const reports = Array.from({ length: 500 }, () =>
      Object.fromEntries(voices.filter(() => random() < 0.6).map((id) => [id, Math.round(random() * 100)])),
    );
    const seen = fronts(reports);
    const first = seen.findIndex((id) => id !== undefined);
    let since = first;
    let changes = 0;
    for (let i = first + 1; i < seen.length; i++) {
      if (seen[i] === seen[i - 1]) continue;
      expect((i - since) * REPORT_MS).toBeGreaterThanOrEqual(HOLD_MS);
      since = i;
      changes++;
    }
    expect(changes).toBeGreaterThan(0);
  });

  it('LY5: goes at once to the next who speaks when the one in front has left', () => {
    const hold = speakerAfter(NOBODY_SPEAKS, [{ id: 'ann', level: 50 }], 0, everyone);
    const withoutAnn = (id: string) => id !== 'ann';
    expect(speakerAfter(hold, [{ id: 'ann', level: 50 }], 600, withoutAnn).activeId).toBeUndefined();
    expect(speakerAfter(hold, [{ id: 'bob', level: 2 }], 600, withoutAnn).activeId).toBe('bob');
  });
});
