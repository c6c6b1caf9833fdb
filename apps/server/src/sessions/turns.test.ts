import { describe, expect, it, vi } from 'vitest';
import { Turns } from './turns.ts';

/** Time passes by steps, one millisecond each, and by nothing else. */
function slowTurns(sliceMs: number) {
  let now = 0;
  const log: string[] = [];
  const work = function* (name: string, steps: number) {
    for (let i = 1; i <= steps; i++) {
      now += 1;
      log.push(`${name}${i}`);
      yield;
    }
  };
  return { turns: new Turns({ sliceMs, now: () => now }), log, work };
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
const never = (error: unknown) => {
  throw error;
};

describe('DEL1: deliveries take a bounded time of each turn', () => {
  it('what fits is done at once', () => {
    const { turns, log, work } = slowTurns(10);
    turns.openLane(never).push(work('a', 3));
    expect(log).toEqual(['a1', 'a2', 'a3']);
  });

  it('the rest goes on in the next turns, a slice in each', async () => {
    const { turns, log, work } = slowTurns(10);
    const lane = turns.openLane(never);
    lane.push(work('a', 25), 25);
    const done = [log.length];
    while (lane.weight > 0) {
      await nextTurn();
      done.push(log.length);
    }
    expect(done.map((count, i) => count - (done[i - 1] ?? 0))).toEqual([10, 10, 5]);
  });

  it('a turn that was long by itself is left alone: what it gives is begun in the next', async () => {
    const { turns, log, work } = slowTurns(10);
    const lane = turns.openLane(never);
    lane.rest();
    lane.push(work('a', 3));
    lane.push(work('b', 1));
    expect(log).toEqual([]);
    await nextTurn();
    expect(log).toEqual(['a1', 'a2', 'a3', 'b1']);
    lane.push(work('c', 1));
    expect(log.at(-1)).toBe('c1');
  });

  it('all that comes within one turn shares its time', async () => {
    const { turns, log, work } = slowTurns(10);
    const lane = turns.openLane(never);
    for (const name of 'abcdef') lane.push(work(name, 4));
    expect(log).toHaveLength(10);
    await nextTurn();
    expect(log).toHaveLength(20);
  });

  it('lanes go on in turns', async () => {
    const { turns, log, work } = slowTurns(2);
    const [one, two] = [turns.openLane(never), turns.openLane(never)];
    one.push(work('a', 6));
    two.push(work('b', 4));
    expect(log).toEqual(['a1', 'a2']);
    while (one.weight + two.weight > 0) await nextTurn();
    expect(log).toEqual(['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'a5', 'a6', 'b3', 'b4']);
  });
});

describe('DEL1: lanes do not hang on each other', () => {
  it('one that is closed while it waits keeps no other waiting', async () => {
    const { turns, log, work } = slowTurns(2);
    const [one, two] = [turns.openLane(never), turns.openLane(never)];
    one.push(work('a', 6));
    two.push(work('b', 2));
    one.close();
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    expect(log).toEqual(['a1', 'a2', 'b1', 'b2']);
    expect(two.weight).toBe(0);
  });
});

describe('DEL2: a lane keeps its order', () => {
  it('what comes while something waits, or out of a step, comes after it', async () => {
    const { turns, log, work } = slowTurns(3);
    const lane = turns.openLane(never);
    const nested = function* () {
      lane.push(work('c', 1));
      log.push('nested');
      yield;
    };
    lane.push(work('a', 4));
    lane.push(nested());
    lane.push(work('b', 2));
    while (lane.weight > 0) await nextTurn();
    expect(log).toEqual(['a1', 'a2', 'a3', 'a4', 'nested', 'b1', 'b2', 'c1']);
  });

  it('a fault closes the lane: half of what was decided is worth nothing', () => {
    const onFault = vi.fn();
    const { turns, log, work } = slowTurns(10);
    const lane = turns.openLane(onFault);
    const fault = new Error('poisoned');
    const failing: Iterator<unknown> = {
      next: () => {
        lane.push(work('late', 1));
        throw fault;
      },
    };
    lane.push(failing);
    lane.push(work('later', 1));
    expect(onFault.mock.calls).toEqual([[fault]]);
    expect(log).toEqual([]);
    expect(lane.weight).toBe(0);
  });

  it('a lane may be closed out of one of its steps', async () => {
    const { turns, log, work } = slowTurns(10);
    const lane = turns.openLane(never);
    const closing = function* () {
      lane.close();
      yield;
    };
    lane.push(work('a', 12));
    lane.push(closing());
    lane.push(work('b', 1));
    await nextTurn();
    await nextTurn();
    expect(log).toHaveLength(12);
    expect(lane.weight).toBe(0);
  });
});
