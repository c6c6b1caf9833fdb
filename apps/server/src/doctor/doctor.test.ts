import type { DoctorFinding, DoctorReport } from '@amphi/protocol';
import { VirtualClock } from '@amphi/testkit';
import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../settings.ts';
import { type Check, fail, ok, warn } from './check.ts';
import { CHECKS, examine, isFit } from './doctor.ts';
import { describe as textOf } from './doctor-command.ts';
import { DoctorRuns } from './doctor-runs.ts';

const context = {
  settings: settingsSchema.parse({}),
  clock: new VirtualClock(0),
  serverPid: undefined,
  egressProgram: '',
};

const check = (id: string, run: Check['run'], more: Partial<Check> = {}): Check => ({
  id,
  title: id.toUpperCase(),
  timeoutMs: 60_000,
  run,
  ...more,
});

describe('the doctor', () => {
  it('prints a line for each thing, what to do below it, and a verdict (DOC1)', () => {
    const node = { check: 'node', title: 'Node', state: 'ok', what: 'new enough' } as const;
    const clock = {
      check: 'clock',
      title: 'Clock',
      state: 'warn',
      what: 'kept by nobody',
      remedy: 'Get ntp.',
    } as const;
    const disk = { check: 'disk', title: 'Disk', state: 'fail', what: 'full', remedy: 'Make room.' } as const;
    const printed = (...findings: DoctorFinding[]) => {
      const [, ...lines] = textOf({ startedAt: '', finishedAt: '', findings, pending: [] }, undefined).split('\n');
      return lines;
    };
    expect(printed(node)).toEqual(['', 'ok    Node  new enough', '', 'All is well.', '']);
    expect(printed(node, clock, disk)).toEqual([
      '',
      'ok    Node   new enough',
      'WARN  Clock  kept by nobody',
      '             → Get ntp.',
      'FAIL  Disk   full',
      '             → Make room.',
      '',
      '1 thing has to be mended.',
      '',
    ]);
    expect(printed(clock).at(-2)).toBe('It works; 1 thing could be better.');
  });

  it('tells what was found in the order of the checks, and what still runs (DOC1)', async () => {
    let finishFirst = (): void => {};
    const first = new Promise<void>((resolve) => {
      finishFirst = resolve;
    });
    const reports: DoctorReport[] = [];
    const report = await examine(context, {
      checks: [
        check('a', async () => {
          await first;
          return [ok('fine'), warn('nearly', 'Do.')];
        }),
        check('b', async () => [ok('well')]),
      ],
      onChange: (now) => {
        reports.push(now);
        if (now.pending.length === 1) finishFirst();
      },
    });
    expect(reports.map(({ pending }) => pending)).toEqual([['A', 'B'], ['A'], []]);
    expect(report.findings.map(({ check, title, state }) => `${check} ${title} ${state}`)).toEqual([
      'a A ok',
      'a A warn',
      'b B ok',
    ]);
    expect(report.finishedAt).toBe(new Date(0).toISOString());
    expect(isFit(report)).toBe(true);
  });

  it('runs heavy checks when all others are through, one at a time (DOC2)', async () => {
    const order: string[] = [];
    const recorded = (id: string, more: Partial<Check> = {}) =>
      check(
        id,
        async () => {
          order.push(`${id} begins`);
          await new Promise(setImmediate);
          order.push(`${id} ends`);
          return [];
        },
        more,
      );
    await examine(context, {
      checks: [recorded('heavy', { isHeavy: true }), recorded('light'), recorded('heavier', { isHeavy: true })],
    });
    expect(order).toEqual(['light', 'heavy', 'heavier'].flatMap((id) => [`${id} begins`, `${id} ends`]));
  });

  it('takes a check that breaks or hangs for a finding (DOC3)', async () => {
    const report = await examine(context, {
      checks: [
        check('broken', () => Promise.reject(new Error('no /proc here'))),
        check('hanging', () => new Promise(() => {}), { timeoutMs: 20 }),
        check('sound', async () => [fail('bad', 'Mend it.')]),
      ],
    });
    expect(report.findings.map(({ what }) => what)).toEqual([
      'could not be checked: no /proc here',
      'could not be checked: did not finish within 0.02 s',
      'bad',
    ]);
    expect(isFit(report)).toBe(false);
  });

  it('has checks with names of their own', () => {
    expect(new Set(CHECKS.map(({ id }) => id)).size).toBe(CHECKS.length);
  });

  it('inside of a server: one run at a time, ended with the server (DOC4)', async () => {
    let runs = 0;
    let signal: AbortSignal | undefined;
    const hanging = check('a', (given) => {
      runs += 1;
      signal = given.signal;
      return new Promise(() => {});
    });
    const doctor = new DoctorRuns(context, [hanging]);
    expect(doctor.report).toBeUndefined();
    expect(doctor.start()?.pending).toEqual(['A']);
    expect(doctor.start()?.pending).toEqual(['A']);
    expect(runs).toBe(1);
    doctor.close();
    await doctor.closed;
    expect(signal?.aborted).toBe(true);
  });
});
