import { Scope } from '@amphi/base';
import { VirtualClock } from '@amphi/testkit';
import { expect, test } from 'vitest';
import { type LayerReport, LayerReports } from './layer-reports.ts';

type State = Pick<LayerReport, 'current' | 'degraded'>;

const SEEN: State = { current: 'high', degraded: false };
const SMALLER: State = { current: 'low', degraded: 'publisher' };
const SILENT: State = { current: 'none', degraded: 'publisher' };
const MUTED: State = { current: 'none', degraded: false };
const HELD_BACK: State = { current: 'none', degraded: 'subscriber' };

function aTrack() {
  const clock = new VirtualClock();
  const told: string[] = [];
  const reports = new LayerReports({
    timers: new Scope({ clock }),
    tell: ({ current, degraded }) => told.push(`${current} ${degraded}`),
  });
  const note = (state: State): void => reports.note({ trackId: 'cam', expected: 'high', ...state });
  return { clock, told, reports, note };
}

test('SB18: what is new is told, once', () => {
  const { told, note } = aTrack();
  for (const state of [SEEN, SEEN, SMALLER, SMALLER, SEEN]) note(state);
  expect(told).toEqual(['high false', 'low publisher', 'high false']);
});

test('SB18: a camera with a picture every second and a half is not told to come and go', () => {
  const { clock, told, note } = aTrack();
  note(SEEN);
  for (let picture = 0; picture < 20; picture++) {
    note(SILENT);
    clock.advance(1_500);
    note(SEEN);
    clock.advance(1_500);
  }
  expect(told).toEqual(['high false']);
});

test('SB18: one that sends nothing any more is told so, two seconds after the worker noticed, also when it is noticed again meanwhile', () => {
  const { clock, told, note } = aTrack();
  note(SEEN);
  note(SILENT);
  clock.advance(1_000);
  note(SILENT);
  clock.advance(999);
  expect(told).toEqual(['high false']);
  clock.advance(1);
  expect(told).toEqual(['high false', 'none publisher']);
  note(SILENT);
  note(SEEN);
  expect(told).toEqual(['high false', 'none publisher', 'high false']);
});

test.each([
  ['muted', MUTED, 'none false'],
  ['held back by the downlink', HELD_BACK, 'none subscriber'],
])('SB18: a track that is %s is told at once, also when it was silent before', (_, state, expected) => {
  const { clock, told, note } = aTrack();
  note(SEEN);
  note(SILENT);
  note(state);
  expect(told).toEqual(['high false', expected]);
  clock.advance(10_000);
  expect(told).toEqual(['high false', expected]);
});

test('SB18: what begins has three seconds until its first picture', () => {
  const { clock, told, reports, note } = aTrack();
  reports.setSending(true);
  note(SILENT);
  clock.advance(2_999);
  expect(told).toEqual([]);
  clock.advance(1);
  expect(told).toEqual(['none publisher']);
});

test('SB18: its first picture ends the wait, and nothing is told of it after it was stopped', () => {
  const { clock, told, reports, note } = aTrack();
  reports.setSending(true);
  note(SEEN);
  reports.setSending(false);
  note(MUTED);
  clock.advance(10_000);
  expect(told).toEqual(['high false', 'none false']);
});
