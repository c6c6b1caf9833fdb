import { toneAmplitude } from '@amphi/testkit';
import { expect, it } from 'vitest';

it('tells the tones of a mix apart, where they are', () => {
  const samples = Float32Array.from({ length: 48_000 }, (_, i) => {
    const tone = (hz: number, amplitude: number): number => amplitude * Math.sin((2 * Math.PI * hz * i) / 48_000);
    return i < 24_000 ? tone(1000, 0.5) + tone(1600, 0.25) : 0;
  });
  const at = (hz: number, from: number): number =>
    toneAmplitude({ startSeconds: 10, samples }, hz, { from, seconds: 0.06 });
  expect(at(1000, 10.2)).toBeCloseTo(0.5, 2);
  expect(at(1600, 10.2)).toBeCloseTo(0.25, 2);
  expect(at(1300, 10.2)).toBeLessThan(0.02);
  expect(at(1000, 10.6)).toBeCloseTo(0, 6);
  expect(at(1000, 12)).toBe(0);
});
