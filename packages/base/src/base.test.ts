import { VirtualClock } from '@amphi/testkit';
import { describe, expect, it } from 'vitest';
import { backoffMs, CodedError, Emitter, Rounds, Scope, TaskQueue } from './index.ts';

describe('Scope', () => {
  it('waits for work no longer than it lives itself', async () => {
    const scope = new Scope();
    expect(await scope.whileOpen(Promise.resolve('done'))).toBe('done');
    await expect(scope.whileOpen(Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    const endless = scope.whileOpen(new Promise(() => {}));
    scope.close();
    await expect(endless).rejects.toMatchObject({ code: 'closed' });
    await expect(scope.whileOpen(new Promise(() => {}))).rejects.toMatchObject({ code: 'closed' });
  });

  it('unwinds in reverse order and goes on past a clean-up that fails', async () => {
    const order: string[] = [];
    const failures: unknown[] = [];
    const scope = new Scope({ onCleanUpError: (error) => failures.push(error) });
    scope.defer(() => void order.push('first'));
    scope.defer(() => {
      throw new Error('broken');
    });
    scope.defer(() => void order.push('last'));
    scope.close({ by: 'remote', code: 'x' });
    expect(await scope.closed).toEqual({ by: 'remote', code: 'x' });
    expect(order).toEqual(['last', 'first']);
    expect(failures).toHaveLength(1);
    expect(scope.signal.aborted).toBe(true);
  });

  it('closes what it owns before it is closed, and forgets what closed by itself', async () => {
    const parent = new Scope();
    const child = parent.own(new Scope());
    const gone = parent.own(new Scope());
    gone.close();
    await gone.closed;
    parent.close();
    await parent.closed;
    expect(await child.closed).toEqual({ by: 'parent' });
    expect(await gone.closed).toEqual({ by: 'self' });
  });

  it('runs a clean-up at once when it has closed already', () => {
    const scope = new Scope();
    scope.close();
    let ran = false;
    scope.defer(() => {
      ran = true;
    });
    expect(ran).toBe(true);
  });

  it('drops its timers on close', () => {
    const clock = new VirtualClock();
    const scope = new Scope({ clock });
    let fired = 0;
    scope.after(5, () => fired++);
    scope.every(2, () => fired++);
    clock.advance(4);
    expect(fired).toBe(2);
    scope.close();
    expect(clock.pending).toBe(0);
    clock.advance(100);
    expect(fired).toBe(2);
  });
});

describe('a timer that throws', () => {
  it('ends in the handler of its scope', () => {
    const clock = new VirtualClock();
    const errors: unknown[] = [];
    const scope = new Scope({ clock, onTimerError: (error) => errors.push(error) });
    const fail = () => {
      throw new Error('timer');
    };
    scope.after(5, fail);
    scope.every(5, fail);
    clock.advance(10);
    expect(errors).toHaveLength(3);
  });
});

describe('Rounds', () => {
  it('do what is asked for at any moment, one at a time', async () => {
    for (let turns = 0; turns < 20; turns++) {
      let wanted = 1;
      let done = 0;
      let running = 0;
      const rounds = new Rounds(async () => {
        expect(++running).toBe(1);
        const seen = wanted;
        await Promise.resolve();
        done = seen;
        running--;
      });
      void rounds.ask();
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      wanted = 2;
      await rounds.ask();
      expect(done, `asked again after ${turns} turns`).toBe(2);
    }
  });

  it('begin anew after a round that failed', async () => {
    let fails = true;
    const rounds = new Rounds(async () => {
      if (fails) throw new Error('not now');
    });
    await expect(rounds.ask()).rejects.toThrow('not now');
    await rounds.idle();
    fails = false;
    await rounds.ask();
  });
});

describe('TaskQueue', () => {
  it('runs one task at a time in order, past a failing one', async () => {
    const queue = new TaskQueue();
    const log: string[] = [];
    const slow = queue.push('slow', async () => {
      await Promise.resolve();
      log.push('slow');
    });
    const failing = queue.push('failing', () => {
      throw new CodedError('boom', 'boom');
    });
    const after = queue.push('after', () => log.push('after'));
    await expect(failing).rejects.toMatchObject({ code: 'boom' });
    await Promise.all([slow, after]);
    expect(log).toEqual(['slow', 'after']);
  });

  it('goes on past a task that is overdue, which is named', async () => {
    const clock = new VirtualClock();
    const queue = new TaskQueue({ deadline: { ms: 30, clock } });
    let release = (): void => {};
    const stuck = queue.push('stuck', () => new Promise<void>((resolve) => (release = resolve)));
    const next = queue.push('next', () => 'done');
    clock.advance(29);
    clock.advance(1);
    await expect(stuck).rejects.toMatchObject({ code: 'overdue', message: 'task stuck took longer than 30 ms' });
    expect(await next).toBe('done');
    expect(clock.pending).toBe(0);
    release();
  });

  it('refuses what exceeds its bound, and what waits when it closes', async () => {
    const queue = new TaskQueue({ maxWaiting: 1 });
    let release = (): void => {};
    const running = queue.push('running', () => new Promise<void>((resolve) => (release = resolve)));
    const waiting = queue.push('waiting', () => {});
    await expect(queue.push('too many', () => {})).rejects.toMatchObject({ code: 'queue_full' });
    queue.close();
    await expect(waiting).rejects.toMatchObject({ code: 'queue_closed' });
    release();
    await running;
    await expect(queue.push('late', () => {})).rejects.toMatchObject({ code: 'queue_closed' });
  });
});

describe('Emitter', () => {
  it('reaches every listener although one throws, and none after it unsubscribed', () => {
    const errors: unknown[] = [];
    const emitter = new Emitter<{ tick: number }>((error) => errors.push(error));
    const seen: number[] = [];
    emitter.on('tick', () => {
      throw new Error('listener');
    });
    const off = emitter.on('tick', (n) => seen.push(n));
    emitter.once('tick', (n) => seen.push(n * 10));
    emitter.emit('tick', 1);
    off();
    emitter.emit('tick', 2);
    expect(seen).toEqual([1, 10]);
    expect(errors).toHaveLength(2);
  });
});

describe('backoffMs', () => {
  it('doubles up to the cap and keeps at least half of it', () => {
    const options = { firstMs: 100, capMs: 1000 };
    expect(backoffMs(0, { ...options, random: () => 0 })).toBe(50);
    expect(backoffMs(2, { ...options, random: () => 1 })).toBe(400);
    expect(backoffMs(30, { ...options, random: () => 1 })).toBe(1000);
  });
});
