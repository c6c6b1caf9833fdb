import type { DoctorReport } from '@amphi/protocol';
import { VirtualClock } from '@amphi/testkit';
import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../settings.ts';
import { type Check, fail, ok, warn } from './check.ts';
import { CHECKS, examine, isFit } from './doctor.ts';
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
