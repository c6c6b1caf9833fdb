import type { TrackProcessor } from '@amphi/client';
import { expect, it } from 'vitest';
import { NoiseError } from './noise-failure.ts';
import { type NoiseState, NoiseSuppression } from './noise-suppression.ts';

const source = {} as MediaStreamTrack;
const processed = { track: {} as MediaStreamTrack, stop: () => {} };

/** A session that takes note of its processors, and a page that is touched when the test says so. */
function setUp(options: { readonly isSuppressed: boolean; readonly isTouched?: boolean }) {
  const used: (TrackProcessor | undefined)[] = [];
  const states: NoiseState[] = [];
  let fail: (error: unknown) => void = () => {};
  let error: Error | undefined;
  let waiting: (() => void) | undefined;
  const noise = new NoiseSuppression({
    session: {
      async setMicrophoneProcessor(processor) {
        used.push(processor);
      },
    },
    isSuppressed: options.isSuppressed,
    onChange: (state) => states.push(state),
    async start(_, onFail) {
      if (error) throw error;
      fail = onFail;
      return processed;
    },
    whenTouched(run) {
      if (options.isTouched ?? true) run();
      else waiting = run;
      return () => {
        waiting = undefined;
      };
    },
  });
  return {
    noise,
    used,
    states,
    touch: () => waiting?.(),
    isWaiting: () => waiting !== undefined,
    breakDown: (reason: unknown) => fail(reason),
    refuse: (reason: Error) => {
      error = reason;
    },
  };
}

it('EFF6: the microphone goes through it while it is on, and not when it is off', async () => {
  const { noise, used, states } = setUp({ isSuppressed: false });
  expect(used).toEqual([]);
  noise.set(true);
  noise.set(false);
  noise.set(true);
  expect(used).toEqual([expect.anything(), undefined, expect.anything()]);
  await expect(used[2]?.process(source, () => {})).resolves.toBe(processed);
  expect(states.map(({ isSuppressed }) => isSuppressed)).toEqual([true, false, true]);
  expect(noise.state).toEqual({ isSuppressed: true, failure: undefined });
});

it.each([
  ['no_worklets', new NoiseError('no_worklets', 'none')],
  ['other_rate', new NoiseError('other_rate', '44100')],
  ['broken', new Error('404')],
] as const)(
  'EFF8: where it does not start (%s) it is taken back, with the reason, until it is chosen again',
  async (failure, error) => {
    const { noise, used, states, refuse } = setUp({ isSuppressed: true });
    refuse(error);
    await expect(used[0]?.process(source, () => {})).rejects.toBe(error);
    expect(used).toEqual([expect.anything(), undefined]);
    expect(states).toEqual([{ isSuppressed: false, failure }]);
    noise.set(true);
    expect(noise.state).toEqual({ isSuppressed: true, failure: undefined });
  },
);

it('EFF8: one that breaks down is taken back once; one that was taken back before tells nothing any more', async () => {
  const { noise, used, states, breakDown } = setUp({ isSuppressed: true });
  let failures = 0;
  await used[0]?.process(source, () => {
    failures += 1;
  });
  breakDown(new Error('gone'));
  breakDown(new Error('gone'));
  expect(states).toEqual([{ isSuppressed: false, failure: 'broken' }]);
  expect(used.at(-1)).toBeUndefined();
  // The microphone stays on: the session is not told.
  expect(failures).toBe(0);
  noise.set(true);
  breakDown(new Error('gone long ago'));
  expect(noise.state).toEqual({ isSuppressed: true, failure: undefined });
});

it('EFF9: on a page that nobody has touched it waits, unless it is taken back or the visit ends', () => {
  const first = setUp({ isSuppressed: true, isTouched: false });
  expect(first.used).toEqual([]);
  first.touch();
  expect(first.used).toEqual([expect.anything()]);
  const second = setUp({ isSuppressed: true, isTouched: false });
  second.noise.set(false);
  expect(second.isWaiting()).toBe(false);
  const third = setUp({ isSuppressed: true, isTouched: false });
  third.noise.close();
  expect(third.isWaiting()).toBe(false);
  expect(third.used).toEqual([]);
});
