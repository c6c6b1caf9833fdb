import { VirtualClock } from '@amphi/testkit';
import { expect, it } from 'vitest';
import { Guesses } from './guesses.ts';
import { HeldBack } from './held-back.ts';

const DELAY_MS = 1_000;

function guesses(clock: VirtualClock): Guesses {
  const heldBack = new HeldBack({ delayMs: DELAY_MS, clock });
  return new Guesses({ name: 'tries', rate: { perSecond: 0.001, burst: 1 }, heldBack, clock });
}

/** Tries something wrong, and tells how it ended once it has. */
function attempt(of: Guesses, from: string, ended: string[]): Promise<void> {
  return of
    .lookUp(from, 'wrong', async () => undefined)
    .then(
      () => void ended.push('not found'),
      (error: { code?: number }) => void ended.push(String(error.code)),
    );
}

/** Whatever ends without the clock has ended. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('BUD17: a refusal is held back, what is right is not', async () => {
  const clock = new VirtualClock();
  const door = guesses(clock);
  const ended: string[] = [];
  expect(await door.lookUp('a', 'right', async () => 'found')).toBe('found');
  await attempt(door, 'a', ended);
  const held = attempt(door, 'a', ended);
  await settle();
  expect(ended).toEqual(['not found']);
  expect(await door.lookUp('a', 'right', async () => 'found')).toBe('found');
  clock.advance(DELAY_MS - 1);
  await settle();
  expect(ended).toEqual(['not found']);
  clock.advance(1);
  await held;
  expect(ended).toEqual(['not found', '429']);
});

it('BUD17: of one address a bounded number is held back, the rest is refused at once', async () => {
  const clock = new VirtualClock();
  const door = guesses(clock);
  const ended: string[] = [];
  await attempt(door, 'a', ended);
  const all = Array.from({ length: 250 }, () => attempt(door, 'a', ended));
  await settle();
  expect(ended).toHaveLength(1 + 50);
  expect(clock.pending).toBe(200);
  clock.advance(DELAY_MS);
  await Promise.all(all);
  expect(ended).toHaveLength(1 + 250);
  expect(clock.pending).toBe(0);
});
