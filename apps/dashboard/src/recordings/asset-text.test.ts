import { expect, it } from 'vitest';
import { contentText } from './asset-text.ts';

it.each([
  [{ resolution: { width: 1280, height: 720 } }, '1280 × 720'],
  [{ max_width: 1920, max_height: 1080 }, '1920 × 1080'],
  [{ track_type: 'audio', source: 'regular', user_name: 'Noa' }, 'Microphone of Noa'],
  [
    { track_type: 'video', source: 'screen', user_name: '', resolution: { width: 1920, height: 1080 } },
    'Screen · 1920 × 1080',
  ],
  [{}, ''],
] as const)('REC37: says of %j: %s', (metadata, text) => {
  expect(contentText({ metadata })).toBe(text);
});
