import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_EGRESS_POLICY, type EgressJobEvent, type EgressJobState, nextTickAt, step } from './job-state.ts';

const policy = { ...DEFAULT_EGRESS_POLICY, backoff: { firstMs: 200, capMs: 5_000, random: () => 1 } };
const begin: EgressJobState = { phase: 'preparing', failures: 0, since: 0 };
const launched: EgressJobState = { phase: 'starting', failures: 0, since: 0 };

/** Runs events `[at, type]` from the launch on. */
function run(events: readonly (readonly [number, EgressJobEvent['type']])[], from = launched) {
  let state = from;
  const actions: string[] = [];
  for (const [at, type] of events) {
    const next = step(state, { type }, at, policy);
    state = next.state;
    actions.push(...next.actions);
  }
  return { state, actions };
}

describe('an egress job', () => {
  it('STR10: starts again after a crash, later and later, and gives up after five in a row', () => {
    expect(run([[10, 'exited']]).state).toEqual({ phase: 'waiting', failures: 1, until: 210 });
    const twice = run([
      [10, 'exited'],
      [210, 'tick'],
      [211, 'prepared'],
      [300, 'exited'],
    ]);
    expect(twice).toEqual({ state: { phase: 'waiting', failures: 2, until: 700 }, actions: ['prepare', 'launch'] });
    const crash = (at: number) =>
      [
        [at, 'exited'],
        [at + 9_000, 'tick'],
        [at + 9_000, 'prepared'],
      ] as const;
    const five = run([0, 10_000, 20_000, 30_000, 40_000].flatMap(crash));
    expect(five.state).toEqual({ phase: 'ended', outcome: 'failed' });
    expect(five.actions.filter((action) => action === 'launch')).toHaveLength(4);
  });

  it('STR15: a message that cannot be made in time counts as a failure, and a stop does not wait for it', () => {
    expect(run([[29_999, 'tick']], begin).state).toEqual(begin);
    for (const late of [
      [30_000, 'tick'],
      [5, 'unprepared'],
    ] as const) {
      expect(run([late], begin)).toMatchObject({ state: { phase: 'waiting', failures: 1 }, actions: [] });
    }
    expect(run([[5, 'stopRequested']], begin)).toEqual({ state: { phase: 'ended', outcome: 'stopped' }, actions: [] });
  });

  it('STR10: a process that streamed for a while starts the count anew', () => {
    const events = [
      [0, 'exited'],
      [1_000, 'tick'],
      [1_000, 'prepared'],
      [2_000, 'streaming'],
    ] as const;
    expect(run([...events, [10_000, 'exited']]).state).toMatchObject({ failures: 2 });
    expect(run([...events, [40_000, 'exited']]).state).toMatchObject({ failures: 1 });
  });

  it('STR11: kills a process that does not start, falls silent, or does not drain', () => {
    expect(run([[29_999, 'tick']]).actions).toEqual([]);
    expect(run([[30_000, 'tick']]).actions).toEqual(['kill']);
    const silent = [
      [1_000, 'streaming'],
      [6_000, 'heard'],
    ] as const;
    expect(run([...silent, [25_999, 'tick']]).actions).toEqual([]);
    expect(run([...silent, [26_000, 'tick']]).actions).toEqual(['kill']);
    const draining = run([
      [1_000, 'streaming'],
      [2_000, 'stopRequested'],
      [12_000, 'tick'],
    ]);
    expect(draining.actions).toEqual(['askToStop', 'kill']);
    expect(draining.state.phase).toBe('draining');
  });

  it('STR12: ends when the drained process is gone, or at once when none runs', () => {
    const drained = run([
      [1_000, 'streaming'],
      [2_000, 'stopRequested'],
      [2_500, 'exited'],
    ]);
    expect(drained).toEqual({ state: { phase: 'ended', outcome: 'stopped' }, actions: ['askToStop'] });
    const waiting = run([
      [0, 'exited'],
      [50, 'stopRequested'],
    ]);
    expect(waiting).toEqual({ state: { phase: 'ended', outcome: 'stopped' }, actions: [] });
  });

  it('never launches after a stop, runs one process at most, and always has an end in sight', () => {
    const types = ['prepared', 'unprepared', 'streaming', 'heard', 'exited', 'stopRequested', 'tick'] as const;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(20_000), fc.constantFrom(...types)), { maxLength: 60 }), (script) => {
        let state = begin as EgressJobState;
        let now = 0;
        let alive = false;
        let stopped = false;
        for (const [wait, type] of script) {
          now += wait;
          const preparing = state.phase === 'preparing';
          if ((type === 'prepared' || type === 'unprepared') && !preparing) continue;
          if ((type === 'streaming' || type === 'heard' || type === 'exited') && !alive) continue;
          if (type === 'exited') alive = false;
          if (type === 'stopRequested') stopped = true;
          const next = step(state, { type }, now, policy);
          state = next.state;
          for (const action of next.actions) {
            if (action === 'launch') {
              expect(alive).toBe(false);
              expect(stopped).toBe(false);
              alive = true;
            } else if (action === 'prepare') {
              expect(alive).toBe(false);
              expect(stopped).toBe(false);
            } else {
              expect(alive).toBe(true);
            }
          }
          if (state.phase === 'ended') expect(alive).toBe(false);
          else expect(nextTickAt(state, policy)).toBeDefined();
        }
      }),
    );
  });
});
