import type { DoctorFinding } from '@amphi/protocol';
import { expect, it } from 'vitest';
import { groupFindings, progressOf, verdictOf } from './findings.ts';

const finding = (check: string, state: DoctorFinding['state']): DoctorFinding => ({
  check,
  title: check,
  state,
  what: 'x',
});
const findings = [finding('a', 'ok'), finding('b', 'fail'), finding('b', 'warn'), finding('c', 'fail')];

it('findings stand by what they ask for, the worst first, else in their order', () => {
  const groups = groupFindings(findings).map(({ state, findings: found }) => [state, found.map(({ check }) => check)]);
  expect(groups).toEqual([
    ['fail', ['b', 'c']],
    ['warn', ['b']],
    ['ok', ['a']],
  ]);
  expect(groupFindings([])).toEqual([]);
});

it.each([
  [findings, 'fail', '2 things have to be mended.'],
  [findings.slice(0, 2), 'fail', '1 thing has to be mended.'],
  [[finding('a', 'warn')], 'warn', 'It works; 1 thing could be better.'],
  [[finding('a', 'ok')], 'ok', 'All is well.'],
] as const)('the verdict is of the worst', (given, state, text) => expect(verdictOf(given)).toEqual({ state, text }));

it('progress counts checks, not findings', () => {
  expect(progressOf({ findings, pending: ['Disk', 'Encoder'] })).toEqual({
    done: 3,
    total: 5,
    text: '3 of 5 done. Still looking at: Disk, Encoder.',
  });
});
