import { expect, it } from 'vitest';
import { dayText, lastDays, usageFigures } from './usage.ts';

const day = (name: string, people = 0, peak = 0) => ({
  day: name,
  participant_minutes: people,
  stream_minutes: 0,
  recording_minutes: 0,
  peak_participants: peak,
});

it('USE3: makes a figure of each kind, and says what it comes to', () => {
  const figures = usageFigures([day('2026-01-31', 90.5, 3), day('2026-02-01', 1_200, 40)]);
  expect(figures.map(({ figure, summary }) => [figure.id, summary])).toEqual([
    ['participants', '1,291 min in all, 1,200 at most on a day'],
    ['peak', '40 at most'],
    ['streams', '0 min in all, 0 at most on a day'],
    ['recordings', '0 min in all, 0 at most on a day'],
  ]);
  expect(figures[0]?.figure.points).toEqual([
    { at: Date.UTC(2026, 0, 31), value: 90.5 },
    { at: Date.UTC(2026, 1, 1), value: 1_200 },
  ]);
});

it('USE3: has nothing to draw when nothing was used', () => {
  expect(usageFigures([day('2026-01-31'), day('2026-02-01')])).toEqual([]);
});

it('asks for days of UTC, and names them so', () => {
  expect(lastDays(1, Date.UTC(2026, 1, 1, 23, 59))).toEqual({ from: '2026-02-01', to: '2026-02-01' });
  expect(lastDays(30, Date.UTC(2026, 1, 1))).toEqual({ from: '2026-01-03', to: '2026-02-01' });
  expect(dayText(Date.UTC(2026, 1, 1))).toContain('2026');
});
