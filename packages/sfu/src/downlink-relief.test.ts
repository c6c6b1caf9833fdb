import { Scope } from '@amphi/base';
import { VirtualClock } from '@amphi/testkit';
import { expect, test } from 'vitest';
import { DownlinkRelief, lossOfScore } from './downlink-relief.ts';

const POLICY = { lossThreshold: 0.25, degradeAfterMs: 1_000, recoverAfterMs: 4_000 };

function make() {
  const clock = new VirtualClock();
  const changes: number[] = [];
  const relief: DownlinkRelief = new DownlinkRelief({
    timers: new Scope({ clock }),
    onChange: () => changes.push(relief.sparedLayers),
  });
  relief.setPolicy(POLICY);
  return { clock, changes, relief };
}

test('ROLE8: a layer is taken after each grace period of loss, down to nothing, and given back as slowly', () => {
  const { clock, changes, relief } = make();
  relief.note(0.3);
  clock.advance(999);
  expect(changes).toEqual([]);
  clock.advance(3_001);
  expect(changes).toEqual([1, 2, 3]);
  clock.advance(60_000);
  relief.note(0.1);
  clock.advance(3_999);
  expect(changes).toEqual([1, 2, 3]);
  clock.advance(8_001);
  expect(changes).toEqual([1, 2, 3, 2, 1, 0]);
});

test('ROLE8: losses that heal within the grace period take nothing', () => {
  const { clock, changes, relief } = make();
  for (let i = 0; i < 10; i++) {
    relief.note(0.9);
    clock.advance(900);
    relief.note(0);
    clock.advance(900);
  }
  expect(changes).toEqual([]);
});

test('ROLE8: without a policy, or once it is withdrawn, all layers are there', () => {
  const { clock, changes, relief } = make();
  relief.note(1);
  clock.advance(2_000);
  relief.setPolicy(undefined);
  relief.note(1);
  clock.advance(60_000);
  expect(changes).toEqual([1, 2, 0]);
});

test.each([
  [10, 0],
  [0, 1],
  [6.561, 0.1],
])('a score of %d means a loss of %d', (score, loss) => {
  expect(lossOfScore(score)).toBeCloseTo(loss);
});
