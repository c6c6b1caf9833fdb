import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePreferences } from './preferences.ts';

describe('remembered preferences', () => {
  it('are read back', () => {
    const stored = {
      name: 'Ada',
      microphoneOn: false,
      cameraOn: true,
      cameraId: 'c',
      stageView: 'speaker',
      isAudioOnly: true,
      background: 'dusk',
      suppressesNoise: true,
      language: 'ar',
    };
    expect(parsePreferences(JSON.stringify(stored))).toEqual({
      ...stored,
      microphoneId: undefined,
      speakerId: undefined,
    });
  });

  it('are those of a first visit when nothing usable is stored', () => {
    const first = parsePreferences(null);
    expect(first).toMatchObject({ name: '', microphoneOn: true, cameraOn: true, stageView: 'grid' });
    for (const text of ['', 'null', '[]', '7', '{"name":7,"cameraOn":"no","background":"moon"}'])
      expect(parsePreferences(text)).toEqual(first);
  });

  it('never throw', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => typeof parsePreferences(text).name === 'string'));
  });
});
